"""Options in a mapping: names and forms."""

from pathlib import Path

import pytest

from h2corn._config_file import read_toml, values_of
from h2corn._options import Fault
from h2corn.config import OPTIONS


def test_values_have_the_forms_of_the_table() -> None:
    data = {"bind": ["a:1"], "umask": "0o27", "uds_permissions": 8, "http1": False, "pid": "x"}
    values = {"bind": ("a:1",), "umask": 0o27, "uds_permissions": 8, "http1": False, "pid": "x"}
    assert values_of(OPTIONS, data) == (values, [])


def test_what_may_be_a_list_or_one_text() -> None:
    peers = ("127.0.0.1", "unix")
    for value in (["127.0.0.1", "unix"], "127.0.0.1, unix", ["127.0.0.1,unix"]):
        data = {"forwarded_allow_ips": value}
        assert values_of(OPTIONS, data) == ({"forwarded_allow_ips": peers}, [])
    assert values_of(OPTIONS, {"bind": "a:1,b:1"}) == ({"bind": "a:1,b:1"}, [])


def test_what_is_wrong_by_its_form() -> None:
    faults = [
        Fault("worker", "there is no such option"),
        Fault("umask", "must be an octal number, not 'x'"),
    ]
    assert values_of(OPTIONS, {"worker": 1, "umask": "x", "port": 1}) == ({"port": 1}, faults)


def test_reading(tmp_path: Path) -> None:
    path = tmp_path / "options.toml"
    path.write_text('response_headers = ["X: \u00e9"]', encoding="utf-8")
    assert read_toml(path) == {"response_headers": ["X: \u00e9"]}
    path.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="utf-8"):
        read_toml(path)
