"""Owns the tests of `Upgrade: h2c`, with clients that ask for it and by hand.

Does not test the frames that follow (h2c_core).
"""

import socket
from collections.abc import Iterator

import pytest

from tests.server.h2client import ACK, END_HEADERS, HEADERS, PREFACE, SETTINGS, frame
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess
from tests.server.programs import curl, run

ASKS = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
VERSION = ("--write-out", " %{http_version} %{http_code}")


@pytest.fixture(scope="module")
def offering() -> Iterator[ServerProcess]:
    """Run a server that changes to HTTP/2 when asked."""
    with ServerProcess(APP, "--h2c-upgrade") as process:
        yield process


def test_curl(offering: ServerProcess) -> None:
    assert curl("--http2", *VERSION, offering.url) == "hello 2 200"
    assert curl("--http2", "--head", offering.url).startswith("HTTP/1.1 101 Switching Protocols")


def test_curl_goes_on_with_the_connection(offering: ServerProcess) -> None:
    output = curl("--http2", *VERSION, *["--write-out", " %{num_connects}\n", offering.url] * 3)
    assert output.split() == ["hello", "1", "hello", "0", "hello", "0"]


def test_curl_sends_its_bodies_in_http1(offering: ServerProcess) -> None:
    """All of a body would have to be read before the change."""
    output = curl("--http2", *VERSION, "--data", "some body", f"{offering.url}/echo")
    assert output == "some body 1.1 200"


def test_nghttp(offering: ServerProcess) -> None:
    output = run("nghttp", "-v", "--upgrade", offering.url, f"{offering.url}/echo")
    assert "HTTP Upgrade success" in output
    assert output.count(":status: 200") == 2
    assert "hello" in output


def test_without_the_option_the_field_is_ignored(server: ServerProcess) -> None:
    assert curl("--http2", *VERSION, server.url) == "hello 1.1 200"
    with Http1Client(server.endpoint) as client:
        for _ in range(2):
            client.request("/", *ASKS)
            assert client.response().body == b"hello"


@pytest.mark.parametrize("before", [0, 2])
def test_101_comes_before_the_first_frame(offering: ServerProcess, before: int) -> None:
    """Also when requests came before, and when the client's preface comes along."""
    with Http1Client(offering.endpoint) as client:
        for _ in range(before):
            assert client.get("/").body == b"hello"
        lines = "\r\n".join(["GET / HTTP/1.1", "Host: test", *ASKS, "", ""]).encode()
        client.send(lines + PREFACE + frame(SETTINGS, 0, 0))
        answer = client.head()
        assert (answer.status, answer.headers["upgrade"]) == (101, "h2c")
        kinds = read_kinds(client)
    assert kinds[0] == (SETTINGS, 0, 0)
    assert (SETTINGS, ACK, 0) in kinds
    assert (HEADERS, END_HEADERS, 1) in kinds


def read_kinds(client: Http1Client) -> list[tuple[int, int, int]]:
    """Read frames until stream 1 ends; return type, flags and stream of each."""
    kinds: list[tuple[int, int, int]] = []
    received = b""
    while True:
        while len(received) >= 9:
            size = int.from_bytes(received[:3])
            if len(received) < 9 + size:
                break
            kinds.append((received[3], received[4], int.from_bytes(received[5:9])))
            received = received[9 + size :]
            if kinds[-1][2] == 1 and kinds[-1][1] & 1:
                return kinds
        piece = client.read(65536)
        assert piece, f"closed after {kinds}"
        received += piece


IGNORED: dict[str, tuple[str, ...]] = {
    "no settings": ASKS[:2],
    "settings twice": (*ASKS, ASKS[2]),
    "settings not listed": ("Connection: Upgrade", *ASKS[1:]),
    "upgrade not listed": ("Connection: HTTP2-Settings", *ASKS[1:]),
    "another protocol": (ASKS[0], "Upgrade: h2, websocket", ASKS[2]),
}


@pytest.mark.parametrize("fields", IGNORED.values(), ids=IGNORED.keys())
def test_http1_answers_what_does_not_ask_rightly(
    offering: ServerProcess, fields: tuple[str, ...]
) -> None:
    with Http1Client(offering.endpoint) as client:
        client.request("/", *fields)
        assert client.response().body == b"hello"
        assert client.get("/").body == b"hello"


def test_http1_answers_a_client_that_will_not_say_more(offering: ServerProcess) -> None:
    """It has closed its half by the time that its request is read, behind another."""
    with Http1Client(offering.endpoint) as client, Http1Client(offering.endpoint) as control:
        client.request("/metered?name=it", "Content-Length: 4", method="POST", body=b"body")
        client.request("/", *ASKS)
        client.socket.shutdown(socket.SHUT_WR)
        control.get("/allow?name=it&bytes=4")
        assert client.response().status == 200
        assert client.response().body == b"hello"
        assert client.rest() == b""


def test_settings_that_are_none_are_refused() -> None:
    with ServerProcess(APP, "--h2c-upgrade") as process, Http1Client(process.endpoint) as client:
        client.request("/", *ASKS[:2], "HTTP2-Settings: AAMAAAB")
        assert client.response().status == 400
        assert client.rest() == b""
        process.wait_line("400, SETTINGS payload")


def test_what_is_no_preface_ends_the_connection() -> None:
    """Bytes behind the request are never read as a request of HTTP/1."""
    with ServerProcess(APP, "--h2c-upgrade") as process, Http1Client(process.endpoint) as client:
        client.request("/", *ASKS, body=b"GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n")
        assert client.head().status == 101
        assert b"hello" not in client.rest()
        process.wait_line("preface")
        assert not any("smuggled" in line for line in process.log)


def test_a_preface_that_does_not_come_is_not_waited_for() -> None:
    options = ("--h2c-upgrade", "--timeout-handshake", "1")
    with ServerProcess(APP, *options) as process, Http1Client(process.endpoint) as client:
        client.request("/", *ASKS)
        assert client.head().status == 101
        assert client.rest().endswith(b"no SETTINGS in time")
        process.wait_line("no SETTINGS in time$")
