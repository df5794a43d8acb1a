"""Real clients, on both protocols: small and large bodies, many streams at once, trailers."""

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest

from tests.server.process import ServerProcess
from tests.server.programs import curl, h2load, node, run

UPLOAD = 100_000_000
DOWNLOAD = 1_000_000_000
PROTOCOLS = {"--http2-prior-knowledge": "2", "--http1.1": "1.1"}

over_both = pytest.mark.parametrize(("flag", "version"), PROTOCOLS.items())


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of 100 MB."""
    path = tmp_path_factory.mktemp("upload") / "body"
    with path.open("wb") as file:
        file.truncate(UPLOAD)
    return path


@over_both
def test_curl_get(server: ServerProcess, flag: str, version: str) -> None:
    output = curl(flag, "--write-out", " %{http_code} %{http_version}", server.url)
    assert output == f"hello 200 {version}"


def test_curl_reuses_its_connection(server: ServerProcess) -> None:
    # Over HTTP/1.1 only: curl 7.88, which Debian 12 has, fails the second request on any HTTP/2
    # connection by prior knowledge. h2load, node and httpx show it.
    options = ("--http1.1", "--write-out", " %{num_connects}\n")
    output = curl(*options, server.url, server.url, server.url)
    assert output == "hello 1\nhello 0\nhello 0\n"


@over_both
def test_curl_post_of_100_mb(server: ServerProcess, flag: str, version: str, upload: Path) -> None:
    answer = curl(flag, "-X", "POST", "--upload-file", str(upload), f"{server.url}/count")
    assert json.loads(answer)["bytes"] == UPLOAD


@over_both
def test_curl_post_of_100_mb_without_a_length(
    server: ServerProcess, flag: str, version: str, upload: Path
) -> None:
    answer = curl(
        flag,
        *("-X", "POST"),
        *("-H", "Transfer-Encoding: chunked"),
        *("--upload-file", str(upload)),
        f"{server.url}/count",
    )
    assert json.loads(answer)["bytes"] == UPLOAD


@over_both
def test_curl_echo(server: ServerProcess, flag: str, version: str, tmp_path: Path) -> None:
    sent, received = tmp_path / "sent", tmp_path / "received"
    sent.write_bytes(bytes(range(256)) * 40_000)
    curl(flag, "--data-binary", f"@{sent}", "--output", str(received), f"{server.url}/echo")
    assert received.read_bytes() == sent.read_bytes()


@over_both
def test_curl_post_that_nobody_reads(
    server: ServerProcess, flag: str, version: str, tmp_path: Path
) -> None:
    for size in (100_000, 900_000):
        sent = tmp_path / "sent"
        sent.write_bytes(bytes(size))
        for _ in range(3):
            for path, answer in (("/", "hello"), ("/status?code=200", "body of 200")):
                assert curl(flag, "--data-binary", f"@{sent}", server.url + path) == answer


@pytest.mark.slow
@over_both
def test_curl_download_of_1_gb(server: ServerProcess, flag: str, version: str) -> None:
    output = curl(
        flag,
        *("--output", "/dev/null"),
        *("--write-out", "%{http_code} %{size_download} %{http_version}"),
        f"{server.url}/download?bytes={DOWNLOAD}",
    )
    assert output == f"200 {DOWNLOAD} {version}"


@over_both
@pytest.mark.parametrize("code", [200, 204, 304])
def test_curl_head(server: ServerProcess, flag: str, version: str, code: int) -> None:
    output = curl(
        flag,
        "--head",
        *("--write-out", "%{http_code} %{size_download}"),
        f"{server.url}/status?code={code}",
    )
    assert output.endswith(f"{code} 0")


@over_both
@pytest.mark.parametrize("code", [204, 304])
def test_curl_status_without_a_body(
    server: ServerProcess, flag: str, version: str, code: int
) -> None:
    output = curl(
        flag,
        *("--write-out", "%{http_code} %{size_download}"),
        f"{server.url}/status?code={code}",
    )
    assert output == f"{code} 0"


def test_curl_gets_its_response_trailers(server: ServerProcess) -> None:
    for flag in PROTOCOLS:
        output = curl(flag, "-i", "-H", "TE: trailers", "-d", "four", f"{server.url}/trailers")
        assert "x-length: 4" in output.lower()


def test_nghttp_shows_an_orderly_conversation(server: ServerProcess) -> None:
    output = run("nghttp", "-v", server.url)
    frames = re.findall(r"(send|recv) (\w+) frame", output)
    received = [name for direction, name in frames if direction == "recv"]
    assert received[0] == "SETTINGS"
    assert {"SETTINGS", "HEADERS", "DATA"} <= set(received)
    assert "RST_STREAM" not in received
    assert ":status: 200" in output
    assert "hello" in output


def test_nghttp_post_of_100_mb(server: ServerProcess, upload: Path) -> None:
    output = run("nghttp", "-d", str(upload), f"{server.url}/count")
    assert json.loads(output)["bytes"] == UPLOAD


def test_nghttp_pads_and_sends_trailers(server: ServerProcess, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"some body")
    output = run(
        "nghttp",
        "-v",
        *("--padding", "100"),
        *("--trailer", "x-end: yes"),
        *("-d", str(body)),
        f"{server.url}/trailers",
    )
    assert "some body" in output
    assert "x-length: 9" in output


def test_nghttp_256_streams(server: ServerProcess) -> None:
    output = run("nghttp", "-m256", "-M256", "-n", "-s", f"{server.url}/download?bytes=10000")
    assert len(re.findall(r"\b200\b +9K|\b200\b +10K", output)) == 256


@pytest.mark.slow
def test_nghttp_download_of_1_gb(server: ServerProcess) -> None:
    output = run("nghttp", "-n", "-s", f"{server.url}/download?bytes={DOWNLOAD}")
    assert re.search(r"\b200\b +953M", output)


def test_h2load_uploads(server: ServerProcess, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(bytes(300_000))
    h2load("-n", "500", "-c", "4", "-m", "16", "-d", str(body), f"{server.url}/count")


def test_node_get(server: ServerProcess) -> None:
    answer = node("get.mjs", f"{server.url}/")
    assert (answer["status"], answer["text"]) == (200, "hello")


def test_node_post_of_100_mb(server: ServerProcess) -> None:
    answer = node("upload.mjs", f"{server.url}/count", str(UPLOAD))
    assert answer["status"] == 200
    assert json.loads(str(answer["text"]))["bytes"] == UPLOAD


@pytest.mark.slow
def test_node_download_of_1_gb(server: ServerProcess) -> None:
    answer = node("download.mjs", f"{server.url}/download?bytes={DOWNLOAD}")
    assert (answer["status"], answer["bytes"]) == (200, DOWNLOAD)


def test_node_256_streams_open_at_once(server: ServerProcess) -> None:
    assert node("concurrent.mjs", f"{server.url}/echo", "256") == {"right": 256}


def test_node_post_that_nobody_reads(server: ServerProcess) -> None:
    for size in (100_000, 10_000_000):
        answer = node("upload.mjs", f"{server.url}/", str(size))
        assert (answer["status"], answer["text"]) == (200, "hello")


def test_node_trailers_both_ways(server: ServerProcess) -> None:
    answer = node("trailers.mjs", f"{server.url}/trailers")
    assert answer["text"] == "with trailers"
    trailers = answer["trailers"]
    assert isinstance(trailers, dict)
    assert trailers["x-length"] == "13"


def test_httpx_get_and_post_of_100_mb(server: ServerProcess) -> None:
    with httpx.Client(http1=False, http2=True, base_url=server.url, timeout=60) as client:
        answer = client.get("/")
        assert (answer.text, answer.http_version) == ("hello", "HTTP/2")
        chunk = bytes(1_000_000)
        answer = client.post("/count", content=(chunk for _ in range(UPLOAD // len(chunk))))
        assert answer.json()["bytes"] == UPLOAD


def test_httpx_post_that_nobody_reads(server: ServerProcess) -> None:
    with httpx.Client(http1=False, http2=True, base_url=server.url) as client:
        for size in (100_000, 900_000):
            for _ in range(3):
                assert client.post("/", content=bytes(size)).text == "hello"


@pytest.mark.slow
def test_httpx_download_of_1_gb(server: ServerProcess) -> None:
    size = 0
    with (
        httpx.Client(http1=False, http2=True, base_url=server.url, timeout=60) as client,
        client.stream("GET", f"/download?bytes={DOWNLOAD}") as answer,
    ):
        for chunk in answer.iter_raw():
            size += len(chunk)
    assert size == DOWNLOAD


def test_httpx_256_streams(server: ServerProcess) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(
            http1=False, http2=True, base_url=server.url, timeout=60
        ) as client:
            # The first answer brings the server's settings, and with them the room for 256.
            await client.get("/")
            bodies = [f"body {index}" for index in range(256)]
            answers = await asyncio.gather(*(client.post("/echo", content=body) for body in bodies))
            assert [answer.text for answer in answers] == bodies

    asyncio.run(main())


def test_httpx_over_http1(server: ServerProcess) -> None:
    with httpx.Client(base_url=server.url) as client:
        answer = client.post("/echo", content=iter([b"chunked ", b"body"]))
        assert (answer.text, answer.http_version) == ("chunked body", "HTTP/1.1")
        assert client.get("/").text == "hello"
