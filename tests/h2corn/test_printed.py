"""Options are printed as TOML that is read to the same options."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._options import Row
from h2corn._printed import printed
from h2corn.config import OPTIONS, Config
from tests.h2corn.test_sources import GIVEN, NEEDED

ROWS = {row.name: row for row in OPTIONS}


def test_the_defaults() -> None:
    text = printed(OPTIONS, Config(), {})
    assert Config.from_mapping(tomllib.loads(text)) == Config()
    lines = text.splitlines()
    assert "[http2]" in lines
    assert "workers = 1  # default" in lines
    assert "# pid is not set  # default" in lines
    assert 'forwarded_fields = ["for", "proto"]  # default' in lines


@pytest.mark.parametrize("name", ROWS)
def test_every_option(name: str) -> None:
    values: dict[str, Any] = {name: GIVEN[name][1]}
    values |= {other: int(text) for other, text in NEEDED.get(name, {}).items()}
    config = Config(**values)
    text = printed(OPTIONS, config, {name: f"FILE: {name}"})
    assert Config.from_mapping(tomllib.loads(text)) == config
    assert f"  # FILE: {name}\n" in text


class Anything:
    def __init__(self, value: str) -> None:
        self.root_path = value


@given(st.text(), st.text())
def test_any_text(value: str, place: str) -> None:
    rows: list[Row] = [ROWS["root_path"]]
    try:
        value.encode()
        place.encode()
    except UnicodeEncodeError:
        return
    text = printed(rows, Anything(value), {"root_path": place})
    assert tomllib.loads(text) == {"application": {"root_path": value}}


def test_a_word_that_stands_for_none() -> None:
    config = Config(websocket_max_message_size=None)
    text = printed(OPTIONS, config, {})
    assert 'websocket_max_message_size = "inherit"  # default' in text.splitlines()
    assert Config.from_mapping(tomllib.loads(text)) == config
    assert Config.from_env({"H2CORN_WEBSOCKET_MAX_MESSAGE_SIZE": "inherit"}) == config
