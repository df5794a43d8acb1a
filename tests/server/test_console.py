"""What the server prints: banner, addresses, hint, one line a request; colours on a terminal."""

import os
import pty
import re
import signal
import subprocess

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, COMMAND, ROOT, ServerProcess, environment
from tests.server.programs import curl

ESCAPE = "\x1b["
HINT = "HTTP/1 compatibility is enabled; disable with --no-http1"


def test_banner() -> None:
    with ServerProcess(APP) as server:
        server.wait_line("--no-http1")
        assert re.fullmatch(r"h2corn v\d+\.\d+\.\d+ • HTTP/2 cleartext ASGI", server.log[0])
        assert re.fullmatch(r"Listening on http://127\.0\.0\.1:[1-9]\d*", server.log[1])
        assert server.log[2] == HINT


def test_banner_without_http1() -> None:
    with ServerProcess(APP, "--no-http1") as server:
        assert curl("--http2-prior-knowledge", server.url) == "hello"
    assert HINT not in server.log


@pytest.mark.parametrize(
    ("flag", "version"), [("--http2-prior-knowledge", "HTTP/2"), ("--http1.1", "HTTP/1.1")]
)
def test_access_lines(flag: str, version: str) -> None:
    with ServerProcess(APP) as server:
        curl(flag, f"{server.url}/?a=b")
        curl(flag, "--data", "x" * 3_000, f"{server.url}/count")
        curl(flag, f"{server.url}/status?code=204")
        for number, (request, rest) in enumerate(
            [
                (r"GET /\?a=b", r"200 +[\d.]+m?s tx=5b"),
                (r"POST /count", r"200 +[\d.]+m?s tx=\d+b rx=2\.9KiB"),
                (r"GET /status\?code=204", r"204 +[\d.]+m?s"),
            ]
        ):
            line = server.wait_line(rf'^127\.0\.0\.1:\d+ +"{request} {version}" ', start=number)
            assert re.search(rf'" {rest}$', line.string), line.string


def test_access_line_of_a_unix_socket(tmp_path: object) -> None:
    with ServerProcess(APP, bind=[f"unix:{tmp_path}/socket"]) as server:
        curl("--unix-socket", f"{tmp_path}/socket", "http://test/")
        server.wait_line(r'"GET / HTTP/1.1" 200 ')


def test_no_access_log() -> None:
    with ServerProcess(APP, "--no-access-log") as server:
        lines = len(server.log)
        with H2Client(server.endpoint) as client, Http1Client(server.endpoint) as plain:
            assert client.get("/").body == plain.get("/").body == b"hello"
    assert [line for line in server.log[lines:] if "GET" in line] == []


def test_a_request_cannot_forge_a_log_line() -> None:
    with ServerProcess(APP) as server:
        with H2Client(server.endpoint) as client:
            client.get("/say?%0aforged", (("x-a", "b"),))
            client.get("/say?\x1b[31mred\x7f\x85")
        with Http1Client(server.endpoint) as plain:
            plain.send(b"GET /say?\x1b[31mred\x85\xff HTTP/1.1\r\nHost: test\r\n\r\n")
            plain.head()
        with H2Client(server.endpoint) as client:
            assert client.get("/").body == b"hello"
    text = "\n".join(server.log)
    assert ESCAPE not in text
    assert "\nforged" not in text


def test_no_colours_into_a_pipe() -> None:
    with ServerProcess(APP) as server:
        curl(server.url)
    assert ESCAPE not in "\n".join(server.log)


def read_terminal(descriptor: int, until: str) -> str:
    """Read from a terminal until a text has come."""
    text = ""
    while until not in text:
        text += os.read(descriptor, 4096).decode()
    return text


def test_colours_on_a_terminal() -> None:
    main, side = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, APP, "--bind", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL,
        stderr=side,
        cwd=ROOT,
        env={**environment({"TERM": "xterm-256color"}), "NO_COLOR": ""},
    )
    os.close(side)
    try:
        text = read_terminal(main, "--no-http1")
        plain = re.sub(r"\x1b\[[\d;]*m", "", text)
        listening = re.search(r"Listening on (http://\S+)", plain)
        assert listening, text
        curl(listening[1])
        text += read_terminal(main, "tx=5b")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(main)
    assert ESCAPE in text
