"""The package as a whole: its names, what loading it costs, and `python -m h2corn`."""

import subprocess
import sys
import types

import pytest

import h2corn
from h2corn import Config, Server, serve

HEAVY = {"asyncio", "asgi_bridge", "h2", "h2c_core", "httptools", "pydantic", "rich", "uvloop"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_public_names() -> None:
    assert h2corn.__all__ == [
        "ASGIApp",
        "Config",
        "ProxyProtocolMode",
        "RequestPolicy",
        "Server",
        "__version__",
        "serve",
    ]
    assert {name: hasattr(h2corn, name) for name in h2corn.__all__} == dict.fromkeys(
        h2corn.__all__, True
    )
    assert set(h2corn.__all__) <= set(dir(h2corn))
    assert isinstance(Config, type)
    assert isinstance(Server, type)
    assert isinstance(serve, types.FunctionType)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'h2corn' has no attribute 'nope'"):
        _ = h2corn.nope


@pytest.mark.parametrize(
    "statement",
    [
        "import h2corn",
        "from h2corn.cli import main; main(['--help'])",
        "from h2corn.cli import main; main(['a:b', '--backlog', '0', '-b', 'x', '--http1'])",
    ],
)
def test_nothing_heavy_is_loaded_before_the_server_is(statement: str) -> None:
    code = (
        f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = run("-c", code)
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "h2corn" in loaded
    assert loaded & HEAVY == set()


def test_python_m() -> None:
    done = run("-m", "h2corn", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith(f"h2corn {h2corn.__version__}\n")
    assert done.stderr == ""
    done = run("-m", "h2corn", "nope_five:app")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: no module named 'nope_five'")
    assert done.stderr.count("\n") == 1
