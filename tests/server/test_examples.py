"""The examples answer on both protocols."""

import json
import sys
from collections.abc import Iterator

import pytest

from tests.server.process import ServerProcess, run_to_end
from tests.server.programs import curl

FLAGS = {"--http2-prior-knowledge": "2", "--http1.1": "1.1"}
over_both = pytest.mark.parametrize(("flag", "version"), FLAGS.items())


@pytest.fixture(scope="module")
def fastapi() -> Iterator[ServerProcess]:
    pytest.importorskip("fastapi")
    with ServerProcess("examples.fastapi_app:app") as process:
        yield process


@over_both
def test_hello(flag: str, version: str) -> None:
    with ServerProcess("examples.hello:app") as server:
        assert curl(flag, server.url) == f"Hello over HTTP/{version}!\n"


@over_both
def test_fastapi_json(fastapi: ServerProcess, flag: str, version: str) -> None:
    answer = json.loads(curl(flag, fastapi.url))
    assert answer == {"message": "hello from h2corn", "http_version": version}


@over_both
def test_fastapi_streams(fastapi: ServerProcess, flag: str, version: str) -> None:
    assert curl(flag, f"{fastapi.url}/countdown?pause=0.01") == "3\n2\n1\nLift-off!\n"


@over_both
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_fastapi_upload(fastapi: ServerProcess, flag: str, version: str, method: str) -> None:
    body = "x" * 100_000
    answer = curl(flag, "-X", method, "--data", body, f"{fastapi.url}/upload")
    assert json.loads(answer) == {"bytes": 100_000}


@over_both
def test_fastapi_knows_its_errors(fastapi: ServerProcess, flag: str, version: str) -> None:
    status = ("--write-out", " %{http_code}")
    assert curl(flag, *status, f"{fastapi.url}/nope").endswith(" 404")
    assert curl(flag, *status, f"{fastapi.url}/countdown?start=x").endswith(" 422")
    assert curl(flag, "--head", *status, f"{fastapi.url}/").endswith(" 405")


CHECK = (sys.executable, "-m", "examples.http2_features.check")


def test_http2_features() -> None:
    with ServerProcess("examples.http2_features.app:app") as server:
        address = server.url.removeprefix("http://")
        code, output, errors = run_to_end(address, command=CHECK)
        assert (code, errors) == (0, "")
        assert output == "early hints, trailers and priority work\n"


def test_http2_features_that_are_missing_are_named() -> None:
    with ServerProcess("examples.hello:app") as server:
        address = server.url.removeprefix("http://")
        code, output, errors = run_to_end(address, command=CHECK)
    assert (code, output) == (1, "")
    assert "missing: early hints: []" in errors
    assert "missing: trailers: {}" in errors
    assert "missing: priority: None" in errors


def test_http2_features_over_http1() -> None:
    with ServerProcess("examples.http2_features.app:app") as server:
        text = curl("-i", "--http1.1", "-H", "TE: trailers", "-H", "Connection: TE", server.url)
    assert text.startswith("HTTP/1.1 103 Early Hints")
    assert "x-sha256: " in text
    assert '"priority": null' in text
