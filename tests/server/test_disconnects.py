"""Clients that leave: the application learns of it, and nothing of them stays."""

import socket
import struct

import pytest

from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

ABORTED = 2_000


def outcome(server: ServerProcess, name: str) -> bytes:
    """Return how the application saw its exchange end."""
    with Http1Client(server.endpoint) as control:
        return control.get(f"/outcome?name={name}").body


def reset_on_close(sock: socket.socket) -> None:
    """Let the close of a socket reset its connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("way", ["end", "reset"])
def test_http1_client_leaves_in_the_middle_of_the_response(server: ServerProcess, way: str) -> None:
    name = f"http1-response-{way}"
    with Http1Client(server.endpoint) as client:
        client.request(f"/watch?name={name}")
        assert client.head().status == 200
        if way == "reset":
            reset_on_close(client.socket)
    assert outcome(server, name) == b"http.disconnect"


@pytest.mark.parametrize("way", ["end", "reset", "RST_STREAM"])
def test_http2_client_leaves_in_the_middle_of_the_response(server: ServerProcess, way: str) -> None:
    name = f"http2-response-{way}"
    with H2Client(server.endpoint) as client:
        stream = client.request(f"/watch?name={name}")
        client.flush()
        client.read_until(lambda: client.responses[stream].size > 0)
        if way == "RST_STREAM":
            client.reset(stream)
            assert outcome(server, name) == b"http.disconnect"
        elif way == "reset":
            reset_on_close(client.socket)
    assert outcome(server, name) == b"http.disconnect"


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_client_leaves_while_the_application_sends(server: ServerProcess, version: str) -> None:
    name = f"send-{version}"
    if version == "1":
        with Http1Client(server.endpoint, receive_buffer=4096) as plain:
            plain.request(f"/download?name={name}")
            assert plain.head().status == 200
    else:
        with H2Client(server.endpoint, window=LARGEST_WINDOW) as client:
            stream = client.request(f"/download?name={name}")
            client.flush()
            client.read_until(lambda: client.responses[stream].size > 0)
    assert outcome(server, name) == b"OSError"


@pytest.mark.parametrize("way", ["http1", "http2", "RST_STREAM"])
def test_an_endless_body_that_nobody_wants(server: ServerProcess, way: str) -> None:
    path = f"/download?name=head-{way}"
    if way == "http1":
        with Http1Client(server.endpoint) as plain:
            plain.request(path, method="HEAD")
            assert plain.response("HEAD").status == 200
    else:
        with H2Client(server.endpoint) as client:
            stream = client.request(path, method="HEAD")
            client.flush()
            assert client.response(stream).status == 200
            if way == "RST_STREAM":
                client.reset(stream)
                assert outcome(server, f"head-{way}") == b"OSError"
    assert outcome(server, f"head-{way}") == b"OSError"


def test_a_reset_wakes_an_application_that_waits_for_a_window(server: ServerProcess) -> None:
    with H2Client(server.endpoint, is_generous=False) as client:
        stream = client.request("/download?name=window")
        client.flush()
        client.read_until(lambda: client.responses[stream].size == 65_535)
        client.reset(stream)
        assert outcome(server, "window") == b"OSError"
        assert client.goaways == []


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_client_leaves_in_the_middle_of_its_upload(server: ServerProcess, version: str) -> None:
    name = f"upload-{version}"
    with Http1Client(server.endpoint) as control:
        if version == "1":
            with Http1Client(server.endpoint) as plain:
                plain.request(
                    f"/count?name={name}", "Content-Length: 10", method="POST", body=b"half "
                )
                while control.get_json(f"/moved?name={name}") != 5:
                    pass
        else:
            with H2Client(server.endpoint) as client:
                stream = client.request(f"/count?name={name}", method="POST", end=False)
                client.send(stream, b"half ")
                while control.get_json(f"/moved?name={name}") != 5:
                    pass
    assert outcome(server, name) == b"disconnect"


def abort_streams(server: ServerProcess, count: int) -> None:
    """Abort so many requests by RST_STREAM, a connection for 50 of them."""
    for _ in range(count // 50):
        with H2Client(server.endpoint) as client:
            for number in range(50):
                stream = client.request("/watch" if number % 2 else "/download")
                client.flush()
                client.read_until(lambda: client.responses[stream].size > 0)  # noqa: B023
                client.reset(stream)


def abort_connections(server: ServerProcess, count: int) -> None:
    """Abort so many requests by the end of their connection."""
    for number in range(count):
        with Http1Client(server.endpoint) as client:
            if number % 2:
                client.request("/count", "Content-Length: 100000", method="POST", body=b"half")
            else:
                client.request("/download")
                client.head()


def abort_uploads(server: ServerProcess, count: int) -> None:
    """Abort so many uploads that the application has not begun to read, 50 on each connection."""
    for number in range(0, count, 50):
        with H2Client(server.endpoint) as client:
            client.get("/")
            for _ in range(50):
                stream = client.request(f"/metered?name={number}", method="POST", end=False)
                client.send(stream, bytes(16_000))
            client.flush()
            assert client.get("/").status == 200
        with Http1Client(server.endpoint) as control:
            control.get(f"/allow?name={number}&bytes=1000000")


@pytest.mark.slow
@pytest.mark.parametrize("abort", [abort_streams, abort_connections, abort_uploads])
def test_memory_after_aborted_requests(abort: object) -> None:
    assert callable(abort)
    with ServerProcess(APP, "--no-access-log") as server:
        abort(server, ABORTED // 4)
        before = server.memory()
        abort(server, ABORTED)
        with Http1Client(server.endpoint) as client:
            assert client.get("/").body == b"hello"
        assert server.memory() - before < 2 << 20
