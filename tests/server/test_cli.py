"""The command line: where it listens, how it ends, what it says of its options."""

import json
import re
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, COMMAND, ROOT, ServerProcess, environment, run_to_end
from tests.server.programs import curl


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("nope:app", "nope"),
        ("examples.nope:app", "examples.nope"),
        ("examples.hello:nope", "nope"),
        ("tests.server.apps:PATTERN", "PATTERN"),
    ],
)
def test_a_wrong_target_is_one_clear_line(target: str, part: str) -> None:
    code, output, errors = run_to_end(target, "--bind", "127.0.0.1:0")
    assert code == 1
    assert output == ""
    assert len(errors.splitlines()) == 1, errors
    assert part in errors


def test_an_import_that_fails_shows_the_application_alone() -> None:
    code, output, errors = run_to_end("tests.server.broken:app", "--bind", "127.0.0.1:0")
    assert code == 1
    assert output == ""
    lines = errors.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    (place,) = [line for line in lines if "File" in line]
    assert place.endswith('broken.py", line 6, in <module>')
    assert lines[-1].startswith(
        "error: importing 'tests.server.broken' raised RuntimeError: no such"
    )


def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, output, errors = run_to_end(APP, "--bind", address)
    assert code == 1
    assert output == ""
    assert len(errors.splitlines()) == 1, errors
    assert address in errors


def test_a_busy_unix_socket_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with ServerProcess(APP, bind=[f"unix:{path}"]):
        code, _, errors = run_to_end(APP, "--bind", f"unix:{path}")
        assert code == 1
        assert len(errors.splitlines()) == 1, errors
        assert str(path) in errors
        assert curl("--unix-socket", str(path), "http://test/") == "hello"


@pytest.mark.parametrize(
    "options",
    [
        ("--bind", "127.0.0.1"),
        ("--bind", "127.0.0.1:http"),
        ("--bind", "127.0.0.1:65536"),
        ("--bind", "fd://nope"),
        ("--bind", "127.0.0.1:0", "--port", "0"),
        ("--bind", "127.0.0.1:0", "--host", "127.0.0.1"),
        ("--loop", "nope"),
        ("--nope",),
    ],
)
def test_wrong_options_are_refused(options: tuple[str, ...]) -> None:
    code, _, errors = run_to_end(APP, *options)
    assert code in {1, 2}
    assert "Traceback" not in errors
    assert errors


def test_a_closed_descriptor_is_one_clear_line() -> None:
    code, _, errors = run_to_end(APP, "--bind", "fd://97")
    assert code == 1
    assert len(errors.splitlines()) == 1, errors


SCRIPT = Path(sys.executable).with_name("h2corn")
needs_script = pytest.mark.skipif(
    not SCRIPT.exists(), reason="the packages are on the path, not installed"
)


@pytest.mark.parametrize(
    "command", [COMMAND, pytest.param([str(SCRIPT)], marks=needs_script)], ids=["module", "script"]
)
def test_version(command: list[str]) -> None:
    code, output, errors = run_to_end("--version", command=command)
    assert (code, errors) == (0, "")
    assert re.search(r"h2corn v?\d+\.\d+\.\d+", output)
    assert "compiled" in output or "Python" in output


def test_help_tells_of_every_option() -> None:
    code, output, _ = run_to_end("--help")
    assert code == 0
    options = "--bind --host --port --http1 --access-log --root-path --loop --version"
    assert [option for option in options.split() if option not in output] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("h2corn --limit-conn", ["--limit-connections"]),
        ("h2corn main:app --no-h", ["--no-http1", "--no-h2c-upgrade"]),
        ("h2corn -w 3 --loop ", ["auto", "asyncio", "uvloop"]),
        ("h2corn --loop u", ["uvloop"]),
        ("h2corn --nothing", [""]),
        ("h2corn ma", [""]),
    ],
)
def test_completion_in_a_shell(line: str, found: list[str]) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    env = environment({"_H2CORN_COMPLETE": "complete_bash", **words})
    command = [
        sys.executable,
        "-c",
        "import sys, h2corn.cli; sys.argv = ['h2corn']; h2corn.cli.main()",
    ]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.split("\n")[:-1] == found


def test_bind_to_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with ServerProcess(APP, bind=["[::1]:0"]) as server:
        assert re.fullmatch(r"http://\[::1\]:[1-9]\d*", server.url)
        scope = json.loads(curl("--http2-prior-knowledge", f"{server.url}/scope"))
    assert scope["client"][0] == "::1"
    assert scope["server"] == ["::1", server.endpoint[1]]


def test_bind_to_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    for _ in range(2):
        with ServerProcess(APP, bind=[f"unix:{path}"]) as server:
            assert server.addresses == [f"unix:{path}"]
            for flag in ("--http2-prior-knowledge", "--http1.1"):
                answer = curl(flag, "--unix-socket", str(path), "http://test/scope")
                scope = json.loads(answer)
                assert scope["server"] == [str(path), None]
        assert not path.exists()


def test_bind_to_a_unix_socket_left_by_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    ServerProcess(APP, bind=[f"unix:{path}"]).kill()
    assert path.exists()
    with ServerProcess(APP, bind=[f"unix:{path}"]):
        assert curl("--unix-socket", str(path), "http://test/") == "hello"


