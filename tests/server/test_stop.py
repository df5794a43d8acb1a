"""The end of a server: what is under way is finished, within a stated time, and a word is said."""

import signal
import socket
import time

import pytest

from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
def test_an_idle_server_ends_at_once(number: signal.Signals) -> None:
    with ServerProcess(APP) as server:
        start = time.monotonic()
        server.signal(number)
        assert server.wait() == 0
        assert time.monotonic() - start < 3
    assert server.log[-2:] == ["application stopped", f"Stopped worker [{server.worker_pid}]"]


@pytest.mark.parametrize("number", SIGNALS)
def test_http2_request_in_flight_is_finished(number: signal.Signals) -> None:
    with ServerProcess(APP) as server, H2Client(server.endpoint) as client:
        stream = client.request("/echo", method="POST", end=False)
        client.send(stream, b"before ")
        client.read_until(lambda: client.responses[stream].body == b"before ")
        server.signal(number)
        client.read_until(lambda: bool(client.goaways))
        client.send(stream, b"after", end=True)
        assert client.response(stream).body == b"before after"
        client.read_until(lambda: client.is_closed)
        assert client.goaways == [(LARGEST_WINDOW, 0), (stream, 0)]
        assert server.wait() == 0
    assert "application stopped" in server.log


@pytest.mark.parametrize("number", SIGNALS)
def test_http1_request_in_flight_is_finished(number: signal.Signals) -> None:
    with ServerProcess(APP) as server, Http1Client(server.endpoint) as client:
        client.request("/echo", "Content-Length: 12", method="POST", body=b"before ")
        assert client.head().status == 200
        server.signal(number)
        wait_until_refused(server.endpoint)
        client.send(b"after")
        assert client.rest_of_chunks() == b"before after"
        assert client.rest() == b""
        assert server.wait() == 0
    assert "application stopped" in server.log


def wait_until_refused(endpoint: tuple[str, int]) -> None:
    """Wait until the server accepts no connection."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(endpoint).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # it was in the backlog when the listener was closed
    raise AssertionError("still accepts connections")


def test_http1_response_during_the_drain_says_close() -> None:
    with ServerProcess(APP) as server, Http1Client(server.endpoint) as client:
        client.request("/count", "Content-Length: 2", method="POST", body=b"a")
        with H2Client(server.endpoint) as other:
            other.get("/")
            server.signal(signal.SIGTERM)
            other.read_until(lambda: bool(other.goaways))
        client.send(b"b")
        answer = client.response()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert server.wait() == 0


def test_idle_connections_do_not_delay_the_end() -> None:
    with (
        ServerProcess(APP) as server,
        H2Client(server.endpoint) as client,
        H2Client(server.endpoint) as unused,
        Http1Client(server.endpoint) as plain,
        Http1Client(server.endpoint),
    ):
        client.get("/")
        plain.get("/")
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        for connection in (client, unused):
            connection.read_until(lambda: connection.is_closed)  # noqa: B023
            assert {code for _, code in connection.goaways} == {0}
            connection.socket.close()
        assert plain.rest() == b""
        assert server.wait() == 0
        assert time.monotonic() - start < 5


def test_streaming_responses_learn_of_the_stop() -> None:
    with (
        ServerProcess(APP) as server,
        H2Client(server.endpoint) as client,
        Http1Client(server.endpoint) as plain,
    ):
        stream = client.request("/watch")
        client.flush()
        client.read_until(lambda: client.responses[stream].size > 0)
        plain.request("/watch")
        assert plain.head().status == 200
        server.signal(signal.SIGTERM)
        client.read_until(lambda: client.is_closed)
        # Cut off rather than ended: the application did not finish its response.
        assert client.responses[stream].reset is not None
        assert plain.rest() == b"8\r\nwatching\r\n"
        assert server.wait(10) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("options", "bound"), [("", 15), ("--timeout-graceful-shutdown=0.5", 5)])
def test_a_peer_that_has_gone_silent_is_given_up(options: str, bound: float) -> None:
    with (
        ServerProcess(APP, *options.split()) as server,
        H2Client(server.endpoint) as client,
        H2Client(server.endpoint),
    ):
        client.get("/")
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert time.monotonic() - start < bound


def test_a_response_without_an_end_is_cancelled() -> None:
    options = ("--timeout-graceful-shutdown", "0.5")
    with (
        ServerProcess(APP, *options) as server,
        H2Client(server.endpoint) as client,
        Http1Client(server.endpoint) as plain,
    ):
        stream = client.request("/echo", method="POST", end=False)
        client.send(stream, b"begun")
        client.read_until(lambda: client.responses[stream].size > 0)
        plain.request("/echo", "Content-Length: 12", method="POST", body=b"before ")
        assert plain.head().status == 200
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait(10) == 0
        assert time.monotonic() - start < 5


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_at_once(number: signal.Signals) -> None:
    with ServerProcess(APP) as server, H2Client(server.endpoint) as client:
        stream = client.request("/echo", method="POST", end=False)
        client.send(stream, b"begun")
        client.read_until(lambda: client.responses[stream].size > 0)
        server.signal(number)
        client.read_until(lambda: bool(client.goaways))
        start = time.monotonic()
        server.signal(number)
        server.wait(5)
        assert time.monotonic() - start < 3
    assert "Traceback" not in "\n".join(server.log)
