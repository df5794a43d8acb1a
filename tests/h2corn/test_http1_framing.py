"""How a response is framed, and what its head says of the connection."""

import pytest

from tests.h2corn.http1_shell import Fields, ask, open_stream, receive

# Framing


def test_whole_response_gets_a_length() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [(b"A", b"b")], False)
    assert shell.flush() == b""
    assert stream.data(b"hello", True)
    assert shell.flush() == b"HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 5\r\n\r\nhello"
    assert stream.bytes_sent == 5
    assert shell.writes == [False]


def test_response_without_a_body_gets_a_length() -> None:
    shell = ask()
    open_stream(shell).start(404, [], True)
    assert shell.flush() == b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


def test_length_of_the_application_is_kept() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [(b"Content-Length", b"005")], False)
    stream.data(b"he", False)
    assert shell.flush() == b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"
    stream.data(b"llo", False)
    assert shell.flush() == b"llo"
    stream.data(b"", True)
    assert shell.flush() == b""
    assert not shell.is_closed()


def test_streamed_response_is_chunked() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [], False)
    assert stream.data(b"", False)
    assert shell.flush() == b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    assert stream.data(b"", False)
    assert shell.writes == [False]
    assert stream.data(b"a" * 26, False)
    assert shell.flush() == b"1a\r\n" + b"a" * 26 + b"\r\n"
    stream.data(b"b", True)
    assert shell.flush() == b"1\r\nb\r\n0\r\n\r\n"
    assert stream.bytes_sent == 27


def test_chunked_response_that_ends_with_nothing() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [], False)
    stream.data(b"a", False)
    shell.flush()
    stream.data(b"", True)
    assert shell.flush() == b"0\r\n\r\n"


def test_streamed_response_to_1_0_ends_with_the_connection() -> None:
    shell = ask(version=b"1.0", fields=b"Connection: keep-alive\r\n")
    stream = open_stream(shell)
    stream.start(200, [], False)
    stream.data(b"a", False)
    assert shell.flush() == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\na"
    stream.data(b"b", True)
    assert shell.flush() == b"b"
    assert shell.is_closed()


@pytest.mark.parametrize(
    ("version", "fields", "connection"),
    [
        (b"1.1", b"", b""),
        (b"1.1", b"Connection: close\r\n", b"connection: close\r\n"),
        (b"1.0", b"", b"connection: close\r\n"),
        (b"1.0", b"Connection: keep-alive\r\n", b"connection: keep-alive\r\n"),
    ],
)
def test_persistence_is_said(version: bytes, fields: bytes, connection: bytes) -> None:
    shell = ask(version=version, fields=fields)
    shell.last.answer(b"a")
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n" + connection + b"\r\na"
    assert shell.flush() == answer
    assert shell.is_closed() is (connection == b"connection: close\r\n")


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_status_without_a_body(status: int, version: bytes) -> None:
    shell = ask(version=version, fields=b"Connection: keep-alive\r\n")
    stream = open_stream(shell)
    stream.start(status, [(b"content-length", b"5")], False)
    assert stream.data(b"he", False)
    assert stream.data(b"llo", True)
    head = shell.flush()
    assert head.endswith(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    # RFC 9110 section 8.6: 304 describes what 200 would have got, 204 must not.
    assert (b"content-length: 5" in head) is (status == 304)
    assert stream.bytes_sent == 0
    assert not shell.is_closed()


@pytest.mark.parametrize(
    ("fields", "chunks", "length"),
    [
        ([(b"content-length", b"7")], [b""], b"content-length: 7\r\n"),
        ([(b"content-length", b"7")], [b"abc", b"defg"], b"content-length: 7\r\n"),
        ([], [b"abcdefg"], b"content-length: 7\r\n"),
        ([], [b""], b""),
        ([], [b"abc", b"defg"], b""),
    ],
)
def test_response_to_head(fields: Fields, chunks: list[bytes], length: bytes) -> None:
    shell = ask(b"HEAD")
    stream = open_stream(shell)
    stream.start(200, fields, False)
    for chunk in chunks[:-1]:
        assert stream.data(chunk, False)
    stream.data(chunks[-1], True)
    assert shell.flush() == b"HTTP/1.1 200 OK\r\n" + length + b"\r\n"
    assert stream.bytes_sent == 0
    assert not shell.is_closed()


def test_what_is_dropped_waits_for_nothing() -> None:
    shell = ask(b"HEAD")
    stream = open_stream(shell)
    stream.start(200, [], False)
    stream.data(b"a", False)
    shell.connection.pause_output()
    assert stream.data(b"a" * 100_000, False)
    assert shell.writes == [False]


def test_more_than_was_announced_is_not_written() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [(b"content-length", b"3")], False)
    stream.data(b"ab", False)
    stream.data(b"cdef", True)
    assert shell.flush().endswith(b"\r\n\r\nabc")
    assert stream.bytes_sent == 3
    assert not shell.is_closed()


def test_less_than_was_announced_closes() -> None:
    shell = ask()
    stream = open_stream(shell)
    stream.start(200, [(b"content-length", b"3")], False)
    stream.data(b"ab", True)
    assert shell.flush().endswith(b"ab")
    assert shell.is_closed()


def test_nothing_follows_the_end() -> None:
    shell = receive(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")
    stream = open_stream(shell)
    stream.start(200, [], False)
    stream.data(b"a", False)
    stream.data(b"b", True)
    shell.flush()
    # The stream is still there for the rest of the request.
    assert stream.data(b"c", False)
    stream.informational(100, [])
    assert shell.flush() == b""
    assert stream.bytes_sent == 2


# Fields


def test_connection_specific_fields_are_left_out() -> None:
    shell = ask()
    fields = [
        (b"Transfer-Encoding", b"gzip"),
        (b"connection", b"keep-alive, x"),
        (b"Keep-Alive", b"timeout=5"),
        (b"proxy-connection", b"close"),
        (b"upgrade", b"h2c"),
        (b"x", b"y"),
    ]
    shell.last.answer(b"", headers=fields)
    assert shell.flush() == b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 0\r\n\r\n"
    assert not shell.is_closed()


def test_application_can_close() -> None:
    shell = ask()
    shell.last.answer(b"", headers=[(b"Connection", b"x, Close")])
    assert shell.flush() == b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    assert shell.is_closed()


@pytest.mark.parametrize(
    "field",
    [(b"a", b"b\r\nc: d"), (b"a", b"\x00"), (b"a b", b"c"), (b"", b""), (b"content-length", b"x")],
)
def test_unsafe_head_is_not_sent(field: tuple[bytes, bytes]) -> None:
    shell = ask()
    stream = open_stream(shell)
    with pytest.raises(ValueError, match=r"header name|CR, LF or NUL|invalid literal"):
        stream.start(204, [(b"content-length", b"9"), (b"connection", b"close"), field], False)
    assert shell.flush() == b""
    # Another head can be sent in its place, and nothing of the first one is in it.
    shell.last.answer(b"no", status=500)
    assert shell.flush() == b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\nno"
    assert not shell.is_closed()
