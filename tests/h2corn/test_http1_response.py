"""Responses: their framing, which parts are dropped, and what never leaves."""

import asyncio
import os
from collections.abc import Awaitable
from io import FileIO

import pytest
from h11 import CLIENT, NEED_DATA, Connection, Data, EndOfMessage, InformationalResponse, Response
from h11 import Request as ClientRequest
from hypothesis import given
from hypothesis import strategies as st

from asgi_bridge import ResponseSink
from tests.h2corn.http1_shell import (
    GET,
    Fields,
    Shell,
    ask,
    open_stream,
    receive,
)


def test_stream_is_a_sink() -> None:
    sink: ResponseSink = open_stream(ask())
    assert sink.bytes_sent == 0
    assert not sink.can_trailers


# Interim responses and trailers


def test_interim_responses() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.informational(103, [(b"Link", b"</a>"), (b"Content-Length", b"5")])
    assert shell.flush() == b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    stream.informational(100, [])
    assert shell.flush() == b"HTTP/1.1 100 Continue\r\n\r\n"
    shell.last.answer()
    stream.informational(103, [])
    assert shell.flush().endswith(b"ok")


def test_1_0_gets_no_interim_responses() -> None:
    shell = ask(version=b"1.0")
    open_stream(shell).informational(103, [])
    assert shell.flush() == b""


@pytest.mark.parametrize("status", [99, 101, 200])
def test_status_that_is_not_interim(status: int) -> None:
    shell = ask()
    with pytest.raises(ValueError, match="interim"):
        open_stream(shell).informational(status, [])
    with pytest.raises(ValueError, match="header name"):
        open_stream(shell).informational(103, [(b" ", b"")])
    assert shell.flush() == b""


def test_trailers_behind_chunks() -> None:
    shell = ask(fields=b"TE: trailers\r\n")
    stream = open_stream(shell)
    assert stream.can_trailers
    stream.start(200, [], False)
    stream.data(b"a", False)
    shell.flush()
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        stream.trailers([(b"a", b"\n")])
    stream.trailers([(b"A", b"b"), (b"Content-Length", b"5")])
    assert shell.flush() == b"0\r\na: b\r\n\r\n"
    assert stream.is_ended


def test_trailers_behind_nothing() -> None:
    shell = ask(fields=b"TE: trailers\r\n")
    stream = open_stream(shell)
    stream.start(200, [], False)
    stream.trailers([(b"a", b"b")])
    assert (
        shell.flush() == b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\r\n\r\n"
    )


def test_trailers_that_nobody_accepts() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [], False)
    stream.trailers([(b"a", b"b")])
    assert shell.flush() == b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [], False)
    stream.data(b"a", False)
    shell.flush()
    stream.trailers([(b"a", b"b")])
    assert shell.flush() == b"0\r\n\r\n"


def test_trailers_behind_a_length() -> None:
    shell = ask(fields=b"TE: trailers\r\n")
    stream = open_stream(shell)
    stream.start(200, [(b"content-length", b"1")], False)
    stream.data(b"a", False)
    shell.flush()
    stream.trailers([(b"a", b"b")])
    assert shell.flush() == b""
    assert stream.is_ended


# A stream that is gone


def test_calls_on_a_stream_that_is_gone() -> None:
    shell = ask()
    stream = open_stream(shell)
    shell.connection.connection_lost()
    stream.start(200, [(b"a b", b"not looked at")], False)
    assert stream.data(b"a", False)
    stream.informational(103, [])
    stream.trailers([])
    stream.credit(5)
    stream.finish()
    stream.abort()
    assert shell.flush() == b""
    assert shell.writes == []
    assert stream.bytes_sent == 0


# Against another implementation


