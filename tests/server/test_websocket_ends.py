"""How WebSockets end over HTTP/1.1 and HTTP/2: by either side, in order or not, and in time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ROOT, ServerProcess, environment
from tests.server.wsclient import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    PROTOCOLS,
    RSV1,
    TEXT,
    Connect,
    Http1WebSocket,
    Http2WebSocket,
    masked,
)

APP = "tests.server.wsapps:app"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Run a server for the tests that leave it as it was."""
    with ServerProcess(APP, "--websocket-max-message-size=100000") as process:
        yield process


@pytest.fixture(params=PROTOCOLS)
def connect(request: pytest.FixtureRequest) -> Connect:
    """Return what opens a session, once for each protocol."""
    return PROTOCOLS[request.param]


def outcome(server: ServerProcess, name: str) -> str:
    """Return what a session tells of its end."""
    with Http1Client(server.endpoint) as control:
        return control.get(f"/outcome?name={name}").body.decode()


# By the client


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, ""), (1001, "gone"), (3000, "grüß"), (4999, "x" * 123)]
)
def test_client_closes(server: ServerProcess, connect: Connect, code: int, reason: str) -> None:
    with connect(server.endpoint, f"/?name={code}") as session:
        session.close(code, reason)
        assert session.receive_close()[0] == code
        assert session.rest() == b""
    assert outcome(server, str(code)) == f"{code} {reason}".rstrip()


def test_client_closes_without_a_code(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/?name=none") as session:
        session.close(None)
        assert session.receive_close() in {(None, ""), (1000, "")}
        assert session.rest() == b""
    assert outcome(server, "none") == "1005"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x05hello", 1002),
        (masked(TEXT, b"a", flags=0x80 | RSV1), 1002),
        (masked(0x3, b"a"), 1002),
        (masked(PING, bytes(126)), 1002),
        (masked(CLOSE, b"\x03"), 1002),
        (masked(CLOSE, b"\x03\xed"), 1002),
        (masked(TEXT, b"\xff"), 1007),
        (masked(BINARY, bytes(100_001)), 1009),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1002),
    ],
    ids=[
        "unmasked",
        "RSV1",
        "opcode",
        "long ping",
        "short close",
        "close 1005",
        "UTF-8",
        "size",
        "HTTP",
    ],
)
def test_fault_of_the_client(
    server: ServerProcess, connect: Connect, sent: bytes, code: int
) -> None:
    with connect(server.endpoint, "/?name=fault") as session:
        session.write(sent)
        assert session.receive_close()[0] == code
        assert session.rest() == b""
    assert outcome(server, "fault").split()[0] in {str(code), "1006"}


@pytest.mark.parametrize("sent", [b"", masked(TEXT, b"hello")[:4]], ids=["between", "in a frame"])
def test_client_leaves_without_a_word(server: ServerProcess, connect: Connect, sent: bytes) -> None:
    with connect(server.endpoint, "/?name=leaves") as session:
        session.text("here")
        assert session.receive_text() == "here"
        session.write(sent)
    assert outcome(server, "leaves") == "1006"


