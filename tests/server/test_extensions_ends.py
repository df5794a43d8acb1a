"""Requests that end early: clients that leave, a server that stops, bodies that are too large."""

import signal
import socket
import time
from collections.abc import Iterator

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess
from tests.server.test_disconnects import reset_on_close

APP = "tests.server.extension_apps:app"
LIMIT = 100_000

over_both = pytest.mark.parametrize("version", ["1", "2"])


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with ServerProcess(
        APP, "--cancel-on-disconnect", "--max-request-body-size", str(LIMIT)
    ) as server:
        yield server


def ended(server: ServerProcess, name: str) -> bytes:
    """Return how a request ended, when it has."""
    with Http1Client(server.endpoint) as control:
        return control.get(f"/ended?name={name}").body


# --cancel-on-disconnect


@pytest.mark.parametrize("begun", ["", "&begun=1"])
@pytest.mark.parametrize(
    ("version", "way"),
    [(version, way) for version in "12" for way in ("end", "reset", "half")]
    + [("2", "RST_STREAM")],
)
def test_application_is_cancelled_with_its_client(
    server: ServerProcess, version: str, begun: str, way: str
) -> None:
    name = f"wait-{version}-{way}-{bool(begun)}"
    target = f"/wait?name={name}{begun}"
    if version == "1":
        with Http1Client(server.endpoint) as plain:
            plain.request(target)
            if begun:
                assert plain.head().status == 200
            else:
                started(server)
            leave(server, plain.socket, way, name)
    else:
        with H2Client(server.endpoint) as client:
            stream = client.request(target)
            client.flush()
            if begun:
                client.read_until(lambda: client.responses[stream].size > 0)
            else:
                client.get("/say?started")
            if way == "RST_STREAM":
                client.reset(stream)
                assert ended(server, name) == b"cleaned up"
            else:
                leave(server, client.socket, way, name)
    assert ended(server, name) == b"cleaned up"


def started(server: ServerProcess) -> None:
    """See that the server has read what was sent before."""
    with Http1Client(server.endpoint) as other:
        other.get("/say?x")


def leave(server: ServerProcess, sock: socket.socket, way: str, name: str) -> None:
    if way == "reset":
        reset_on_close(sock)
    elif way == "half":
        sock.shutdown(socket.SHUT_WR)
        assert ended(server, name) == b"cleaned up"


@over_both
def test_work_in_the_background_goes_on(version: str) -> None:
    with ServerProcess(APP, "--cancel-on-disconnect") as server:
        if version == "1":
            with Http1Client(server.endpoint) as plain:
                assert plain.get("/background?name=work").body == b"done"
        else:
            with H2Client(server.endpoint) as client:
                assert client.get("/background?name=work").body == b"done"
        with Http1Client(server.endpoint) as control:
            control.get("/go")
        assert ended(server, "work") == b"worked"


def test_half_closed_client_is_answered_unless_applications_are_cancelled() -> None:
    with ServerProcess(APP) as server, Http1Client(server.endpoint) as client:
        client.request("/background?name=half")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.response().body == b"done"
        with Http1Client(server.endpoint) as control:
            control.get("/go")


# A stop


def begin_events(server: ServerProcess, version: str, query: str) -> Http1Client | H2Client:
    if version == "1":
        plain = Http1Client(server.endpoint)
        plain.request(f"/events{query}")
        assert plain.head().status == 200
        return plain
    client = H2Client(server.endpoint)
    stream = client.request(f"/events{query}")
    client.flush()
    client.read_until(lambda: client.responses[stream].size > 0)
    return client


@over_both
def test_events_end_at_the_start_of_a_stop(version: str) -> None:
    with ServerProcess(APP, "--timeout-graceful-shutdown", "30") as server:
        client = begin_events(server, version, "")
        with client:
            start = time.monotonic()
            server.signal(signal.SIGTERM)
            if isinstance(client, H2Client):
                answer = client.response(1)
                assert answer.is_complete
                assert answer.body.endswith(b"data: bye\n\n")
            else:
                assert client.rest_of_chunks().endswith(b"data: bye\n\n")
            assert server.wait() == 0
            assert time.monotonic() - start < 10


