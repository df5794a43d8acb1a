"""The schema says of each option what its row says."""

import json
import tomllib
from typing import Any

import jsonschema
import pytest

from h2corn._printed import printed
from h2corn._schema import schema
from h2corn.config import OPTIONS, Config, ConfigError

SCHEMA = schema(OPTIONS)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_what_is_printed_is_right_by_it() -> None:
    VALIDATOR.validate(tomllib.loads(printed(OPTIONS, Config(), {})))


@pytest.mark.parametrize(
    "data",
    [
        {"workers": 4},
        {"workers": {"workers": 4}},
        {"limits": {"limit_concurrency": 1}, "http1": False},
        {"http1": {"http1": False}},
        {"umask": "027"},
        {"umask": 23},
        {"bind": ["a:1"]},
        {"forwarded_fields": "for,proto"},
        {"proxy_protocol": "auto"},
    ],
)
def test_what_is_right(data: dict[str, Any]) -> None:
    VALIDATOR.validate(data)
    Config.from_mapping(data)


@pytest.mark.parametrize(
    "data",
    [
        {"worker": 4},
        {"limits": {"workers": 4}},
        {"workers": 0},
        {"workers": "4"},
        {"timeout_handshake": 0},
        {"umask": "9"},
        {"bind": "a:1"},
        {"proxy_protocol": "v3"},
        {"http1": 1},
    ],
)
def test_what_is_wrong(data: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(ConfigError):
        Config.from_mapping(data)


def test_every_option_is_described() -> None:
    for row in OPTIONS:
        sections = SCHEMA["properties"][row.section_key]
        table = sections.get("anyOf", [sections])[-1]
        reference = f"#/definitions/{row.name}"
        assert table["properties"][row.name] == {"$ref": reference}
        assert SCHEMA["definitions"][row.name]["description"] == row.option.help