def test_client_ends_its_half(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/?name=half") as session:
        session.text("here")
        session.end()
        assert session.receive_text() == "here"
        session.rest()
        assert outcome(server, "half") == "1006"


@pytest.mark.parametrize("path", ["/?name=killed", "/waits?name=killed"])
def test_client_is_killed(server: ServerProcess, connect: Connect, path: str) -> None:
    kind = connect.__name__ if isinstance(connect, type) else ""
    code = (
        "import sys; from tests.server import wsclient;"
        f"from tests.server.wsclient import {kind} as connect;"
        f"session = connect({server.endpoint!r}, {path!r});"
        "print(session.status, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
    ) as client:
        if path.startswith("/waits"):
            assert outcome(server, "killed") == "asked"
        else:
            assert client.stdout is not None
            assert client.stdout.readline()
        os.kill(client.pid, signal.SIGKILL)
        end = outcome(server, "killed")
    assert end in {"1006", "websocket.disconnect 1006"}


# By the application


def test_application_closes(server: ServerProcess, connect: Connect) -> None:
    with connect(server.endpoint, "/close?code=4001&reason=enough") as session:
        assert session.receive_close() == (4001, "enough")
        session.close(4001)
        assert session.rest() == b""


# By time


@pytest.mark.slow
def test_pings(connect: Connect) -> None:
    options = ("--websocket-ping-interval=0.2", "--websocket-ping-timeout=2")
    path = "/?name=pinged"
    with ServerProcess(APP, *options) as server, connect(server.endpoint, path) as session:
        for _ in range(4):
            frame = session.receive()
            assert frame.opcode == PING
            session.send(PONG, frame.payload)
        assert session.receive().opcode == PING
        begin = time.monotonic()
        while (frame := session.receive()).opcode == PING:
            pass
        assert frame.opcode == CLOSE
        assert frame.payload[:2] == (1011).to_bytes(2, "big")
        # Whatever holds this machine up, half of what it would be without the option is enough.
        assert time.monotonic() - begin < 15
        session.rest()
        assert outcome(server, "pinged").split()[0] in {"1006", "1011"}


# By the server


@pytest.mark.slow
def test_sessions_end_with_the_server(connect: Connect) -> None:
    with ServerProcess(APP) as server, connect(server.endpoint, "/last-words") as session:
        assert session.receive_text() == "ready"
        server.signal(signal.SIGTERM)
        assert session.receive_close()[0] == 1001
        session.close(1001)
        assert session.rest() == b""
        assert server.wait() == 0
    assert "finished after 1001" in server.log


@pytest.mark.slow
def test_http2_connection_of_a_session_ends_in_order() -> None:
    with (
        ServerProcess(APP) as server,
        H2Client(server.endpoint) as client,
        Http2WebSocket(client, "/last-words") as session,
    ):
        assert session.receive_text() == "ready"
        server.signal(signal.SIGTERM)
        session.receive_close()
        session.close(1001)
        assert session.rest() == b""
        client.read_until(lambda: client.is_closed)
        assert client.goaways == [(LARGEST_WINDOW, 0), (session.stream, 0)]
        assert server.wait() == 0


def test_a_client_that_does_not_answer_is_left(connect: Connect) -> None:
    options = ("--timeout-graceful-shutdown=1",)
    with ServerProcess(APP, *options) as server, connect(server.endpoint, "/last-words") as session:
        assert session.receive_text() == "ready"
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        assert session.receive_close()[0] == 1001
        assert server.wait() == 0
        assert time.monotonic() - start < 8


def test_an_application_that_does_not_end_is_cancelled(connect: Connect) -> None:
    options = ("--timeout-graceful-shutdown=0.5",)
    with ServerProcess(APP, *options) as server, connect(server.endpoint, "/stubborn") as session:
        assert session.receive_text() == "ready"
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        assert session.receive_close()[0] == 1001
        session.close(1001)
        assert server.wait() == 0
        assert 0.4 < time.monotonic() - start < 8
        assert server.wait_line("cancelled 1 running request")


def test_a_handshake_that_is_not_answered_ends_with_the_server() -> None:
    with ServerProcess(APP) as server, Http1Client(server.endpoint) as client:
        client.request(
            "/waits?name=unanswered",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        )
        assert outcome(server, "unanswered") == "asked"
        server.signal(signal.SIGTERM)
        client.rest()
        assert server.wait() == 0


def test_http1_session_is_kept_beyond_the_times_of_http() -> None:
    """No deadline of HTTP/1 goes on in a session."""
    options = (
        "--timeout-keep-alive=0.2",
        "--timeout-request-header=0.2",
        "--timeout-request-body-idle=0.2",
        "--h2-timeout-response-stall=0.2",
    )
    with ServerProcess(APP, *options) as server, Http1WebSocket(server.endpoint, "/") as session:
        assert session.is_silent(1.0)
        session.text("still here")
        assert session.receive_text() == "still here"
        session.say_goodbye()
