"""What `--request-policy` changes for single paths, over both protocols."""

import time
from collections.abc import Iterator

import pytest

from tests.server.effects_app import LARGE
from tests.server.h2client import DEFAULT_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess
from tests.server.test_option_effects import EFFECTS

SHORT = 1.0
"""Seconds that the policies under test give; the options give a minute."""
CANCEL = 8
LONGEST = 10.0

POLICIES = (
    "path=/wide/*,max_request_body_size=0",
    "path=/tight,max_request_body_size=5",
    f"path=/hasty/*,timeout_request_body_idle={SHORT},h2_timeout_response_stall={SHORT}",
)


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Run a server that takes ten bytes, and more or less of some paths."""
    flags = [text for policy in POLICIES for text in ("--request-policy", policy)]
    options = ("--lifespan", "off", "--max-request-body-size", "10", *flags)
    with ServerProcess(EFFECTS, *options) as process:
        yield process


SIZES = [
    ("/", 10, 200),
    ("/", 11, 413),
    ("/wide", 1000, 200),
    ("/wide/a?b", 1000, 200),
    ("/wid%65/a", 1000, 200),
    ("/wide%2Fa", 1000, 200),
    ("/wider", 11, 413),
    ("/tight", 5, 200),
    ("/tight", 6, 413),
    ("/t%69ght", 6, 413),
    ("/tight/", 10, 200),
    ("/wide/../tight", 6, 413),
    ("/wide/%2e%2e/tight", 6, 413),
    ("/wide/%2E%2E%2Fother", 11, 413),
    ("//tight", 6, 413),
]


@pytest.mark.parametrize(("path", "size", "status"), SIZES)
def test_announced_bodies(server: ServerProcess, path: str, size: int, status: int) -> None:
    with Http1Client(server.endpoint) as plain, H2Client(server.endpoint) as client:
        plain.request(path, f"Content-Length: {size}", method="POST", body=bytes(size))
        assert plain.response().status == status
        headers = (("content-length", str(size)),)
        stream = client.request(path, method="POST", headers=headers, end=False)
        client.send(stream, bytes(size), end=True)
        assert client.response(stream).status == status


@pytest.mark.parametrize(("path", "size", "status"), SIZES)
def test_bodies_that_grow(server: ServerProcess, path: str, size: int, status: int) -> None:
    with Http1Client(server.endpoint) as plain, H2Client(server.endpoint) as client:
        plain.request(path, "Transfer-Encoding: chunked", method="POST")
        plain.send(b"%x\r\n%b\r\n0\r\n\r\n" % (size, bytes(size)))
        assert plain.response().status == status
        stream = client.request(path, method="POST", end=False)
        client.send(stream, bytes(size), end=True)
        assert client.response(stream).status == status


def test_the_application_is_not_called_for_what_is_announced(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as plain, H2Client(server.endpoint) as client:
        plain.request("/tight", "Content-Length: 6", "Expect: 100-continue", method="POST")
        assert plain.head().status == 413
        headers = (("content-length", "6"),)
        stream = client.request("/tight", method="POST", headers=headers, end=False)
        client.flush()
        assert client.response(stream).status == 413


def test_absolute_targets(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as plain:
        plain.request("http://a/tight", "Content-Length: 6", method="POST", body=bytes(6))
        assert plain.response().status == 413


def test_bodies_of_http1_that_do_not_go_on(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as other, Http1Client(server.endpoint) as plain:
        other.request("/", "Content-Length: 10", method="POST", body=b"half ")
        start = time.monotonic()
        plain.request("/hasty/a", "Content-Length: 10", method="POST", body=b"half ")
        assert plain.response().status == 408
        assert 0.9 * SHORT <= time.monotonic() - start < LONGEST
        other.send(b"whole")
        assert other.response().body == b"10"


def test_bodies_of_http2_that_do_not_go_on(server: ServerProcess) -> None:
    with H2Client(server.endpoint) as client:
        other = client.request("/", method="POST", end=False)
        start = time.monotonic()
        stream = client.request("/hasty/a", method="POST", end=False)
        client.send(stream, b"half ")
        assert client.response(stream).status == 408
        assert 0.9 * SHORT <= time.monotonic() - start < LONGEST
        client.send(other, b"whole", end=True)
        assert client.response(other).body == b"5"


def test_responses_that_stall(server: ServerProcess) -> None:
    with H2Client(server.endpoint, is_generous=False) as client:
        start = time.monotonic()
        answer = client.get("/hasty/large")
        assert 0.9 * SHORT <= time.monotonic() - start < LONGEST
        assert (answer.size, answer.reset) == (DEFAULT_WINDOW, CANCEL)
        assert DEFAULT_WINDOW < LARGE
        client.credit(0, 2 * LARGE)
        other = client.request("/large")
        client.flush()
        client.read_until(lambda: client.responses[other].size == DEFAULT_WINDOW)
        client.credit(other, LARGE)
        assert client.response(other).size == LARGE


def test_root_paths_are_no_part_of_the_path() -> None:
    options = ("--root-path", "/api", "--request-policy", POLICIES[1])
    with (
        ServerProcess(EFFECTS, "--lifespan", "off", *options) as server,
        Http1Client(server.endpoint) as plain,
    ):
        plain.request("/tight", "Content-Length: 6", method="POST", body=bytes(6))
        assert plain.response().status == 413
        plain.request("/api/tight", "Content-Length: 6", method="POST", body=bytes(6))
        assert plain.response().status == 200