def test_bind_does_not_replace_a_file(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data", encoding="ascii")
    code, _, errors = run_to_end(APP, "--bind", f"unix:{path}")
    assert code == 1
    assert len(errors.splitlines()) == 1, errors
    assert path.read_text(encoding="ascii") == "data"


def test_bind_to_a_descriptor() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        with ServerProcess(APP, bind=[f"fd://{number}"], pass_fds=[number]) as server:
            assert server.addresses == [f"fd://{number}"]
            with Http1Client(listener.getsockname()) as client:
                assert client.get("/").body == b"hello"


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_standard_descriptors_that_are_closed(loop: str, tmp_path: Path) -> None:
    """A listener with the number of one of them would end uvloop by an assertion of libuv."""
    path = tmp_path / "socket"
    command = ("sh", "-c", 'exec "$@" <&- >&-', "sh", *COMMAND)
    with ServerProcess(APP, "--loop", loop, bind=[f"unix:{path}"], command=command):
        assert curl("--unix-socket", str(path), "http://test/") == "hello"


def test_bind_to_several_addresses(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with ServerProcess(APP, bind=["127.0.0.1:0", f"unix:{path}", "127.0.0.1:0"]) as server:
        first, second, third = server.addresses
        assert second == f"unix:{path}"
        assert first != third
        assert curl(first, third) == "hellohello"
        assert curl("--unix-socket", str(path), "http://test/") == "hello"


def test_host_and_port() -> None:
    options = ("--host", "127.0.0.1", "--port", "0")
    with ServerProcess(APP, *options, bind=()) as server:
        assert curl(server.url) == "hello"
    with ServerProcess(APP, "-p", "0", bind=()) as server:
        assert server.endpoint[0] == "127.0.0.1"


@pytest.mark.parametrize("flag", ["--http2-prior-knowledge", "--http1.1"])
def test_root_path(flag: str) -> None:
    with ServerProcess(APP, "--root-path", "/api") as server:
        scope = json.loads(curl(flag, f"{server.url}/scope?a=%20b"))
    assert scope["root_path"] == "/api"
    assert (scope["path"], scope["raw_path"]) == ("/api/scope", "/api/scope")
    assert scope["query_string"] == "a=%20b"


@pytest.mark.parametrize(("loop", "module"), [("asyncio", "asyncio"), ("uvloop", "uvloop")])
def test_loop(loop: str, module: str) -> None:
    with ServerProcess(APP, "--loop", loop) as server:
        assert curl(f"{server.url}/loop").startswith(module)
        assert curl("--http2-prior-knowledge", server.url) == "hello"


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_small_writes_are_not_held_back(loop: str) -> None:
    with (
        ServerProcess(APP, "--loop", loop) as server,
        H2Client(server.endpoint, is_generous=False) as client,
    ):
        stream = client.request("/twice", method="POST", end=False)
        durations = []
        for size in range(2, 102, 2):
            start = time.perf_counter()
            client.send(stream, b"x")
            client.read_until(lambda: client.responses[stream].size == size)  # noqa: B023
            durations.append(time.perf_counter() - start)
        client.send(stream, b"", end=True)
        client.response(stream)
    # Without TCP_NODELAY the second of two writes waits for an acknowledgement, 40 ms. The lower
    # quartile, because a machine that others use adds some milliseconds to many of them.
    assert statistics.quantiles(durations)[0] < 0.03, durations


def test_scope(server: ServerProcess) -> None:
    url = f"{server.url}/scope?x=1"
    header = ("--header", "Cookie: a=1; b=2", "--header", "X-Two: 1", "--header", "X-Two: 2")
    old = json.loads(curl("--http1.1", *header, url))
    new = json.loads(curl("--http2-prior-knowledge", *header, url))
    assert (old["http_version"], new["http_version"]) == ("1.1", "2")
    host, port = server.endpoint
    for scope in (old, new):
        assert scope["type"] == "http"
        assert scope["asgi"] == {"version": "3.0", "spec_version": "2.5"}
        assert scope["scheme"] == "http"
        assert scope["server"] == [host, port]
        assert scope["client"][0] == "127.0.0.1"
        assert scope["state"] == {"started": "yes"}
        assert scope["headers"][0] == ["host", f"{host}:{port}"]
        assert [value for name, value in scope["headers"] if name == "x-two"] == ["1", "2"]
    same = ("asgi", "scheme", "method", "path", "raw_path", "query_string", "root_path")
    assert {key: old[key] for key in same} == {key: new[key] for key in same}
    assert old["headers"] == new["headers"]


@pytest.mark.parametrize(
    "command", [COMMAND, pytest.param([str(SCRIPT)], marks=needs_script)], ids=["module", "script"]
)
def test_the_application_is_found_in_the_working_directory(
    command: list[str], tmp_path: Path
) -> None:
    source = (ROOT / "examples" / "hello.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    with ServerProcess("mine:app", command=command, cwd=tmp_path) as server:
        assert curl("--http2-prior-knowledge", server.url) == "Hello over HTTP/2!\n"
