"""All that a release takes: the archives build, hold what they have to, install and serve.

The archives in the folder TEST_H2CORN_ARCHIVES are taken if it is set, installed with the Python
TEST_H2CORN_PYTHON. Otherwise they are built here: in plain Python, and compiled too for whoever
asks for the larger tests.
"""

import http.client
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.workspace.archives import (
    PYTHONS,
    faults,
    metadata_faults,
    sdist_faults,
    source_names,
    wheel_faults,
)
from tests.workspace.foreign import needs_uv, uv
from tests.workspace.program import PATIENCE, Program
from tests.workspace.tree import PACKAGES, ROOT
from tests.workspace.versions import version_of

GIVEN = os.environ.get("TEST_H2CORN_ARCHIVES")
BUILDS = ["plain", "compiled"] if os.environ.get("TEST_H2CORN_FULL") else ["plain"]
BUILD_TIMEOUT = 600.0

APPLICATION = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    fields = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": scope["http_version"].encode()})
"""

INSTALLED = """
import importlib, importlib.metadata, sys
for name in sys.argv[1:]:
    module = importlib.import_module(name.replace("-", "_"))
    assert module.__file__.startswith(sys.prefix), module
    print(name, module.__version__, importlib.metadata.version(name))
"""


@pytest.fixture(params=["given"] if GIVEN else BUILDS)
def archives(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a folder with the sdist of each package, and the wheel that was built from it."""
    if GIVEN:
        return Path(GIVEN).resolve()
    if request.param == "plain":
        monkeypatch.setenv("BUILD_MYPYC", "0")
    else:
        monkeypatch.delenv("BUILD_MYPYC", raising=False)
    # A copy, for builds leave something behind.
    tree = tmp_path / "tree"
    left = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT / "packages", tree / "packages", ignore=left)
    shutil.copy(ROOT / "pyproject.toml", tree)
    folder = tmp_path / "archives"
    build = ("build", "--all-packages", "--python", sys.executable, "--out-dir", folder)
    uv(*build, folder=tree, timeout=BUILD_TIMEOUT)
    if request.param == "compiled" and not is_compiled(folder):
        pytest.skip("no C compiler with Python.h is here")
    return folder


def is_compiled(folder: Path) -> bool:
    (wheel,) = folder.glob("h2c_core-*.whl")
    return not wheel.name.endswith("-none-any.whl")


@needs_uv
@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no server by SIGTERM")
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_archives_are_whole_and_serve_from_an_empty_environment(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {package: str(version_of(package)) for package in PACKAGES}
    found = [fault for name in PACKAGES for fault in faults(name, archives, versions[name])]
    assert found == []

    python = tmp_path / "environment" / "bin" / "python"
    wheels = sorted(archives.glob("*.whl"))
    assert len(wheels) == len(PACKAGES)
    interpreter = os.environ.get("TEST_H2CORN_PYTHON", sys.executable)
    uv("venv", "--python", interpreter, tmp_path / "environment")
    uv("pip", "install", "--python", python, *wheels)
    for name in [name for name in os.environ if name.startswith(("H2CORN_", "PYTHONPATH"))]:
        monkeypatch.delenv(name)
    kind = "compiled" if is_compiled(archives) else "pure"
    subprocess.check_call([python, "-I", ROOT / "tools" / "ours.py", "wheel", kind, archives])
    command: list[str | Path] = [python, "-I", "-c", INSTALLED, *PACKAGES]
    told = subprocess.check_output(command, text=True, timeout=PATIENCE).splitlines()
    assert told == [f"{name} {versions[name]} {versions[name]}" for name in PACKAGES]

    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "hello.py").write_text(APPLICATION, encoding="utf-8")
    server: list[str | Path] = [python.with_name("h2corn"), "hello:app", "--bind", "127.0.0.1:0"]
    with Program(server, folder) as program:
        port = int(program.wait_for(r"Listening on http://127\.0\.0\.1:(\d+)")[1])
        assert ask_http1(port) == (200, b"1.1")
        assert ask_http2(port) == (200, b"2")
        assert program.stop() == 0
    assert "Traceback" not in program.log