@over_both
def test_events_that_do_not_listen_end_at_the_timeout(version: str) -> None:
    with ServerProcess(APP, "--timeout-graceful-shutdown", "1") as server:
        with begin_events(server, version, "?deaf=1") as client:
            start = time.monotonic()
            server.signal(signal.SIGTERM)
            if isinstance(client, H2Client):
                assert client.response(1).reset is not None
            else:
                assert not client.rest().endswith(b"0\r\n\r\n")
            assert server.wait() == 0
            assert 0.9 < time.monotonic() - start < 8
        assert any("cancelled 1 running request" in line for line in server.log)


# --max-request-body-size, of bodies that do not say their length


def send_chunks(client: Http1Client, size: int) -> None:
    client.send(b"".join(b"3e8\r\n" + b"x" * 1000 + b"\r\n" for _ in range(size // 1000)))


def send_data(client: H2Client, stream: int, size: int) -> None:
    left = size
    while left and client.responses[stream].reset is None:
        room = min(client.room(stream), left)
        if room:
            client.send(stream, b"x" * room)
            left -= room
        elif client.responses[stream].has_ended:
            return
        else:
            client.read()


@over_both
def test_body_of_the_largest_size(server: ServerProcess, version: str) -> None:
    if version == "1":
        with Http1Client(server.endpoint) as plain:
            plain.request("/upload?name=-", "Transfer-Encoding: chunked", method="POST")
            send_chunks(plain, LIMIT)
            plain.send(b"0\r\n\r\n")
            assert plain.response().body == b"100000"
    else:
        with H2Client(server.endpoint) as client:
            stream = client.request("/upload?name=-", method="POST", end=False)
            send_data(client, stream, LIMIT)
            client.send(stream, b"", end=True)
            assert client.response(stream).body == b"100000"


@over_both
def test_larger_body_is_refused(server: ServerProcess, version: str) -> None:
    name = f"large-{version}"
    target = f"/upload?name={name}"
    if version == "1":
        with Http1Client(server.endpoint) as plain:
            plain.request(target, "Transfer-Encoding: chunked", method="POST")
            send_chunks(plain, LIMIT + 1000)
            answer = plain.response()
            assert (answer.status, answer.body) == (413, b"Content Too Large")
    else:
        with H2Client(server.endpoint) as client:
            stream = client.request(target, method="POST", end=False)
            send_data(client, stream, LIMIT + 1000)
            refusal = client.response(stream)
            assert (refusal.status, bytes(refusal.body)) == (413, b"Content Too Large")
            assert client.get("/say?on").body == b"on"
    assert ended(server, name) == b"disconnected"


@over_both
def test_larger_body_behind_the_start_is_cut_off(server: ServerProcess, version: str) -> None:
    name = f"begun-{version}"
    target = f"/upload?name={name}&begun=1"
    if version == "1":
        with Http1Client(server.endpoint) as plain:
            plain.request(target, "Transfer-Encoding: chunked", method="POST")
            assert plain.head().status == 200
            send_chunks(plain, LIMIT + 1000)
            assert plain.rest() == b"5\r\nbegun\r\n"
    else:
        with H2Client(server.endpoint) as client:
            stream = client.request(target, method="POST", end=False)
            client.read_until(lambda: client.responses[stream].status == 200)
            send_data(client, stream, LIMIT + 1000)
            assert client.response(stream).reset is not None
            assert client.get("/say?on").body == b"on"
    assert ended(server, name) == b"disconnected"


@over_both
def test_refused_body_that_goes_on_is_not_taken_for_ever(
    server: ServerProcess, version: str
) -> None:
    """The rest is dropped up to a bound, and then the stream or the connection ends."""
    name = f"flood-{version}"
    target = f"/upload?name={name}"
    with server.memory_growth() as growth:
        if version == "1":
            with Http1Client(server.endpoint) as plain:
                plain.request(target, "Transfer-Encoding: chunked", method="POST")
                try:
                    for _ in range(600):
                        send_chunks(plain, LIMIT)
                except OSError:
                    pass
                else:
                    pytest.fail("60 MB were taken")
        else:
            with H2Client(server.endpoint) as client:
                stream = client.request(target, method="POST", end=False)
                send_data(client, stream, 60_000_000)
                client.read_until(lambda: client.responses[stream].reset is not None)
                assert client.responses[stream].status == 413
    assert growth[0] < 8 << 20
