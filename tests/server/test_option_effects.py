"""What single options do to a running server, where no other module of this folder tells."""

import time
from collections.abc import Iterator

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess
from tests.server.wsclient import BINARY, Http1WebSocket, Http2WebSocket

EFFECTS = "tests.server.effects_app:app"
STREAM_WINDOW = 1000
CONNECTION_WINDOW = 70_000


@pytest.fixture(scope="module")
def narrow() -> Iterator[ServerProcess]:
    """Run a server with small windows."""
    options = (
        "--h2-initial-stream-window-size",
        str(STREAM_WINDOW),
        "--h2-initial-connection-window-size",
        str(CONNECTION_WINDOW),
        "--h2-max-inbound-frame-size",
        str(2 * CONNECTION_WINDOW),
    )
    with ServerProcess(EFFECTS, "--lifespan", "off", *options) as server:
        yield server


def test_h2_initial_stream_window_size(narrow: ServerProcess) -> None:
    with H2Client(narrow.endpoint) as client:
        client.get("/")
        upload = client.request("/", method="POST", end=False)
        client.flush()
        assert client.room(upload) == STREAM_WINDOW
        for _ in range(3):
            client.read_until(lambda: client.room(upload) >= STREAM_WINDOW)
            client.send(upload, bytes(STREAM_WINDOW))
        client.send(upload, b"", end=True)
        assert client.response(upload).body == b"3000", "what was taken may be sent again"


def test_h2_initial_connection_window_size(narrow: ServerProcess) -> None:
    with H2Client(narrow.endpoint) as client:
        client.get("/")
        assert client.room(0) == CONNECTION_WINDOW


@pytest.mark.parametrize("count", [1, 5])
def test_runtime_threads(count: int) -> None:
    with (
        ServerProcess(EFFECTS, "--lifespan", "off", "--runtime-threads", str(count)) as server,
        Http1Client(server.endpoint) as client,
    ):
        assert client.get("/threads").body == b"%d" % count


@pytest.mark.parametrize("options", [(), ("--workers", "2"), ("--preload",)])
def test_a_thread_that_never_ends_holds_no_stop(options: tuple[str, ...]) -> None:
    with ServerProcess(EFFECTS, "--lifespan", "off", *options) as server:
        with Http1Client(server.endpoint) as client:
            assert client.get("/stuck").body == b"stuck"
        start = time.monotonic()
        server.stop()
        assert time.monotonic() - start < 10, "a third of the timeout for what is left to do"


@pytest.mark.parametrize("kind", [Http1WebSocket, Http2WebSocket])
def test_websocket_max_message_size_inherits(
    kind: type[Http1WebSocket] | type[Http2WebSocket],
) -> None:
    options = ("--websocket-max-message-size", "inherit", "--max-request-body-size", "10")
    with (
        ServerProcess(EFFECTS, "--lifespan", "off", *options) as server,
        kind(server.endpoint, "/") as session,
    ):
        session.send(BINARY, bytes(10))
        assert session.receive().payload == b"10"
        session.send(BINARY, bytes(11))
        assert session.receive_close()[0] == 1009


def test_http1() -> None:
    with ServerProcess(EFFECTS, "--lifespan", "off", "--no-http1") as server:
        with Http1Client(server.endpoint) as plain:
            assert plain.get("/").status == 505
        with H2Client(server.endpoint) as client:
            assert client.get("/").status == 200


@pytest.mark.parametrize(("flag", "status"), [("--h2c-upgrade", 101), ("--no-h2c-upgrade", 200)])
def test_h2c_upgrade(flag: str, status: int) -> None:
    with (
        ServerProcess(EFFECTS, "--lifespan", "off", flag) as server,
        Http1Client(server.endpoint) as client,
    ):
        fields = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: ")
        client.request("/", *fields)
        assert client.head().status == status
