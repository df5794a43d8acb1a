"""Time on an HTTP/1 connection: what a client has how long for, and that nobody else pays."""

import asyncio
import socket
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from h2corn._http1_limits import Http1Limits
from tests.h2corn.conftest import Runner
from tests.h2corn.http1_shell import GET, Request, Shell
from tests.h2corn.running import Receive, Send, endpoint, serving

LIMITS = Http1Limits(
    timeout_keep_alive=120,
    timeout_request_header=10,
    timeout_request_body_idle=60,
    timeout_response_stall=60,
)
LOOK = 15.0
"""A quarter of the shortest of them, that of a head excepted."""

NONE = replace(
    LIMITS,
    timeout_keep_alive=0,
    timeout_request_header=0,
    timeout_request_body_idle=0,
    timeout_response_stall=0,
)
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"


def open_shell(*pieces: bytes, limits: Http1Limits = LIMITS) -> Shell:
    shell = Shell(limits)
    shell.now = 1000.0
    shell.receive(*pieces)
    return shell


def refusal(shell: Shell) -> str:
    assert shell.is_closed()
    assert shell.connection.refusal is not None
    return shell.connection.refusal.reason


class TestKeepAlive:
    @pytest.mark.parametrize("wait", [0.0, 5.0, 100.0, 1000.0])
    def test_counts_from_the_end_of_the_response(self, wait: float) -> None:
        shell = open_shell(GET)
        shell.pass_time(wait)
        shell.last.answer()
        shell.flush()
        shell.pass_time(119.9)
        assert not shell.is_closed()
        shell.pass_time(0.1 + LOOK)
        assert shell.is_closed()
        assert shell.connection.refusal is None
        assert shell.flush() == b""

    def test_every_request_begins_it_anew(self) -> None:
        shell = open_shell(GET)
        shell.last.answer()
        for _ in range(5):
            shell.pass_time(119)
            shell.receive(GET)
            shell.last.answer()
        assert not shell.is_closed()

    def test_a_request_while_it_runs(self) -> None:
        shell = open_shell(GET)
        shell.last.answer()
        shell.pass_time(110)
        shell.receive(GET)
        shell.pass_time(100)
        shell.last.answer()
        shell.pass_time(119)
        assert not shell.is_closed()

    def test_the_rest_of_a_body_that_nobody_wants_does_not_prolong_it_for_ever(self) -> None:
        shell = open_shell(POST + b"\r\n")
        shell.last.answer()
        shell.pass_time(LOOK + 120)
        assert shell.is_closed()
        assert shell.connection.refusal is None

    def test_an_empty_line_is_no_request(self) -> None:
        for pieces in ([b"\r\n"], [b"\r"], [b"\r", b"\n"]):
            shell = open_shell(GET)
            shell.last.answer()
            shell.flush()
            shell.receive(*pieces)
            shell.pass_time(119)
            assert not shell.is_closed()
            shell.pass_time(1 + LOOK)
            assert shell.is_closed()
            assert shell.flush() == b""

    def test_none(self) -> None:
        shell = open_shell(GET, limits=replace(LIMITS, timeout_keep_alive=0))
        shell.last.answer()
        shell.pass_time(1e6)
        assert not shell.is_closed()


class TestHead:
    def test_a_head_that_is_never_whole(self) -> None:
        shell = open_shell(b"GET / HTTP/1.1\r\n")
        shell.pass_time(9.9)
        assert not shell.is_closed()
        shell.pass_time(0.1)
        assert refusal(shell) == "the request head was not whole in time"
        assert shell.flush().startswith(b"HTTP/1.1 408 Request Timeout\r\n")

    def test_bytes_one_by_one_are_no_excuse(self) -> None:
        shell = open_shell(b"G")
        for byte in b"ET / HTTP":
            shell.pass_time(1)
            shell.receive(bytes([byte]))
        assert not shell.is_closed()
        shell.pass_time(1)
        assert shell.is_closed()

    def test_each_head_has_its_time(self) -> None:
        shell = open_shell()
        for _ in range(10):
            shell.receive(GET[:5])
            shell.pass_time(9)
            shell.receive(GET[5:])
            shell.last.answer()
        assert not shell.is_closed()
        shell.receive(GET[:5])
        shell.pass_time(9.9)
        assert not shell.is_closed()
        shell.pass_time(0.1)
        assert shell.is_closed()

    def test_begun_behind_another_request(self) -> None:
        """It is read when the other one is answered, and has its time from then on."""
        shell = open_shell(GET + b"GET ")
        shell.pass_time(100)
        shell.last.answer()
        shell.receive(b"")
        shell.pass_time(9.9)
        assert not shell.is_closed()
        shell.pass_time(0.1)
        assert shell.is_closed()
        assert b"HTTP/1.1 408 " in shell.flush()

    def test_none(self) -> None:
        shell = open_shell(b"GET", limits=replace(LIMITS, timeout_request_header=0))
        shell.pass_time(1e6)
        assert not shell.is_closed()


