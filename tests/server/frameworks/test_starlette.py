"""Starlette's own static files and middleware, on both protocols."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.frameworks.conftest import Running, connect
from tests.server.process import ServerProcess

PAGE = b"<h1>h2corn</h1>"
FILE = bytes(range(256)) * 20_000


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Serve a folder."""
    pytest.importorskip("starlette")
    folder = tmp_path_factory.mktemp("static")
    Path(folder, "index.html").write_bytes(PAGE)
    Path(folder, "large.bin").write_bytes(FILE)
    Path(folder, "empty.txt").touch()
    variables = {"STATIC_FILES": str(folder)}
    with ServerProcess("tests.server.frameworks.starlette_app:files", env=variables) as server:
        yield server


@pytest.fixture
def files(static: ServerProcess, version: str) -> Iterator[httpx.Client]:
    """Give a client of the folder."""
    with connect(static, version) as client:
        yield client


def test_page(files: httpx.Client) -> None:
    reply = files.get("/static/")
    assert (reply.status_code, reply.content) == (200, PAGE)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-length"] == str(len(PAGE))


def test_large_file(files: httpx.Client) -> None:
    for _ in range(2):
        reply = files.get("/static/large.bin")
        assert reply.status_code == 200
        assert reply.headers["content-length"] == str(len(FILE))
        assert reply.content == FILE


def test_empty_file(files: httpx.Client) -> None:
    reply = files.get("/static/empty.txt")
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-length"] == "0"
    assert files.get("/static/").content == PAGE


def test_head(files: httpx.Client) -> None:
    reply = files.head("/static/large.bin")
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-length"] == str(len(FILE))
    assert files.get("/static/").content == PAGE


def test_what_the_client_has_already(files: httpx.Client) -> None:
    first = files.get("/static/large.bin")
    for condition in (
        {"if-none-match": first.headers["etag"]},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        reply = files.get("/static/large.bin", headers=condition)
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["etag"] == first.headers["etag"]
    assert files.get("/static/").content == PAGE


@pytest.mark.parametrize(
    ("value", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-1099", 100, 1_100),
        ("bytes=5000000-", 5_000_000, len(FILE)),
        ("bytes=-10", len(FILE) - 10, len(FILE)),
        ("bytes=0-99999999", 0, len(FILE)),
    ],
)
def test_range(files: httpx.Client, value: str, begin: int, end: int) -> None:
    reply = files.get("/static/large.bin", headers={"range": value})
    assert (reply.status_code, reply.content) == (206, FILE[begin:end])
    assert reply.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(FILE)}"
    assert reply.headers["content-length"] == str(end - begin)


def test_several_ranges(files: httpx.Client) -> None:
    reply = files.get("/static/large.bin", headers={"range": "bytes=0-9,100-109"})
    assert reply.status_code == 206
    assert reply.headers["content-type"].startswith("multipart/byteranges")
    assert reply.headers["content-length"] == str(len(reply.content))
    assert FILE[:10] in reply.content
    assert FILE[100:110] in reply.content


def test_range_out_of_the_file(files: httpx.Client) -> None:
    reply = files.get("/static/large.bin", headers={"range": "bytes=99999999-"})
    assert reply.status_code == 416
    assert files.get("/static/").content == PAGE


@pytest.mark.parametrize("path", ["missing", "../pyproject.toml", "%2e%2e/pyproject.toml"])
def test_no_file(files: httpx.Client, path: str) -> None:
    assert files.get(f"/static/{path}").status_code == 404


def test_middleware(running: Running, version: str) -> None:
    """It wraps `receive` and `send`, and runs the application in a task of a group."""
    with connect(running("starlette"), version) as client:
        reply = client.get("/")
        assert (reply.status_code, reply.headers["x-stamped"]) == (200, "yes")
        reply = client.put("/body", content=bytes(200_000))
        assert reply.json() == {"bytes": 200_000}
        assert reply.headers["x-stamped"] == "yes"


def test_redirect(running: Running, version: str) -> None:
    """It leads to the address that the client knows the server by."""
    server = running("starlette")
    with connect(server, version) as client:
        reply = client.get("/moved", follow_redirects=True)
        assert reply.json()["http_version"] == version
        assert str(reply.url) == f"{server.url}/"
