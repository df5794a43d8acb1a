"""WebSockets over HTTP/1.1 and HTTP/2: the handshake, messages in all their shapes, the log."""

import json
import random
import re
import zlib
from collections.abc import Iterator

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess
from tests.server.wsclient import (
    BINARY,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    PROTOCOLS,
    RSV1,
    TEXT,
    Connect,
    Frame,
    Http1WebSocket,
    Http2WebSocket,
    masked,
)

APP = "tests.server.wsapps:app"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"
EMPTY_BLOCK = b"\x00\x00\xff\xff"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Run a server for the tests that leave it as it was."""
    with ServerProcess(APP) as process:
        yield process


@pytest.fixture(params=PROTOCOLS)
def connect(request: pytest.FixtureRequest) -> Connect:
    """Return what opens a session, once for each protocol."""
    return PROTOCOLS[request.param]


# The handshake


def test_scope(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/describe?a=b", "X-Mine: yes") as session:
        assert session.status == session.accepted
        scope = json.loads(session.receive_text())
    is_http2 = connect is Http2WebSocket
    assert scope["type"] == "websocket"
    assert scope["scheme"] == "ws"
    assert scope["http_version"] == ("2" if is_http2 else "1.1")
    assert (scope["path"], scope["query_string"]) == ("/describe", "a=b")
    assert scope["subprotocols"] == []
    assert scope["extensions"] == ["websocket.http.response"]
    assert not scope["has_method"]
    assert ["x-mine", "yes"] in scope["headers"]
    assert ["host", f"127.0.0.1:{server.endpoint[1]}" if is_http2 else "test"] in scope["headers"]


def test_subprotocol_and_fields_of_the_application(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/choose", "Sec-WebSocket-Protocol: one, two") as session:
        assert session.subprotocol == "two"
        assert session.headers["x-first"] == "1"
        assert session.headers["set-cookie"] == "a=b"
        assert "content-length" not in session.headers
        assert "transfer-encoding" not in session.headers
        session.say_goodbye()


def test_no_subprotocol(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/", "Sec-WebSocket-Protocol: one") as session:
        assert "sec-websocket-protocol" not in session.headers


@pytest.mark.parametrize(
    ("path", "status", "body"), [("/deny", 401, b"who goes?"), ("/refuse", 403, None)]
)
def test_refusal(
    server: ServerProcess, connect: Connect, path: str, status: int, body: bytes | None
) -> None:
    with connect(server.endpoint, path) as session:
        assert session.status == status
        got = session.body()
    assert body is None or got == body


def test_http1_connection_goes_on_after_a_refusal(server: ServerProcess) -> None:
    with Http1WebSocket(server.endpoint, "/deny") as session:
        assert session.body() == b"who goes?"
        assert session.client.get("/").body == b"hello"


HANDSHAKE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def test_http1_request_behind_a_refused_handshake(server: ServerProcess) -> None:
    """What follows is a request when there is no session."""
    with Http1Client(server.endpoint) as client, Http1Client(server.endpoint) as control:
        behind = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        client.request("/slow-to-accept?name=refused&deny=1", *HANDSHAKE, body=behind)
        assert control.get("/outcome?name=refused").body == b"asked"
        control.get("/allow?name=refused")
        assert client.response().status == 403
        assert client.response().body == b"hello"


def test_http1_frames_behind_an_accepted_handshake(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client, Http1Client(server.endpoint) as control:
        client.request("/slow-to-accept?name=eager", *HANDSHAKE, body=masked(TEXT, b"early"))
        assert control.get("/outcome?name=eager").body == b"asked"
        client.send(masked(PING, b"p"))
        control.get("/allow?name=eager")
        assert client.head().status == 101
        received = b""
        while len(received) < 10:
            received += client.read(10)
        assert received in {b"\x81\x05early\x8a\x01p", b"\x8a\x01p\x81\x05early"}


def test_application_that_raises(connect: Connect) -> None:
    with ServerProcess(APP) as server:
        server.allows_traceback = True
        with connect(server.endpoint, "/fail") as session:
            assert session.status == 500
            session.body()
        with connect(server.endpoint, "/fail?accept=1") as session:
            assert session.receive_close()[0] == 1011
            session.close(1011)
            assert session.rest() == b""
        server.wait_line("this application is broken", 1)


# Requests that are no handshake


NO_HANDSHAKES = {
    "h2c": "GET / HTTP/1.1\nConnection: Upgrade\nUpgrade: h2c\nHTTP2-Settings: AAMAAABk",
    "TLS": "GET / HTTP/1.1\nConnection: Upgrade\nUpgrade: TLS/1.0",
    "no option": "\n".join(("GET / HTTP/1.1", *HANDSHAKE[1:])),
    "POST": "\n".join(("POST / HTTP/1.1", *HANDSHAKE, "Content-Length: 0")),
    "HTTP/1.0": "\n".join(("GET / HTTP/1.0", *HANDSHAKE, "Connection: keep-alive")),
}


@pytest.mark.parametrize("lines", NO_HANDSHAKES.values(), ids=NO_HANDSHAKES)
def test_an_unwanted_upgrade_is_ignored(server: ServerProcess, lines: str) -> None:
    with Http1Client(server.endpoint) as client:
        client.send("\r\n".join((*lines.split("\n"), "Host: a", "", "")).encode())
        answer = client.response()
        assert (answer.status, answer.body) == (200, b"hello")
        assert "upgrade" not in answer.headers
        assert client.get("/").body == b"hello"


@pytest.mark.parametrize(
    ("version", "key", "status"),
    [("8", "dGhlIHNhbXBsZSBub25jZQ==", 426), ("13", "short", 400)],
)
def test_a_bad_handshake(server: ServerProcess, version: str, key: str, status: int) -> None:
    with Http1Client(server.endpoint) as client:
        client.request(
            "/",
            "Connection: Upgrade",
            "Upgrade: websocket",
            f"Sec-WebSocket-Version: {version}",
            f"Sec-WebSocket-Key: {key}",
        )
        answer = client.response()
        assert answer.status == status
        if status == 426:
            assert answer.headers["sec-websocket-version"] == "13"
            assert answer.headers["upgrade"] == "websocket"
        assert client.get("/").body == b"hello"


def test_http2_other_protocols_are_not_implemented(server: ServerProcess) -> None:
    with H2Client(server.endpoint) as client:
        for fields in ((), ((":protocol", "connect-udp"),)):
            stream = client.request("/", method="CONNECT", headers=fields, end=False)
            if not fields:
                # An ordinary CONNECT has no path: it is malformed here.
                client.flush()
                assert client.response(stream).reset is not None
                continue
            client.flush()
            client.read_until(lambda: client.responses[stream].status != 0)  # noqa: B023
            assert client.responses[stream].status == 501
        assert client.get("/").body == b"hello"


# Messages


def test_text_and_bytes(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/") as session:
        for size in (0, 1, 125, 126, 65_535, 65_536, 300_000):
            session.text("ü" * (size // 2) + "x" * (size % 2))
            assert session.receive_text() == "ü" * (size // 2) + "x" * (size % 2)
            payload = random.Random(size).randbytes(size)
            session.send(BINARY, payload)
            assert session.receive() == Frame(BINARY, payload)
        session.say_goodbye()


def test_messages_in_one_write(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/") as session:
        session.write(b"".join(masked(TEXT, b"%d" % number) for number in range(500)))
        assert [session.receive_text() for _ in range(500)] == [str(n) for n in range(500)]


def test_messages_byte_by_byte(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/") as session:
        for byte in masked(TEXT, "grüß".encode()) + masked(PING, b"p"):
            session.write(bytes([byte]))
        # An answer to a ping waits for no application.
        frames = {session.receive(), session.receive()}
        assert frames == {Frame(TEXT, "grüß".encode()), Frame(PONG, b"p")}


def test_fragments_with_control_frames_between(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/") as session:
        whole = "Grüße".encode()
        session.send(TEXT, whole[:3], flags=0)
        session.send(PING, b"one")
        assert session.receive() == Frame(PONG, b"one")
        session.send(CONTINUATION, whole[3:4], flags=0)
        session.send(PONG, b"unasked")
        session.send(PING, b"two")
        assert session.receive() == Frame(PONG, b"two")
        session.send(CONTINUATION, whole[4:], flags=FIN)
        assert session.receive_text() == "Grüße"


def test_deflate(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/", DEFLATE) as session:
        assert session.headers["sec-websocket-extensions"].startswith("permessage-deflate")
        deflater, inflater = zlib.compressobj(wbits=-15), zlib.decompressobj(wbits=-15)
        for text in ("abc" * 2000, "", "def" * 2000, "abc" * 2000):
            data = deflater.compress(text.encode()) + deflater.flush(zlib.Z_SYNC_FLUSH)
            session.send(TEXT, data.removesuffix(EMPTY_BLOCK), flags=FIN | RSV1)
            frame = session.receive()
            if frame.has_rsv1:
                assert len(frame.payload) < 100
                got = inflater.decompress(frame.payload + EMPTY_BLOCK)
            else:
                got = frame.payload
            assert got.decode() == text
        session.say_goodbye()


def test_without_deflate(connect: Connect) -> None:
    with (
        ServerProcess(APP, "--no-websocket-per-message-deflate") as server,
        connect(server.endpoint, "/", DEFLATE) as session,
    ):
        assert "sec-websocket-extensions" not in session.headers
        session.text("abc" * 2000)
        assert session.receive() == Frame(TEXT, b"abc" * 2000)


def test_sessions_beside_requests_on_one_connection(server: ServerProcess) -> None:
    with H2Client(server.endpoint) as client:
        sessions = [Http2WebSocket(client, "/") for _ in range(100)]
        for turn in range(3):
            for number, session in enumerate(sessions):
                session.text(f"{turn} {number}")
            assert client.get("/").body == b"hello"
            for number, session in enumerate(sessions):
                assert session.receive_text() == f"{turn} {number}"
        for session in sessions[::2]:
            session.leave()
        for session in sessions[1::2]:
            session.say_goodbye()
        assert client.get("/").body == b"hello"


# The log


def test_access_log(connect: Connect) -> None:
    with ServerProcess(APP) as server:
        with connect(server.endpoint, "/?a=b") as session:
            session.text("hello")
            session.receive_text()
            session.text("you!")
            session.receive_text()
            session.close(4000, "done")
            session.receive_close()
            session.rest()
        name = re.escape(
            "CONNECT /?a=b HTTP/2" if connect is Http2WebSocket else "GET /?a=b HTTP/1.1"
        )
        status = 200 if connect is Http2WebSocket else 101
        server.wait_line(rf'^127\.0\.0\.1:\d+ +"{name}" {status} +[\d.]+ms$')
        name = re.sub("^(CONNECT|GET)", "WEBSOCKET", name)
        server.wait_line(rf'^127\.0\.0\.1:\d+ +"{name}" 4000 +[\d.]+ms tx=9b rx=9b$')
