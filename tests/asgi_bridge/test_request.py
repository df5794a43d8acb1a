"""Owns the tests of what `receive` gives, part by part."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from asgi_bridge import HTTPReceiveEvent
from asgi_bridge._request import IncomingRequest
from asgi_bridge._response import BURST, MESSAGE_COST, Response
from tests.asgi_bridge.fakes import (
    DISCONNECT,
    REQUEST,
    Head,
    Run,
    Server,
    Sink,
    body,
    settle,
    start,
    upload,
)


class Case:
    """A request on its way in, and the sink that gets its credit."""

    def __init__(self, head: Head | None = None) -> None:
        head = head or upload()
        self.sink = Sink()

        async def unused(*args: object) -> None:
            """Stand where an application would."""

        exchange = Server().exchange(unused, head, self.sink)
        self.request: IncomingRequest = exchange
        self.response: Response = exchange._response

    async def waiting(self) -> "asyncio.Task[HTTPReceiveEvent]":
        """Start a `receive` that has to wait."""
        task = asyncio.create_task(self.request.receive())
        await settle()
        assert not task.done()
        return task


def part(chunk: bytes, *, more_body: bool = True) -> dict[str, object]:
    return {"type": "http.request", "body": chunk, "more_body": more_body}


def each(case: Callable[[], Awaitable[None]]) -> Callable[[Run], None]:
    """Make a test of a coroutine function."""

    def test(run: Run) -> None:
        async def main() -> None:
            await case()

        run(main())

    test.__doc__ = case.__doc__
    return test


@each
async def test_request_without_a_body() -> None:
    case = Case(Head())
    assert await case.request.receive() == REQUEST
    task = await case.waiting()
    case.response.lose()
    case.request._wake_receivers()
    assert await task == DISCONNECT


@each
async def test_messages_are_not_shared() -> None:
    one, two = Case(Head()), Case(Head())
    got: dict[str, object] = await one.request.receive()  # type: ignore[assignment]
    got["more"] = "of an application's own"
    assert await two.request.receive() == REQUEST


@each
async def test_parts_come_as_they_arrived() -> None:
    case = Case()
    large = bytes(5000)
    case.request.on_data(large)
    case.request.on_data(large)
    assert await case.request.receive() == part(large)
    assert await case.request.receive() == part(large)
    task = await case.waiting()
    case.request.on_data(b"x")
    assert await task == part(b"x")
    assert case.request.body_received == 10001


@each
async def test_last_part_says_so_when_the_end_is_known() -> None:
    case = Case()
    case.request.on_data(bytes(5000))
    case.request.on_data(b"a")
    case.request.on_end([])
    assert await case.request.receive() == part(bytes(5000))
    assert await case.request.receive() == part(b"a", more_body=False)
    await case.waiting()


@each
async def test_end_that_comes_later_is_an_empty_part() -> None:
    case = Case()
    case.request.on_data(b"a")
    assert await case.request.receive() == part(b"a")
    task = await case.waiting()
    case.request.on_end([(b"trailer", b"is dropped")])
    assert await task == part(b"", more_body=False)
    await case.waiting()


@each
async def test_body_that_ends_without_a_byte() -> None:
    case = Case()
    case.request.on_end([])
    assert await case.request.receive() == part(b"", more_body=False)
    await case.waiting()


@each
async def test_credit_is_given_for_what_was_taken() -> None:
    case = Case()
    case.request.on_data(bytes(5000))
    case.request.on_data(b"ab")
    case.request.on_end([])
    assert case.sink.credited == 0
    await case.request.receive()
    assert case.sink.credited == 5000
    await case.request.receive()
    assert case.sink.credited == 5002


@each
async def test_nothing_is_called_while_the_wire_reads() -> None:
    case = Case(upload(expect_continue=True))
    task = await case.waiting()
    del case.sink.calls[:]
    case.request.on_data(b"a")
    case.request.on_end([])
    assert case.sink.credited == 0
    assert not task.done()
    assert await task == part(b"a", more_body=False)
    assert case.sink.calls == []


# Waiting


@each
async def test_several_receivers_are_all_served() -> None:
    case = Case()
    tasks = [await case.waiting() for _ in range(3)]
    case.request.on_data(bytes(5000))
    case.request.on_data(bytes(6000))
    await settle()
    assert [task.done() for task in tasks] == [True, True, False]
    case.request.on_end([])
    assert [await task for task in tasks] == [
        part(bytes(5000)),
        part(bytes(6000)),
        part(b"", more_body=False),
    ]
    one, two = await case.waiting(), await case.waiting()
    case.request.disconnect()
    assert await one == await two == DISCONNECT


@each
async def test_cancelled_receiver_loses_nothing() -> None:
    case = Case()
    one, two = await case.waiting(), await case.waiting()
    case.request.on_data(b"a")
    one.cancel()
    assert await two == part(b"a")
    with pytest.raises(asyncio.CancelledError):
        await one


@each
async def test_receiver_cancelled_after_its_wakening_leaves_the_part_for_the_next() -> None:
    case = Case()
    task = await case.waiting()
    case.request.on_data(b"a")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert case.sink.credited == 0
    assert await case.request.receive() == part(b"a")


@each
async def test_receivers_that_come_and_go_leave_nothing_behind() -> None:
    case = Case()
    for _ in range(5):
        task = await case.waiting()
        task.cancel()
        await settle()
    assert case.request._receivers is not None
    assert case.request._receivers._futures == []


# The end


@each
async def test_stop_is_told_after_the_body_alone() -> None:
    case = Case()
    task = await case.waiting()
    case.request.disconnect()
    await settle()
    assert not task.done()
    case.request.on_data(b"a")
    assert await task == part(b"a")
    case.request.on_end([])
    assert await case.request.receive() == part(b"", more_body=False)
    assert await case.request.receive() == DISCONNECT


@each
async def test_stop_before_the_first_receive() -> None:
    case = Case(Head())
    case.request.disconnect()
    assert await case.request.receive() == REQUEST
    assert await case.request.receive() == DISCONNECT
    assert await case.request.receive() == DISCONNECT


@each
async def test_what_was_not_read_is_dropped_with_the_client() -> None:
    case = Case()
    case.request.on_data(b"a")
    case.response.lose()
    case.request._body = None
    case.request.on_data(b"b")
    case.request.on_end([])
    assert await case.request.receive() == DISCONNECT
    assert case.request.body_received == 2
    assert case.sink.credited == 0


# Expect: 100-continue


INVITATION: list[tuple[object, ...]] = [("informational", 100, [])]


@each
async def test_client_is_invited_once_when_its_body_is_asked_for() -> None:
    case = Case(upload(expect_continue=True))
    assert case.sink.calls == []
    await case.waiting()
    assert case.sink.calls == INVITATION
    await case.waiting()
    assert case.sink.calls == INVITATION
    case.request.on_data(b"a")
    await settle()
    await case.waiting()
    assert case.sink.calls == INVITATION


@each
async def test_nobody_is_invited_who_does_not_wait() -> None:
    case = Case(upload())
    await case.waiting()
    assert case.sink.calls == []


@each
async def test_client_that_sends_unasked_is_not_invited() -> None:
    case = Case(upload(expect_continue=True))
    case.request.on_data(b"a")
    assert await case.request.receive() == part(b"a")
    await case.waiting()
    case = Case(upload(expect_continue=True))
    case.request.on_end([])
    assert await case.request.receive() == part(b"", more_body=False)
    assert case.sink.calls == []


@each
async def test_client_is_invited_while_the_head_is_held() -> None:
    case = Case(upload(expect_continue=True))
    case.response.start(start())
    await case.waiting()
    assert case.sink.calls == INVITATION


@each
async def test_client_is_not_invited_once_the_head_is_out() -> None:
    case = Case(upload(expect_continue=True))
    case.response.start(start())
    case.response.body(body(b"a", more_body=True))
    await case.waiting()
    assert case.sink.names == ["start", "data"]


# Fairness


async def turns(call: Callable[[], Awaitable[object]], count: int) -> int:
    """Count how often another task runs while `call` is awaited `count` times."""
    seen = 0

    async def other() -> None:
        nonlocal seen
        while True:
            seen += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(count):
        await call()
    task.cancel()
    return seen


@each
async def test_upload_that_is_always_there_does_not_hold_the_loop() -> None:
    case = Case()
    chunk = bytes(16 * 1024)
    count = 100

    async def receive() -> None:
        case.request.on_data(chunk)
        await case.request.receive()

    assert await turns(receive, count) == count * (len(chunk) + MESSAGE_COST) // BURST


@each
async def test_receiver_that_does_not_heed_the_end_does_not_hold_the_loop() -> None:
    case = Case(Head())
    case.response.lose()
    assert await turns(case.request.receive, 3 * BURST // MESSAGE_COST) == 2


@each
async def test_short_request_is_read_without_a_pause() -> None:
    case = Case()
    for _ in range(10):
        case.request.on_data(bytes(10_000))
    assert await turns(case.request.receive, 10) == 0
