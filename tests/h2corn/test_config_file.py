"""Options in a mapping: names, sections and forms."""

from pathlib import Path

import pytest

from h2corn._config_file import mapping_layer, read_toml
from h2corn._options import Fault
from h2corn.config import OPTIONS


def test_values_have_the_forms_of_the_table() -> None:
    data = {"bind": ["a:1"], "umask": "0o27", "uds_permissions": 8, "http1": False, "pid": "x"}
    found = mapping_layer(OPTIONS, data)
    values = {"bind": ("a:1",), "umask": 0o27, "uds_permissions": 8, "http1": False, "pid": "x"}
    assert (found.values, found.faults) == (values, [])
    assert found.places["umask"] == "umask"


def test_what_may_be_a_list_or_one_text() -> None:
    peers = ("127.0.0.1", "unix")
    for value in (["127.0.0.1", "unix"], "127.0.0.1, unix", ["127.0.0.1,unix"]):
        data = {"forwarded_allow_ips": value}
        assert mapping_layer(OPTIONS, data).values == {"forwarded_allow_ips": peers}
    assert mapping_layer(OPTIONS, {"bind": "a:1,b:1"}).values == {"bind": "a:1,b:1"}


def test_sections() -> None:
    data = {"workers": {"workers": 4, "max_requests": 5}, "http1": False, "limits": {}}
    found = mapping_layer(OPTIONS, data, "FILE: ")
    assert found.values == {"workers": 4, "max_requests": 5, "http1": False}
    assert found.places["max_requests"] == "FILE: workers.max_requests"
    assert found.faults == []


def test_what_is_wrong_by_its_form_or_its_place() -> None:
    data = {
        "worker": 1,
        "umask": "x",
        "port": 1,
        "limits": {"backlog": 5, "limit_conections": 6},
        "limit": {"a": 1},
        "workers": {"port": 2, "workers": 3},
        "listeners": {"port": 3, "bind": ["a:1"]},
    }
    nothing = "there is no such option"
    found = mapping_layer(OPTIONS, data)
    assert found.faults == [
        Fault("worker", f"{nothing}; do you mean workers?", "worker"),
        Fault("umask", "must be an octal number, not 'x'", "umask"),
        Fault("backlog", "belongs to [listeners]", "limits.backlog"),
        Fault(
            "limit_conections",
            f"{nothing}; do you mean limit_connections?",
            "limits.limit_conections",
        ),
        Fault("limit", f"{nothing}; do you mean limits?", "limit"),
        Fault("port", "belongs to [listeners]", "workers.port"),
        Fault("port", "is there twice, as port too", "listeners.port"),
        Fault("bind", "cannot be combined with host or port", "listeners.bind"),
    ]
    assert found.values == {"workers": 3, "bind": ("a:1",)}


class TestFile:
    def test_options(self, tmp_path: Path) -> None:
        path = tmp_path / "options.toml"
        path.write_text('response_headers = ["X: \u00e9"]', encoding="utf-8")
        assert read_toml(path) == ({"response_headers": ["X: \u00e9"]}, "")

    def test_what_is_no_toml(self, tmp_path: Path) -> None:
        path = tmp_path / "options.toml"
        path.write_bytes(b"\xff")
        with pytest.raises(ValueError, match="utf-8"):
            read_toml(path)

    @pytest.mark.parametrize(
        ("text", "options"),
        [
            ("", {}),
            ("[tool.other]\nworkers = 3", {}),
            ("[tool.h2corn]\nworkers = 3\n[project]\nname = 'x'", {"workers": 3}),
            ("[tool.h2corn.workers]\nworkers = 3", {"workers": {"workers": 3}}),
        ],
    )
    def test_a_project(self, tmp_path: Path, text: str, options: dict[str, object]) -> None:
        path = tmp_path / "pyproject.toml"
        path.write_text(text, encoding="utf-8")
        assert read_toml(path) == (options, "tool.h2corn.")

    @pytest.mark.parametrize("text", ["tool = 1", "[tool]\nh2corn = 1"])
    def test_a_project_without_a_table(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "pyproject.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"tool\.h2corn is no table"):
            read_toml(path)
