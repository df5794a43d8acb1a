"""Upgrades of HTTP/1: what is asked, what is answered, and where the bytes go then."""

import pytest

from asgi_bridge import ResponseSink
from h2c_core import ErrorCodes
from h2corn._http1_limits import Http1Limits
from h2corn._http1_tunnel import TunnelStream
from tests.h2corn.http1_shell import GET, Shell, receive

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Tunnel:
    """What the shell puts in the place of the connection."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, bool]] = []
        self.credited = 0
        self.is_cut = False

    def send(self, chunk: bytes, *, end: bool) -> bool:
        self.sent.append((chunk, end))
        return not end

    def credit(self, size: int) -> None:
        self.credited += size

    def cut(self) -> None:
        self.is_cut = True


def ask(*behind: bytes, limits: Http1Limits | None = None) -> tuple[Shell, TunnelStream]:
    """Return a shell with an upgrade, and the stream to answer it with."""
    shell = receive(UPGRADE, *behind, limits=limits or Http1Limits())
    stream = shell.requests[0].stream
    assert isinstance(stream, TunnelStream)
    return shell, stream


def test_satisfies_the_bridge() -> None:
    sink: ResponseSink = ask()[1]
    assert not sink.can_trailers


def test_accept() -> None:
    shell, stream = ask(b"frames")
    stream.start(101, [(b"X-A", b"b"), (b"upgrade", b"no"), (b"content-length", b"5")], False)
    assert shell.flush() == (
        b"HTTP/1.1 101 Switching Protocols\r\nx-a: b\r\n"
        b"connection: upgrade\r\nupgrade: websocket\r\n\r\n"
    )
    connection = shell.connection
    assert connection.is_closed
    assert not connection.has_pending
    assert connection.tunnel is stream
    shell.receive(b" more")
    taken = connection.take_tunnel()
    assert taken is not None
    assert taken[0] is stream
    assert taken[1] is shell.last
    assert taken[2] == b"frames more"
    assert connection.take_tunnel() is None
    connection.connection_lost()
    assert shell.last.reset is None
    assert shell.last.body == b""


def test_unsafe_fields_are_not_sent() -> None:
    shell, stream = ask()
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        stream.start(101, [(b"x", b"a\r\nb")], False)
    assert shell.flush() == b""
    stream.start(101, [], False)
    assert shell.flush().startswith(b"HTTP/1.1 101 ")


def test_what_is_sent_before_the_connection_is_left() -> None:
    shell, stream = ask()
    stream.start(101, [], False)
    assert stream.data(b"one", False)
    assert stream.data(b"", False)
    assert stream.data(b"two", False)
    assert shell.flush().endswith(b"\r\n\r\nonetwo")
    assert stream.bytes_sent == 6
    assert shell.connection.tunnel is stream


@pytest.mark.parametrize("last", [b"", b"bye"])
def test_an_end_before_the_connection_is_left(last: bytes) -> None:
    shell, stream = ask(b"frames")
    stream.start(101, [], False)
    stream.data(last, True)
    stream.finish()
    assert shell.flush().endswith(b"\r\n\r\n" + last)
    assert shell.is_closed()
    assert shell.connection.tunnel is None
    assert stream.data(b"nothing", False)
    assert shell.flush() == b""


def test_an_abort_before_the_connection_is_left() -> None:
    shell, stream = ask()
    stream.start(101, [], False)
    stream.abort()
    assert shell.is_closed()
    assert shell.connection.tunnel is None


def test_the_tunnel() -> None:
    _, stream = ask()
    stream.start(101, [], False)
    stream.tunnel = tunnel = Tunnel()
    assert stream.data(b"one", False)
    assert not stream.data(b"two", True)
    assert tunnel.sent == [(b"one", False), (b"two", True)]
    assert stream.bytes_sent == 6
    stream.credit(5)
    assert tunnel.credited == 5
    stream.finish()
    assert tunnel.is_cut
    stream.tunnel = other = Tunnel()
    stream.abort()
    assert other.is_cut


def test_refusal_goes_on_with_http() -> None:
    shell, stream = ask(GET)
    assert len(shell.requests) == 1
    stream.start(403, [(b"upgrade", b"no")], False)
    assert stream.data(b"go ", False)
    stream.data(b"away", True)
    stream.credit(0)
    stream.finish()
    assert shell.flush() == (
        b"HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n"
        b"3\r\ngo \r\n4\r\naway\r\n0\r\n\r\n"
    )
    assert shell.has_pending()
    shell.receive(b"")
    assert shell.last.head.target == b"/"
    assert not isinstance(shell.last.stream, TunnelStream)


@pytest.mark.parametrize("end", [False, True])
def test_another_version_is_asked_for(end: bool) -> None:
    shell, stream = ask()
    stream.start(426, [(b"sec-websocket-version", b"13"), (b"upgrade", b"websocket")], end)
    if not end:
        stream.data(b"", True)
    stream.finish()
    assert shell.flush() == (
        b"HTTP/1.1 426 Upgrade Required\r\nsec-websocket-version: 13\r\n"
        b"connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 0\r\n\r\n"
    )
    assert not shell.is_closed()


def test_an_answer_to_nobody() -> None:
    shell, stream = ask()
    assert shell.connection.is_mid_request
    shell.connection.connection_lost()
    assert shell.last.reset == ErrorCodes.CANCEL
    stream.start(101, [], False)
    stream.data(b"x", False)
    stream.credit(1)
    stream.finish()
    stream.abort()
    assert shell.flush() == b""
    assert not stream.is_accepted


def test_what_waits_for_the_answer_is_bounded() -> None:
    limits = Http1Limits(max_pipelined=1000)
    shell, stream = ask(bytes(1000), limits=limits)
    assert shell.is_reading()
    shell.receive(b"x")
    assert not shell.is_reading()
    stream.start(101, [], False)
    taken = shell.connection.take_tunnel()
    assert taken is not None
    assert len(taken[2]) == 1001
    assert shell.is_reading()


def test_no_time_is_set_for_the_answer() -> None:
    shell, _ = ask()
    shell.pass_time(1000.0)
    assert not shell.is_closed()


def test_the_end_of_the_client_is_seen_before_the_answer_only() -> None:
    shell, stream = ask()
    assert shell.connection.is_mid_request
    stream.start(403, [], False)
    stream.data(b"no", False)
    assert not shell.connection.is_mid_request


@pytest.mark.parametrize(
    "head",
    [
        UPGRADE.replace(b"GET", b"POST"),
        UPGRADE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        UPGRADE.replace(b"keep-alive, Upgrade", b"keep-alive"),
        UPGRADE.replace(b": WebSocket", b": h2c"),
        UPGRADE.replace(b"Upgrade: WebSocket\r\n", b""),
        UPGRADE.replace(b"Sec-WebSocket-Version: 13\r\n", b""),
        UPGRADE.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
        UPGRADE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Version: 8\r\n\r\n"),
        UPGRADE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Key: a\r\n\r\n"),
        UPGRADE.replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n"),
        UPGRADE.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
)
def test_other_upgrades_are_ignored(head: bytes) -> None:
    shell = receive(head)
    assert shell.last.head.protocol == b""
    assert not isinstance(shell.last.stream, TunnelStream)


@pytest.mark.parametrize(
    "head",
    [
        UPGRADE,
        UPGRADE.replace(b": WebSocket", b": h2c, websocket"),
        UPGRADE.replace(b"Upgrade: WebSocket", b"Upgrade: h2c\r\nUpgrade: websocket"),
        UPGRADE.replace(b"13", b"8").replace(b"dGhl", b"!"),
        UPGRADE.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n"),
        UPGRADE.replace(b"/ws", b"http://a/ws"),
    ],
)
def test_handshakes(head: bytes) -> None:
    shell = receive(head)
    assert shell.last.head.protocol == b"websocket"
    assert isinstance(shell.last.stream, TunnelStream)
