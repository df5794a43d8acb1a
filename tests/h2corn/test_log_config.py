"""What is wrong with a configuration of logging is said, with the name of its file."""

from pathlib import Path

import pytest

from h2corn._log_config import LogConfigError, apply_log_config


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.toml", "x = ", "cannot use"),
        ("a.json", "[]", "it is no object"),
        ("a.json", "{", "cannot use"),
        ("a.ini", "", "cannot use"),
        ("a.toml", '[handlers.x]\nclass = "no.such.Handler"', "cannot use"),
        ("a.toml", "version = 7", "Unsupported version"),
    ],
)
def test_faults(tmp_path: Path, name: str, text: str, expected: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(LogConfigError, match=expected) as caught:
        apply_log_config(str(path))
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.ini"
    with pytest.raises(LogConfigError) as caught:
        apply_log_config(str(path))
    assert str(caught.value) == f"cannot read '{path}': no such file or directory"
