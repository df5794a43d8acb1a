"""What goes through each proxy of the README, both ways, and what does not."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.interop.deployments.clients import browser, known
from tests.interop.deployments.deployment import NAME, Deployment
from tests.server.programs import curl

MIB = 1 << 20
LARGE = 100 * MIB
CLIENTS = 64


def pattern(size: int) -> Iterator[bytes]:
    """Return so many bytes in pieces."""
    piece = bytes(range(256)) * 256
    for _ in range(size // len(piece)):
        yield piece


@pytest.mark.slow
@pytest.mark.parametrize("http2", [True, False], ids=["http2", "http1"])
def test_a_large_upload(deployment: Deployment, *, http2: bool) -> None:
    expected = hashlib.sha256()
    for piece in pattern(LARGE):
        expected.update(piece)
    with deployment.server.memory_growth() as growth, browser(deployment, http2=http2) as client:
        headers = {"content-length": str(LARGE)}
        answer = client.post("/digest", content=pattern(LARGE), headers=headers)
    assert answer.text == expected.hexdigest()
    assert growth[0] < 16 * MIB


@pytest.mark.slow
@pytest.mark.parametrize("http2", [True, False], ids=["http2", "http1"])
def test_a_large_download(deployment: Deployment, *, http2: bool) -> None:
    size = 0
    with (
        deployment.server.memory_growth() as growth,
        browser(deployment, http2=http2) as client,
        client.stream("GET", f"/download?bytes={LARGE}") as answer,
    ):
        for piece in answer.iter_raw():
            size += len(piece)
    assert size == LARGE
    assert growth[0] < 16 * MIB


@pytest.mark.parametrize("http2", [True, False], ids=["http2", "http1"])
def test_a_body_of_unknown_length(deployment: Deployment, *, http2: bool) -> None:
    with browser(deployment, http2=http2) as client:
        answer = client.post("/digest", content=pattern(MIB))
    assert answer.text == hashlib.sha256(b"".join(pattern(MIB))).hexdigest()


@pytest.mark.parametrize("http2", [True, False], ids=["http2", "http1"])
def test_events_arrive_one_by_one(deployment: Deployment, *, http2: bool) -> None:
    name = f"{deployment.kind.name}-{http2}"
    with (
        browser(deployment, http2=http2) as client,
        browser(deployment) as other,
        client.stream("GET", f"/events?name={name}") as answer,
    ):
        events = answer.iter_text()
        seen = next(events)
        for number in range(5):
            assert other.get(f"/push?name={name}&event={number}").text == "pushed"
            seen += next(events)
        other.get(f"/push?name={name}&event=end")
        assert list(events) == []
    assert seen == "".join(f"data: {event}\n\n" for event in ("begin", *range(5)))


def test_trailers(deployment: Deployment) -> None:
    """Both proxies pass those of a response on; `gRPC` needs it."""
    printed = fetch(
        deployment, "/trailers", "--http2", "--data", "hello", "--header", "te: trailers"
    )
    assert "x-length: 5" in printed


def test_an_early_hint(deployment: Deployment) -> None:
    printed = fetch(deployment, "/hints", "--http2")
    assert "HTTP/2 103" in printed
    assert "link: </style.css>; rel=preload; as=style" in printed
    assert printed.index("HTTP/2 103") < printed.index("HTTP/2 200")


def fetch(deployment: Deployment, path: str, *arguments: str) -> str:
    """Return all heads and the body that curl gets."""
    ca = ("--cacert", str(deployment.certificate.chain))
    address = f"{NAME}:{deployment.port}:127.0.0.1"
    return curl(*ca, "--resolve", address, "--include", *arguments, deployment.url + path)


@pytest.mark.parametrize("http2", [True, False], ids=["http2", "http1"])
def test_a_client_that_leaves(deployment: Deployment, *, http2: bool) -> None:
    name = f"{deployment.kind.name}-{http2}"
    with (
        browser(deployment, http2=http2) as client,
        client.stream("GET", f"/watch?name={name}") as answer,
    ):
        assert next(answer.iter_raw()) == b"watching"
    with browser(deployment) as client:
        assert client.get(f"/outcome?name={name}").text == "http.disconnect"


def test_a_client_that_leaves_its_upload(deployment: Deployment) -> None:
    name = f"{deployment.kind.name}-upload"

    def part() -> Iterator[bytes]:
        yield bytes(MIB)
        # A proxy need not pass on a request whose client has gone before it could.
        while other.get(f"/moved?name={name}").text == "0":
            pass
        raise InterruptedError

    headers = {"content-length": "5000000"}
    with browser(deployment) as other:
        with browser(deployment) as client, pytest.raises(InterruptedError):
            client.post(f"/count?name={name}", content=part(), headers=headers)
        assert other.get(f"/outcome?name={name}").text == "disconnect"


def test_many_clients_at_a_time(deployment: Deployment) -> None:
    together = threading.Barrier(CLIENTS)

    def ask(number: int) -> None:
        address = f"127.0.1.{number + 1}"
        with browser(deployment, client=address, http2=bool(number % 2)) as client:
            together.wait()
            for _ in range(5):
                assert known(client.get("/ends").text)["client"][0] == address

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(CLIENTS)))


def test_an_answer_that_is_no_success(deployment: Deployment) -> None:
    with browser(deployment) as client:
        assert client.get("/status?code=404").status_code == 404
        assert client.get("/status?code=503").status_code == 503
        assert client.head("/").headers["content-length"] == "5"


def test_an_upload_that_is_refused(deployment: Deployment) -> None:
    with browser(deployment) as client:
        answer = client.post("/status?code=403", content=pattern(MIB))
    assert answer.status_code == 403
    assert isinstance(answer, httpx.Response)
