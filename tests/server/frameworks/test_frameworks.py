"""Real frameworks answer on both protocols: JSON, forms, streams, cookies, errors."""

import zlib

import httpx
import pytest

from tests.server.frameworks.conftest import VERSIONS, Running, connect
from tests.server.frameworks.replies import STREAM
from tests.server.process import ServerProcess

WITH_TASKS = ["fastapi", "litestar", "quart", "starlette"]
FILE = bytes(range(256)) * 4_000


def test_json(client: httpx.Client, version: str) -> None:
    reply = client.get("/")
    assert reply.status_code == 200
    assert reply.json() == {"http_version": version, "state": "kept"}
    assert reply.http_version == f"HTTP/{version}"


def test_json_of_a_request(client: httpx.Client) -> None:
    reply = client.post("/json", json={"number": 21})
    assert (reply.status_code, reply.json()) == (200, {"doubled": 42})


def test_form_with_a_file(client: httpx.Client) -> None:
    reply = client.post("/upload", files={"file": ("a.bin", FILE)}, data={"note": "caf\xe9"})
    assert reply.status_code == 200
    crc32 = zlib.crc32(FILE)
    told = {"name": "a.bin", "size": len(FILE), "crc32": crc32, "note": "caf\xe9"}
    assert reply.json() == told


def test_streamed_request(client: httpx.Client) -> None:
    reply = client.put("/body", content=(bytes(10_000) for _ in range(50)))
    assert (reply.status_code, reply.json()) == (200, {"bytes": 500_000})


def test_streamed_response(client: httpx.Client) -> None:
    with client.stream("GET", "/stream") as reply:
        assert reply.status_code == 200
        assert b"".join(reply.iter_bytes()) == STREAM
        assert "content-length" not in reply.headers


def test_cookies(client: httpx.Client) -> None:
    assert client.get("/cookies").json() == {}
    reply = client.get("/cookies")
    assert reply.json() == {"one": "1", "two": "2"}
    assert len(reply.headers.get_list("set-cookie")) == 2


def test_errors_of_the_framework(client: httpx.Client) -> None:
    assert client.get("/missing").status_code == 404
    assert client.get("/").status_code == 200


def test_head(client: httpx.Client) -> None:
    reply = client.head("/stream")
    assert reply.status_code in {200, 405}
    assert reply.content == b""
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("framework", WITH_TASKS)
def test_work_behind_the_response(running: Running, version: str, framework: str) -> None:
    with connect(running(framework), version) as client:
        before = len(client.get("/background").json())
        while len(client.get("/background").json()) <= before:
            pass


@pytest.mark.parametrize("framework", ["django", "starlette"])
def test_an_exception(framework: str) -> None:
    """Both answer it by themselves, with 500; Starlette raises it once more behind that."""
    pytest.importorskip(framework)
    with ServerProcess(f"tests.server.frameworks.{framework}_app:app") as server:
        server.allows_traceback = True
        for version in VERSIONS:
            with connect(server, version) as client:
                assert client.get("/fails").status_code == 500
                assert client.get("/").status_code == 200
