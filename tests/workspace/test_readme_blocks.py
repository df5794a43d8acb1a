"""Every block of a README is run by some test; those of the server's own README by these."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from h2corn.config import Config
from tests.server.process import environment
from tests.workspace.program import Program
from tests.workspace.tree import PACKAGES, ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
READMES = {"": ROOT, **PACKAGES}
PATIENCE = 60


class Block(NamedTuple):
    package: str
    language: str
    text: str

    @property
    def beginning(self) -> str:
        """Its first line, which names it."""
        return self.text.splitlines()[0]


BLOCKS = [
    Block(package, *found)
    for package, path in READMES.items()
    for found in BLOCK.findall((path / "README.md").read_text(encoding="utf-8"))
]

ELSEWHERE = {
    "$ python3 tools/run.py examples.hello:app": ".ci/smoke.py",
    "$ python3 tools/test.py": ".ci/run",
    "$ pip install ./packages/h2c-core ./packages/asgi-bridge ./packages/prefork \\": (
        "tests/workspace/test_release.py"
    ),
    "global": "tests/interop/deployments/guide.py",
    "{": "tests/interop/deployments/guide.py",
    "$ h2corn package.module:app --bind 127.0.0.1:8000 --no-http1 --proxy-protocol v2 \\": (
        "tests/interop/deployments/guide.py"
    ),
    "$ h2corn package.module:app --bind 127.0.0.1:8000 --proxy-headers "
    "--forwarded-allow-ips 127.0.0.1": "tests/interop/deployments/guide.py",
}
"""What runs a block of the repository's README that is not run here."""
OPERATIONS = (
    "$ h2corn main:app --workers 2 --pid /run/h2corn.pid "
    "--access-log-file /var/log/h2corn/access.log"
)
HERE = {
    "h2corn v0.1.0 • HTTP/2 cleartext ASGI",
    "$ curl --http2-prior-knowledge http://127.0.0.1:8000/",
    OPERATIONS,
    "# h2corn.toml, or [tool.h2corn] in pyproject.toml",
    "$ h2corn --config h2corn.toml --check-config",
    "import asyncio",
}


def text_of(beginning: str) -> str:
    (found,) = [
        block.text for block in BLOCKS if block.beginning == beginning and not block.package
    ]
    return found


def commands_of(text: str) -> list[str]:
    return re.findall(r"^\$ (.*)$", text.replace("\\\n", " "), re.MULTILINE)


def shell(command: str, folder: Path) -> str:
    """Run a command as it stands; `h2corn` is that of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.check_output(
        ["bash", "-c", command],
        cwd=folder,
        env=environment({"PATH": path}),
        text=True,
        timeout=PATIENCE,
    )


def served(command: str, folder: Path, **changes: str) -> Program:
    """Run a command of the README that serves, in this environment and on a free port."""
    for old, new in changes.items():
        command = command.replace(old, new)
    words = shlex.split(command)
    assert words[0] == "h2corn"
    bind = [] if "--bind" in words else ["--bind", "127.0.0.1:0"]
    return Program([sys.executable, "-m", *words, *bind], folder)


def test_every_block_is_run_somewhere() -> None:
    found = {block.beginning for block in BLOCKS if not block.package}
    assert found == HERE | ELSEWHERE.keys()
    for path in ELSEWHERE.values():
        assert (ROOT / path).is_file()
    # Those of the packages are read by what is named after them.
    others = {(block.package, block.language) for block in BLOCKS if block.package}
    assert others == {
        *((package, "python") for package in PACKAGES),
        ("h2corn", "console"),
    }


def test_quick_start(tmp_path: Path) -> None:
    expected = text_of("h2corn v0.1.0 • HTTP/2 cleartext ASGI").replace("8000", r"(\d+)")
    with served(f"h2corn examples.hello:app --app-dir {ROOT}", tmp_path) as program:
        lines = [line.replace("[4711]", r"\[\d+\]") for line in expected.splitlines()]
        matches = [program.wait_for(f"^{line}$") for line in lines]
        port = matches[1][1]
        text = text_of("$ curl --http2-prior-knowledge http://127.0.0.1:8000/")
        for command, answer in re.findall(r"^\$ (.*)\n(.*)$", text, re.MULTILINE):
            assert shell(command.replace("8000", port), tmp_path) == f"{answer}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_operations(tmp_path: Path) -> None:
    start, kill = commands_of(text_of(OPERATIONS))
    (tmp_path / "main.py").write_text((ROOT / "examples/hello.py").read_text(encoding="utf-8"))
    places = {"/run/h2corn.pid": "h2corn.pid", "/var/log/h2corn/access.log": "access.log"}
    with served(start, tmp_path, **places) as program:
        port = program.wait_for(r"Listening on http://127\.0\.0\.1:(\d+)")[1]
        for _ in range(2):
            program.wait_for("Started worker")
        shell(kill.replace("/run/h2corn.pid", "h2corn.pid"), tmp_path)
        for _ in range(2):
            program.wait_for("Stopped worker")
        assert shell(f"curl -s http://127.0.0.1:{port}/", tmp_path) == "Hello over HTTP/1.1!\n"
        assert program.stop() == 0
    assert '"GET / HTTP/1.1" 200' in (tmp_path / "access.log").read_text(encoding="utf-8")


def test_configuration(tmp_path: Path) -> None:
    text = text_of("# h2corn.toml, or [tool.h2corn] in pyproject.toml")
    (tmp_path / "h2corn.toml").write_text(text, encoding="utf-8")
    check, show = commands_of(text_of("$ h2corn --config h2corn.toml --check-config"))
    assert shell(check, tmp_path) == "The options are right.\n"
    printed = shell(show, tmp_path)
    assert "workers = 2  # H2CORN_WORKERS\n" in printed
    assert 'forwarded_allow_ips = ["10.0.0.0/8"]  # h2corn.toml: proxy.forwarded' in printed
    assert Config.from_toml(tmp_path / "h2corn.toml").limit_concurrency_queue == 1000


def test_embedding(tmp_path: Path) -> None:
    program = text_of("import asyncio")
    command = [sys.executable, "-W", "error", "-c", program]
    printed = subprocess.check_output(command, cwd=tmp_path, text=True, timeout=PATIENCE)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", printed)


def test_the_servers_own_readme(tmp_path: Path) -> None:
    example, console = [block.text for block in BLOCKS if block.package == "h2corn"]
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    (command,) = commands_of(console)
    with served(command, tmp_path, **{"127.0.0.1:8000": "127.0.0.1:0"}) as program:
        port = program.wait_for(r"Listening on http://127\.0\.0\.1:(\d+)")[1]
        assert shell(f"curl -s http://127.0.0.1:{port}/", tmp_path) == "Hello!\n"