class TestBody:
    @pytest.mark.parametrize(
        "head",
        [POST + b"\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"],
    )
    def test_a_client_that_does_not_go_on(self, head: bytes) -> None:
        shell = open_shell(head)
        shell.pass_time(59.9)
        assert not shell.is_closed()
        shell.pass_time(0.1 + LOOK)
        assert refusal(shell) == "the request body did not go on in time"
        assert shell.flush().startswith(b"HTTP/1.1 408 ")
        assert shell.last.reset is not None

    def test_counts_from_the_last_bytes(self) -> None:
        shell = open_shell(POST + b"\r\n")
        for _ in range(5):
            shell.pass_time(59)
            shell.receive(b"x")
        assert not shell.is_closed()
        shell.pass_time(60 + LOOK)
        assert shell.is_closed()

    def test_not_while_the_application_takes_nothing(self) -> None:
        limits = replace(LIMITS, max_unread_body=10)
        shell = open_shell(POST + b"\r\n" + bytes(50), limits=limits)
        assert not shell.is_reading()
        shell.pass_time(1000)
        assert not shell.is_closed()
        shell.last.stream.credit(50)
        assert shell.is_reading()
        shell.pass_time(59)
        assert not shell.is_closed()
        shell.pass_time(1 + LOOK)
        assert shell.is_closed()

    def test_not_while_the_client_was_not_told_to_go_on(self) -> None:
        shell = open_shell(POST + b"Expect: 100-continue\r\n\r\n")
        shell.pass_time(1000)
        assert not shell.is_closed()
        shell.last.stream.informational(100, [])
        shell.pass_time(59)
        assert not shell.is_closed()
        shell.pass_time(1 + LOOK)
        assert shell.is_closed()

    def test_not_once_the_response_has_begun(self) -> None:
        shell = open_shell(POST + b"\r\n")
        shell.last.stream.start(200, [], False)
        shell.last.stream.data(b"x", False)
        shell.pass_time(1e5)
        assert not shell.is_closed()

    def test_not_once_it_is_whole(self) -> None:
        shell = open_shell(POST + b"\r\n" + bytes(100))
        shell.pass_time(1e5)
        assert not shell.is_closed()
        shell.last.answer()
        assert shell.flush().startswith(b"HTTP/1.1 200 ")

    def test_none(self) -> None:
        shell = open_shell(POST + b"\r\n", limits=replace(LIMITS, timeout_request_body_idle=0))
        shell.pass_time(1e6)
        assert not shell.is_closed()


class TestRoom:
    def test_a_client_that_does_not_read(self) -> None:
        shell = open_shell(GET)
        shell.last.stream.start(200, [], False)
        shell.last.stream.data(b"x", False)
        shell.connection.pause_output()
        shell.pass_time(59.9)
        assert not shell.is_closed()
        shell.pass_time(0.1 + LOOK)
        assert refusal(shell) == "the client does not read"
        assert shell.last.reset is not None

    def test_counts_from_when_it_took_something(self) -> None:
        shell = open_shell(GET)
        shell.connection.pause_output()
        for _ in range(5):
            shell.pass_time(59)
            shell.connection.resume_output()
            shell.connection.pause_output()
        assert not shell.is_closed()
        shell.pass_time(60 + LOOK)
        assert shell.is_closed()

    def test_a_large_part_may_take_it_long(self) -> None:
        """The transport has all of it, and no room before most of that is taken."""
        shell = open_shell(GET)
        shell.last.answer(bytes(10_000_000))
        shell.held = len(shell.flush())
        shell.connection.pause_output()
        for _ in range(20):
            shell.pass_time(59)
            shell.held -= 1000
        assert not shell.is_closed()
        shell.pass_time(60 + LOOK)
        assert shell.is_closed()

    def test_what_the_client_sends_is_no_excuse(self) -> None:
        shell = open_shell(POST + b"\r\n")
        shell.connection.pause_output()
        for _ in range(8):
            shell.pass_time(10)
            shell.receive(b"x")
        assert shell.is_closed()

    def test_a_response_that_is_complete_is_to_be_read_too(self) -> None:
        shell = open_shell(GET)
        shell.last.answer(bytes(100_000))
        shell.connection.pause_output()
        shell.pass_time(60 + LOOK)
        assert shell.is_closed()

    def test_none(self) -> None:
        shell = open_shell(GET, limits=replace(LIMITS, timeout_response_stall=0))
        shell.connection.pause_output()
        shell.pass_time(1e6)
        assert not shell.is_closed()