def ask_http1(port: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/")
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


def ask_http2(port: int) -> tuple[int, bytes]:
    with httpx.Client(http1=False, http2=True, timeout=PATIENCE, trust_env=False) as client:
        response = client.get(f"http://127.0.0.1:{port}/")
    assert response.http_version == "HTTP/2"
    return response.status_code, response.content


WHEEL = source_names("prefork") | {
    f"prefork-1.0.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")
}
SDIST = {f"prefork-1.0/src/{name}" for name in source_names("prefork")} | {
    f"prefork-1.0/{name}"
    for name in ("CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore")
}
PYTHON = "Programming Language :: Python ::"


def metadata(*lines: str, without: str = "\0") -> bytes:
    """Return metadata of a release of prefork, without some lines, and with others."""
    readme = (PACKAGES["prefork"] / "README.md").read_text(encoding="utf-8")
    head = [
        *("Metadata-Version: 2.4", "Name: prefork", "Version: 1.0", "Summary: Supervises"),
        *("Author: Us", "License-Expression: MIT", "License-File: LICENSE", "Keywords: workers"),
        *("Requires-Python: >=3.11", "Description-Content-Type: text/markdown"),
        *(f"Classifier: {PYTHON} {python}" for python in (*PYTHONS, "3 :: Only")),
        "Classifier: Typing :: Typed",
    ]
    kept = [line for line in head if not line.startswith(without)]
    return "\n".join([*kept, *lines, "", readme]).encode()


def test_whole_archives_have_no_faults() -> None:
    assert wheel_faults("prefork", WHEEL, "1.0") == []
    assert sdist_faults("prefork", SDIST, "1.0") == []
    assert metadata_faults("prefork", metadata(), "1.0") == []
    address = metadata("Project-URL: Source, https://example.org/prefork")
    assert metadata_faults("prefork", address, "1.0") == []


@pytest.mark.parametrize(
    "name", ["tests/test_policy.py", "prefork/test_policy.py", "setup.py", "prefork/a.so"]
)
def test_what_is_no_part_of_a_wheel_is_told(name: str) -> None:
    assert wheel_faults("prefork", WHEEL | {name}, "1.0") == [f"{name} is there too"]


@pytest.mark.parametrize(
    "name", ["prefork/py.typed", "prefork/__init__.py", "prefork-1.0.dist-info/licenses/LICENSE"]
)
def test_what_a_wheel_lacks_is_told(name: str) -> None:
    assert wheel_faults("prefork", WHEEL - {name}, "1.0") == [f"{name} is missing"]


def test_faults_of_a_list_of_sources_are_told() -> None:
    names = SDIST - {"prefork-1.0/LICENSE", "prefork-1.0/src/prefork/py.typed"}
    names |= {"prefork-1.0/tests/test_policy.py", "setup.py"}
    assert sdist_faults("prefork", names, "1.0") == [
        "setup.py is outside of prefork-1.0/",
        "LICENSE is missing",
        "src/prefork/py.typed is missing",
        "tests/test_policy.py is there too",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (metadata("License-Expression: Foo", without="License-Expression"), "'Foo' is invalid"),
        (metadata(without="License-Expression"), "licence None"),
        (metadata(without="License-File"), "licence files None"),
        (metadata(without="Version"), "version"),
        (metadata(without="Keywords"), "no keywords"),
        (metadata(without="Classifier: Typing"), "Typing :: Typed is missing"),
        (metadata("Requires-Python: >=3.8", without="Requires-Python"), "requires Python >=3.8"),
        (metadata(without="Description-Content-Type"), "README of type None"),
        (metadata(without=f"Classifier: {PYTHON} 3.12"), "Pythons ["),
        (metadata("Classifier: Topic :: Corn"), "unknown classifiers ['Topic :: Corn']"),
        (metadata("Classifier: License :: OSI Approved :: MIT License"), "a classifier for the"),
        (metadata("Project-URL: Home, http://example.org/"), "URL http://example.org/"),
        (metadata("Project-URL: Home, https://10.0.0.1/"), "URL https://10.0.0.1/"),
        (metadata("Project-URL: Home, https://build.internal/"), "URL https://build.internal/"),
        (metadata() + b"More.", "the description is not the README"),
        (b"", "'name' is a required field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_faults_of_metadata_are_told(text: bytes, fault: str) -> None:
    found = metadata_faults("prefork", text, "1.0")
    assert any(fault in line for line in found), found


def test_missing_archives_are_told(tmp_path: Path) -> None:
    (fault,) = faults("prefork", tmp_path, "1.0")
    assert fault.startswith("prefork: not one sdist and one wheel of 1.0")
