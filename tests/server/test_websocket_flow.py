"""Back-pressure of WebSockets on both protocols: what either side does, memory is bounded."""

import select
import time

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import MIB, ServerProcess
from tests.server.wsclient import (
    BINARY,
    PING,
    PROTOCOLS,
    Connect,
    Http1WebSocket,
    Http2WebSocket,
    WebSocketClient,
    masked,
)

APP = "tests.server.wsapps:app"
STANDSTILL = 0.3
SMALL_BUFFER = 65_536
GROWTH = 12 * MIB
PIECE = masked(BINARY, bytes(16_384))


@pytest.fixture(params=PROTOCOLS)
def connect(request: pytest.FixtureRequest) -> Connect:
    """Return what opens a session, once for each protocol."""
    return PROTOCOLS[request.param]


def wait_for_standstill(server: ServerProcess, name: str) -> int:
    """Wait until a session makes no progress and return how many bytes it has moved."""
    before, now = -1, 0
    with Http1Client(server.endpoint) as control:
        while now != before or not now:
            before = now
            time.sleep(STANDSTILL)
            now = int(control.get(f"/progress?name={name}").body)
    return now


def push(session: WebSocketClient, size: int) -> tuple[int, bytes]:
    """Send messages until so many bytes are under way or nothing is taken.

    Returns:
        How many bytes went, and what is left of the last message.
    """
    sent = 0
    rest = b""
    if isinstance(session, Http1WebSocket):
        sock = session.client.socket
        sock.setblocking(False)
        while sent < size and select.select([], [sock], [], STANDSTILL)[1]:
            rest = rest or PIECE
            count = sock.send(rest)
            rest = rest[count:]
            sent += count
        sock.settimeout(30)
    elif isinstance(session, Http2WebSocket):
        client = session.client
        while sent < size:
            rest = rest or PIECE
            room = client.room(session.stream)
            if room:
                client.send(session.stream, rest[:room])
                sent += len(rest[:room])
                rest = rest[room:]
            elif not client.read(STANDSTILL):
                break
    return sent, rest


def test_application_that_does_not_receive(connect: Connect) -> None:
    with ServerProcess(APP) as server, connect(server.endpoint, "/take?name=it") as session:
        Http1Client(server.endpoint).__exit__()
        with server.memory_growth() as growth:
            sent, rest = push(session, 1 << 30)
            assert sent < 16 * MIB
        assert growth[0] < GROWTH
        with Http1Client(server.endpoint) as control:
            control.get("/allow?name=it")
        session.write(rest + masked(BINARY, b"end"))
        count = int(session.receive_text())
        assert count == -(-sent // len(PIECE)) * 16_384 + 3
        session.say_goodbye()


def test_client_that_does_not_read() -> None:
    with (
        ServerProcess(APP) as server,
        Http1WebSocket(server.endpoint, "/flood?name=it", receive_buffer=SMALL_BUFFER) as session,
    ):
        with server.memory_growth() as growth:
            assert wait_for_standstill(server, "it") < 8 * MIB
        assert growth[0] < GROWTH
        for _ in range(1000):
            assert len(session.receive().payload) == 16_384


def test_client_that_does_not_read_in_time() -> None:
    with (
        ServerProcess(APP, "--timeout-write=0.5") as server,
        Http1WebSocket(server.endpoint, "/flood?name=it", receive_buffer=SMALL_BUFFER),
        Http1Client(server.endpoint) as control,
    ):
        assert control.get("/outcome?name=it").body == b"gone"
        server.wait_line("the client does not read")


@pytest.mark.slow
def test_pings_of_a_client_that_does_not_read(connect: Connect) -> None:
    """Answers that nobody takes do not pile up."""
    with (
        ServerProcess(APP) as server,
        connect(server.endpoint, "/", receive_buffer=SMALL_BUFFER) as session,
    ):
        pings = masked(PING, bytes(125)) * 500
        sent = 0
        with server.memory_growth() as growth:
            if isinstance(session, Http1WebSocket):
                sock = session.client.socket
                sock.setblocking(False)
                while sent < 64 * MIB and select.select([], [sock], [], 2)[1]:
                    sent += sock.send(pings)
            elif isinstance(session, Http2WebSocket):
                client = session.client
                client.is_generous = False
                while sent < 32 * MIB and (room := client.room(session.stream) or client.read(5)):
                    sent += room
                    client.send(session.stream, pings[: client.room(session.stream)])
        assert sent > MIB
        assert growth[0] < GROWTH


def test_http1_what_comes_before_the_session_is_accepted_is_bounded() -> None:
    with ServerProcess(APP) as server, Http1Client(server.endpoint) as client:
        client.request(
            "/slow-to-accept?name=it",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        )
        with Http1Client(server.endpoint) as control:
            assert control.get("/outcome?name=it").body == b"asked"
            sent = 0
            client.socket.setblocking(False)
            with server.memory_growth() as growth:
                while select.select([], [client.socket], [], STANDSTILL)[1]:
                    sent += client.socket.send(PIECE)
                    assert sent < 64 * MIB
            assert growth[0] < 4 * MIB
            control.get("/allow?name=it")
        client.socket.settimeout(30)
        assert client.head().status == 101
        assert client.read(2) == b"\x82\x7e"
