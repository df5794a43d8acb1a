"""Records are read from text and from mappings, and all that is wrong with them is told."""

from typing import Any

import pytest

from h2corn import Config, RequestPolicy
from h2corn._records import parse_records
from h2corn.config import OPTIONS, ConfigError

ROW = next(row for row in OPTIONS if row.name == "request_policies")
LARGE = RequestPolicy("/large/*", max_request_body_size=0, timeout_request_body_idle=300.0)


@pytest.mark.parametrize(
    "value",
    [
        "path=/large/*,max_request_body_size=0,timeout_request_body_idle=300",
        " path = /large/* , timeout_request_body_idle = 300.0,max_request_body_size=0",
        {"path": "/large/*", "max_request_body_size": 0, "timeout_request_body_idle": 300.0},
        LARGE,
    ],
)
def test_forms(value: object) -> None:
    assert parse_records(ROW, [value, "path=/"]) == (LARGE, RequestPolicy("/"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "must be KEY=VALUE, not ''"),
        ("/upload", "must be KEY=VALUE, not '/upload'; entry 2: path: is missing"),
        ("max_request_body_size=0", "path: is missing"),
        ("path=/a,path=/b", "path: is there twice"),
        (
            "path=/a,max_request_body=1",
            "max_request_body: there is no such option; do you mean max_request_body_size?",
        ),
        (
            "path=/a,max_request_body_size=1k,timeout_request_body_idle=x",
            (
                "max_request_body_size: must be a whole number, not '1k'; entry 2: "
                "timeout_request_body_idle: must be a number, not 'x'"
            ),
        ),
        ({"max_request_body_size": 1}, "path: is missing"),
    ],
)
def test_what_is_none(value: object, message: str) -> None:
    with pytest.raises(ValueError, match="entry 2") as caught:
        parse_records(ROW, ["path=/fine", value])
    assert str(caught.value).startswith(f"entry 2: {message}")


def test_tables_of_toml_and_lines_of_a_variable() -> None:
    table: dict[str, Any] = {"path": "/large/*", "max_request_body_size": 0}
    table["timeout_request_body_idle"] = 300
    config = Config(request_policies=(LARGE,))
    assert Config.from_mapping({"request_policies": [table]}) == config
    assert Config.from_mapping({"limits": {"request_policies": [table]}}) == config
    text = "path=/large/*,max_request_body_size=0,timeout_request_body_idle=300\n\npath=/\n"
    both = Config(request_policies=(LARGE, RequestPolicy("/")))
    assert Config.from_env({"H2CORN_REQUEST_POLICIES": text}) == both


@pytest.mark.parametrize("raw", ["path=/a", {"path": "/a"}, 5])
def test_what_is_no_list(raw: object) -> None:
    with pytest.raises(ConfigError, match="request_policies: must be a tuple"):
        Config.from_mapping({"request_policies": raw})


def test_values_of_a_wrong_type() -> None:
    with pytest.raises(ConfigError, match="entry 1: max_request_body_size: must be a whole number"):
        Config.from_mapping({"request_policies": [{"path": "/", "max_request_body_size": "1"}]})