FIELD = st.tuples(
    st.from_regex(rb"x-[a-zA-Z0-9-]{1,8}", fullmatch=True),
    st.from_regex(rb"([!-~]{1,5}( [!-~]{1,5})?)?", fullmatch=True),
)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    version=st.sampled_from(["1.0", "1.1"]),
    status=st.sampled_from([200, 204, 299, 304, 404, 500]),
    fields=st.lists(FIELD, max_size=3),
    chunks=st.lists(st.binary(max_size=70), min_size=1, max_size=4),
    has_length=st.booleans(),
    interim=st.booleans(),
)
def test_h11_reads_the_response(
    method: str,
    version: str,
    status: int,
    fields: Fields,
    chunks: list[bytes],
    has_length: bool,
    interim: bool,
) -> None:
    shell = ask(method.encode(), version.encode())
    stream = open_stream(shell)
    body = b"".join(chunks)
    if interim:
        stream.informational(103, fields)
    length = [(b"content-length", b"%d" % len(body))] if has_length else []
    stream.start(status, fields + length, False)
    for chunk in chunks[:-1]:
        stream.data(chunk, False)
    stream.data(chunks[-1], True)
    client = Connection(CLIENT)
    client.send(ClientRequest(method=method, target="/", headers=[("host", "a")]))
    client.send(EndOfMessage())
    client.receive_data(shell.flush())
    if shell.is_closed():
        client.receive_data(b"")
    received = b""
    seen: list[int] = []
    while not isinstance(event := client.next_event(), EndOfMessage):
        assert event is not NEED_DATA
        if isinstance(event, Data):
            received += event.data
        else:
            assert isinstance(event, Response | InformationalResponse)
            seen.append(event.status_code)
            assert [field for field in event.headers if field[0].startswith(b"x-")] == [
                (name.lower(), value) for name, value in fields
            ]
    assert seen == [103, status] if interim and version == "1.1" else [status]
    has_body = method != "HEAD" and status not in {204, 304}
    assert received == (body if has_body else b"")
    assert stream.bytes_sent == len(received)
    assert not client.trailing_data[0]


# Files


class Transfer:
    """Sends a part of a file, or fails in the middle."""

    def __init__(self, shell: Shell, data: bytes, error: OSError | None = None) -> None:
        self.sent = 0
        self._shell = shell
        self._data = data
        self._error = error

    async def run(self) -> None:
        self._shell.flush()
        self._shell.sent += self._data
        self.sent = len(self._data)
        if self._error is not None:
            raise self._error


def finish(waiting: Awaitable[None] | None) -> None:
    """Run what `file` returned to its end, in a loop that it does not need."""

    async def main() -> None:
        assert waiting is not None
        await waiting

    asyncio.run(main())


def send_part(shell: Shell, data: bytes, *, end: bool, error: OSError | None = None) -> None:
    """Send a part of a file that has these bytes."""
    shell.transfer = Transfer(shell, data, error)
    with FileIO(os.devnull) as file:
        finish(shell.last.stream.file(file, 0, len(data), end))


@pytest.mark.parametrize(
    ("request_text", "headers", "expected"),
    [
        (GET, [(b"content-length", b"5")], b"content-length: 5\r\n\r\nab-cd"),
        (GET, [], b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\n-\r\n2\r\ncd\r\n0\r\n\r\n"),
        (b"GET / HTTP/1.0\r\n\r\n", [], b"connection: close\r\n\r\nab-cd"),
    ],
)
def test_files_are_framed_as_other_parts(
    request_text: bytes, headers: list[tuple[bytes, bytes]], expected: bytes
) -> None:
    shell = receive(request_text)
    stream = shell.last.stream
    stream.start(200, headers, False)
    send_part(shell, b"ab", end=False)
    stream.data(b"-", False)
    send_part(shell, b"cd", end=True)
    shell.flush()
    assert shell.sent == b"HTTP/1.1 200 OK\r\n" + expected
    assert stream.bytes_sent == 5
    assert stream.is_ended


def test_whole_file_without_a_length_gets_one() -> None:
    shell = receive(GET)
    shell.last.stream.start(200, [], False)
    send_part(shell, b"abc", end=True)
    shell.flush()
    assert shell.sent.endswith(b"content-length: 3\r\n\r\nabc")


def test_file_that_is_cut_off_counts_as_far_as_it_came() -> None:
    shell = receive(GET)
    stream = shell.last.stream
    stream.start(200, [], False)
    with pytest.raises(BrokenPipeError):
        send_part(shell, b"abc", end=True, error=BrokenPipeError())
    assert stream.bytes_sent == 3
    assert not stream.is_ended
    stream.abort()
    assert shell.is_closed()


def test_file_whose_connection_ends_is_followed_by_nothing() -> None:
    shell = receive(GET)
    stream = shell.last.stream
    stream.start(200, [], False)

    class Ending(Transfer):
        async def run(self) -> None:
            await super().run()
            shell.connection.connection_lost()

    shell.transfer = Ending(shell, b"abc")
    with FileIO(os.devnull) as file:
        finish(stream.file(file, 0, 3, False))
    assert shell.flush() == b""
    with FileIO(os.devnull) as file:
        assert stream.file(file, 0, 3, False) is None


def test_file_is_not_sent_where_there_is_no_body_or_no_way() -> None:
    with FileIO(os.devnull) as file:
        shell = receive(GET)
        shell.last.stream.start(200, [], False)
        assert shell.last.stream.file(file, 0, 1, True) is None
        assert shell.flush() == b""
        shell = receive(GET.replace(b"GET", b"HEAD"))
        shell.transfer = Transfer(shell, b"")
        shell.last.stream.start(200, [], False)
        assert shell.last.stream.file(file, 0, 1, True) is None
