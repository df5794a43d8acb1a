"""The examples answer on both protocols."""

import json
from collections.abc import Iterator

import pytest

from tests.server.process import ServerProcess
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
