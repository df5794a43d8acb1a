"""What the READMEs show works."""

import inspect
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace.program import Program
from tests.workspace.tree import PACKAGES, ROOT

READMES = [ROOT, *PACKAGES.values()]
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)\)")

each_readme = pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)


def examples(package: str) -> list[str]:
    return PYTHON_BLOCK.findall((PACKAGES[package] / "README.md").read_text(encoding="utf-8"))


def example(package: str) -> str:
    (block,) = examples(package)
    return block


def output(program: str) -> str:
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.check_output(command, text=True, timeout=30)


def test_engine_example_answers() -> None:
    speak = """
import h2.connection, h2.events
client, server = socket.socketpair()
peer = h2.connection.H2Connection()
peer.initiate_connection()
names = {":method": "GET", ":path": "/", ":scheme": "http", ":authority": "example.org"}
peer.send_headers(1, list(names.items()), end_stream=True)
client.sendall(peer.data_to_send())
client.shutdown(socket.SHUT_WR)
serve(server)
server.close()
while data := client.recv(65536):
    for event in peer.receive_data(data):
        if isinstance(event, h2.events.DataReceived):
            print(event.data)
"""
    assert output(example("h2c-core") + speak) == "b'Hello!\\n'\n"


def test_engine_example_says_why_it_ends() -> None:
    speak = """
import h2.connection, h2.events
client, server = socket.socketpair()
peer = h2.connection.H2Connection()
peer.initiate_connection()
client.sendall(peer.data_to_send() + bytes(9))
serve(server)
server.close()
for event in peer.receive_data(client.recv(65536)):
    if isinstance(event, h2.events.ConnectionTerminated):
        print(event.error_code.name)
"""
    assert output(example("h2c-core") + speak) == "PROTOCOL_ERROR\n"


def test_bridge_example_prints_the_response() -> None:
    lines = output(example("asgi-bridge")).splitlines()
    assert lines[0].startswith("200 [")
    assert lines[1] == "b'Hello, /'"


def test_server_example_is_an_application() -> None:
    namespace: dict[str, object] = {}
    exec(example("h2corn"), namespace)
    assert inspect.iscoroutinefunction(namespace["app"])


def speak(client: socket.socket, text: bytes) -> bytes:
    client.sendall(text)
    answer = b""
    while len(answer) < len(text) and (data := client.recv(65536)):
        answer += data
    return answer


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_supervisor_example_echoes_and_reloads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The whole path may be too long for a socket.
    monkeypatch.chdir(tmp_path)
    text = example("prefork").replace("127.0.0.1:7000", "unix:socket")
    (tmp_path / "echo.py").write_text(text, encoding="utf-8")

    def connect() -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(30)
        client.connect("socket")
        return client

    with Program([sys.executable, "-W", "error", "echo.py"], tmp_path) as program:
        old = {program.wait_for(r"Started worker \[(\d+)\]")[1] for _ in range(2)}
        with connect() as first, connect() as second:
            assert speak(first, b"one") == b"one"
            assert speak(second, b"two") == b"two"
            program.send(signal.SIGHUP)
            new = {program.wait_for(r"Started worker \[(\d+)\]")[1] for _ in range(2)}
            assert len(old | new) == 4
            # The old ones serve on until their clients leave.
            assert speak(first, b"three") == b"three"
            with connect() as third:
                assert speak(third, b"four") == b"four"
        stopped = {program.wait_for(r"Stopped worker \[(\d+)\]")[1] for _ in range(2)}
        assert stopped == old
        assert program.stop() == 0
    assert not (tmp_path / "socket").exists()
    assert "Traceback" not in program.log


def test_proxy_protocol_examples_speak_to_each_other(tmp_path: Path) -> None:
    server, client = examples("proxyproto")
    tell = "    print('port', server.sockets[0].getsockname()[1])\n    await server."
    server = server.replace("7000", "0").replace("    await server.", tell)
    python = [sys.executable, "-W", "error", "-u", "-c"]
    with Program([*python, server], tmp_path) as program:
        port = program.wait_for(r"port (\d+)")[1]
        answer = subprocess.check_output([*python, client, port], text=True, timeout=30)
        assert answer == "You are ('203.0.113.7', 51000), and began with b'hello'\n"
        with socket.create_connection(("127.0.0.1", int(port)), 30) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert plain.recv(1) == b""
            program.wait_for("refused: SignatureError")
        with socket.create_connection(("127.0.0.1", int(port)), 30) as half:
            half.sendall(b"PROXY ")
            half.shutdown(socket.SHUT_WR)
            assert half.recv(1) == b""
            program.wait_for("refused: IncompleteHeaderError")
        with socket.create_connection(("127.0.0.1", int(port)), 30) as silent:
            assert silent.recv(1) == b""
            program.wait_for("refused: TimeoutError")
    assert "Traceback" not in program.log


@each_readme
def test_links_lead_somewhere(path: Path) -> None:
    links = LINK.findall((path / "README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not (path / link).exists()] == []
    # The package index shows those of packages, and nothing beside them.
    assert bool(links) == (path == ROOT)


def test_readme_opens_with_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    assert commands[:2] == ["python3 tools/run.py examples.hello:app", "python3 tools/test.py"]
    for command in commands[:2]:
        assert (ROOT / command.split()[1]).is_file()
