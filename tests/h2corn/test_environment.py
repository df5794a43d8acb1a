"""Variables become options, and what is none of them is told."""

from pathlib import Path

import pytest

from h2corn._environment import environment_layer, read_env_file
from h2corn._options import Fault
from h2corn.config import OPTIONS


def test_values_and_their_places() -> None:
    environ = {
        "H2CORN_WORKERS": " 3 ",
        "H2CORN_HTTP1": "Off",
        "H2CORN_UMASK": "027",
        "H2CORN_USER": "",
        "H2CORN_ROOT_PATH": "/x",
        "H2CORN_CONFIG": "nope.toml",
        "WORKERS": "9",
        "_H2CORN_COMPLETE": "x",
    }
    found = environment_layer(OPTIONS, environ, places={"H2CORN_UMASK": ".env: H2CORN_UMASK"})
    assert found.values == {
        "workers": 3,
        "http1": False,
        "umask": 0o27,
        "user": None,
        "root_path": "/x",
    }
    assert found.places["workers"] == "H2CORN_WORKERS"
    assert found.places["umask"] == ".env: H2CORN_UMASK"
    assert found.faults == []


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("BIND", "a:1, unix:x,", ("a:1", "unix:x")),
        ("BIND", "a:1\nunix:x\n", ("a:1", "unix:x")),
        ("FORWARDED_ALLOW_IPS", "10.0.0.0/8,unix\n::1", ("10.0.0.0/8", "unix", "::1")),
        ("FORWARDED_FIELDS", "", ()),
        ("RESPONSE_HEADERS", "a: b, c\nd: e", ("a: b, c", "d: e")),
    ],
)
def test_lists(variable: str, text: str, value: tuple[str, ...]) -> None:
    found = environment_layer(OPTIONS, {f"H2CORN_{variable}": text})
    assert found.values == {variable.lower(): value}


def test_what_is_wrong() -> None:
    environ = {
        "H2CORN_BACKLOG": "x",
        "H2CORN_BIND": "a:1",
        "H2CORN_PORT": "1",
        "H2CORN_RELOAD": "1",
        "H2CORN_WORKER": "1",
    }
    found = environment_layer(OPTIONS, environ, flags_only={"H2CORN_RELOAD": "--reload"})
    nothing = "there is no such option"
    assert found.faults == [
        Fault("backlog", "must be a whole number, not 'x'", "H2CORN_BACKLOG"),
        Fault("H2CORN_RELOAD", f"{nothing}; --reload is a flag only", "H2CORN_RELOAD"),
        Fault("H2CORN_WORKER", f"{nothing}; do you mean H2CORN_WORKERS?", "H2CORN_WORKER"),
        Fault("bind", "cannot be combined with H2CORN_HOST or H2CORN_PORT", "H2CORN_BIND"),
    ]
    assert found.values == {"bind": ("a:1",)}


class TestFile:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / ".env"

    def test_variables(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FROM_OUTSIDE", "1")
        path.write_text(
            "# about it\nA=1\nexport B='two words'\n\n"
            'C="${A}${FROM_OUTSIDE}\\n"\nD\nE=\n\u00e9=\u00e9\n',
            encoding="utf-8",
        )
        assert read_env_file(str(path)) == {
            "A": "1",
            "B": "two words",
            "C": "11\n",
            "E": "",
            "\u00e9": "\u00e9",
        }

    def test_a_line_that_is_none(self, path: Path) -> None:
        path.write_text("A=1\nB='2\n", encoding="utf-8")
        with pytest.raises(ValueError, match="line 2 is no NAME=VALUE"):
            read_env_file(str(path))

    def test_what_is_no_text(self, path: Path) -> None:
        path.write_bytes(b"A=\xff\n")
        with pytest.raises(ValueError, match="utf-8"):
            read_env_file(str(path))

    def test_none(self, path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            read_env_file(str(path))