class TestCost:
    def test_a_deadline_is_set_with_the_first_bytes_and_not_with_every_request(self) -> None:
        shell = Shell(LIMITS, answer=Request.answer)
        assert shell.connection.next_deadline() is None
        shell.receive(GET)
        deadline = shell.connection.next_deadline()
        assert deadline == LOOK
        for _ in range(100):
            shell.now += 0.1
            shell.receive(GET)
            assert shell.connection.next_deadline() == deadline

    def test_one_look_a_quarter_while_there_is_traffic(self) -> None:
        shell = Shell(LIMITS, answer=Request.answer)
        looks = 0
        for _ in range(1000):
            shell.receive(GET)
            looks += shell.pass_time(0.15)
        assert looks == 9

    def test_a_connection_at_rest_is_looked_at_when_its_time_is_over(self) -> None:
        shell = Shell(LIMITS, answer=Request.answer)
        shell.receive(GET)
        assert shell.pass_time(LOOK) == 1
        assert shell.connection.next_deadline() == LOOK + 120
        assert shell.pass_time(120) == 1
        assert shell.is_closed()

    def test_an_application_at_work_costs_a_look_a_quarter(self) -> None:
        shell = open_shell(GET)
        assert shell.pass_time(3600) == 3600 / LOOK

    def test_nothing_depends_on_time_where_all_of_them_are_off(self) -> None:
        shell = open_shell(GET[:5], limits=NONE)
        assert shell.connection.next_deadline() is None
        shell.receive(GET[5:])
        assert shell.connection.next_deadline() is None
        shell.connection.on_timer(1e9)
        assert not shell.is_closed()

    def test_a_closed_connection_has_no_deadline(self) -> None:
        shell = open_shell(b"nonsense\r\n")
        assert shell.is_closed()
        shell.connection.on_timer(shell.now)
        assert shell.connection.next_deadline() is None


def test_a_client_that_does_not_read_is_left(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        stalled = asyncio.Event()

        async def stream(scope: Any, receive: Receive, send: Send) -> None:
            message = {"type": "http.response.body", "body": bytes(1 << 16), "more_body": True}
            await send({"type": "http.response.start", "status": 200})
            try:
                while True:
                    await send(message)
            except OSError:
                stalled.set()

        async with serving(stream, timeout_write=0.4) as server:
            with socket.create_connection(endpoint(server)) as client:
                client.sendall(GET)
                await asyncio.wait_for(stalled.wait(), 10)
                end = b""
                while data := client.recv(1 << 20):
                    end = (end + data)[-5:]
                assert end != b"0\r\n\r\n"
        assert [text for text in caplog.messages if text.endswith(": the client does not read")]

    run(main())


@pytest.mark.slow
def test_a_client_that_takes_one_large_part_slowly_gets_all_of_it(run: Runner) -> None:
    size = 32 << 20

    async def answer(scope: Any, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": bytes(size)})

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with serving(answer, timeout_write=1.5) as server:
            with socket.create_connection(endpoint(server)) as client:
                client.sendall(GET)
                client.setblocking(False)
                received = 0
                while received < size:
                    data = await loop.sock_recv(client, 1 << 18)
                    assert data
                    received += len(data)
                    await asyncio.sleep(0.03)

    run(main())


class TestTimesOfOneRequest:
    @pytest.mark.parametrize(("own", "other"), [(4.0, 60.0), (300.0, 60.0), (4.0, 0.0)])
    def test_a_body(self, own: float, other: float) -> None:
        shell = Shell(replace(NONE, timeout_request_body_idle=other))
        shell.now = 1000.0
        shell.on_open = lambda stream: stream.set_timeouts(own, 1.0)
        shell.receive(POST, b"\r\n")
        shell.pass_time(own - 0.1)
        assert not shell.is_closed()
        shell.pass_time(0.1 + own / 4)
        assert shell.flush().startswith(b"HTTP/1.1 408 ")

    def test_a_body_without_a_limit(self) -> None:
        shell = Shell(LIMITS)
        shell.on_open = lambda stream: stream.set_timeouts(inf, inf)
        shell.receive(POST, b"\r\n")
        shell.pass_time(100_000)
        assert not shell.is_closed()

    def test_the_next_request_has_those_of_the_connection(self) -> None:
        shell = Shell(LIMITS)
        shell.on_open = lambda stream: stream.set_timeouts(1.0, 1.0)
        shell.receive(GET)
        shell.last.answer()
        shell.on_open = None
        shell.receive(POST, b"\r\n")
        shell.pass_time(59.9)
        assert not shell.is_closed()
        shell.pass_time(0.1 + LOOK)
        assert shell.flush().endswith(b"the request body did not go on in time\n")
