"""A Config is right as a whole, or tells everything that is wrong with it."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from h2corn._address import TcpAddress, UnixAddress
from h2corn._options import Kind, Row, fault_of
from h2corn.config import OPTIONS, Config, ConfigError

DEFAULTS: dict[str, object] = {
    "root_path": "",
    "loop": "auto",
    "timeout_lifespan_startup": 60.0,
    "timeout_lifespan_shutdown": 30.0,
    "bind": ("127.0.0.1:8000",),
    "host": "127.0.0.1",
    "port": 8000,
    "uds_permissions": None,
    "backlog": 1024,
    "max_concurrent_streams": 256,
    "h2_max_header_list_size": 1_048_576,
    "h2_max_header_block_size": 1_048_576,
    "h2_max_inbound_frame_size": 65_536,
    "h2_timeout_response_stall": 60.0,
    "http1": True,
    "h2c_upgrade": False,
    "limit_request_head_size": 1_048_576,
    "limit_request_line": 16_384,
    "limit_request_fields": 100,
    "limit_request_field_size": 32_768,
    "timeout_handshake": 5.0,
    "timeout_graceful_shutdown": 30.0,
    "timeout_keep_alive": 120.0,
    "timeout_request_header": 10.0,
    "timeout_request_body_idle": 60.0,
    "access_log": True,
}


def faults(error: pytest.ExceptionInfo[ConfigError]) -> list[str]:
    return str(error.value).splitlines()


def test_defaults() -> None:
    config = Config()
    assert {row.name: getattr(config, row.name) for row in OPTIONS} == DEFAULTS


def test_every_public_field_is_a_row_in_its_order() -> None:
    public = [item.name for item in dataclasses.fields(Config) if not item.name.startswith("_")]
    assert [row.name for row in OPTIONS] == public


def test_every_default_is_right_by_its_row() -> None:
    assert [row.name for row in OPTIONS if fault_of(row, row.default) is not None] == []


def test_flags_are_not_given_twice() -> None:
    flags = [
        flag for row in OPTIONS for flag in (row.flag, row.negative_flag, row.option.short) if flag
    ]
    assert len(flags) == len(set(flags))


def test_every_flag_with_a_value_has_a_name_for_it() -> None:
    assert [row.name for row in OPTIONS if not row.metavar and row.kind is not Kind.FLAG] == []


NUMBERS = [row for row in OPTIONS if row.kind in {Kind.INTEGER, Kind.NUMBER}]


def with_value(name: str, value: object) -> Config:
    values: dict[str, Any] = {name: value}
    return Config(**values)


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.name)
def test_every_number_is_bounded(row: Row) -> None:
    low, high = row.option.minimum, row.option.maximum
    assert high is not None
    assert low is not None or row.option.above == 0
    with_value(row.name, high)
    with pytest.raises(ConfigError, match=row.name):
        with_value(row.name, high + 1)
    if low is not None:
        with_value(row.name, low)
    with pytest.raises(ConfigError, match=row.name):
        with_value(row.name, 0 if low is None else low - 1)


def test_all_faults_are_told_in_the_order_of_the_table() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(
            access_log=1,  # type: ignore[arg-type]
            backlog=0,
            h2_max_inbound_frame_size=16_383,
            bind=("nowhere", "a:99999"),
            root_path="api",
            loop="trio",  # type: ignore[arg-type]
        )
    assert faults(caught) == [
        "root_path: must be empty, or start with a slash and not end with one, not 'api'",
        "loop: must be auto, asyncio or uvloop, not 'trio'",
        "bind: 'nowhere' is not an address; expected HOST:PORT, [IPV6]:PORT, unix:PATH or fd://N",
        "bind: 'a:99999' has no port from 0 to 65535",
        "backlog: must be from 1 to 2147483647, not 0",
        "h2_max_inbound_frame_size: must be from 16384 to 16777215, not 16383",
        "access_log: must be True or False, not 1",
    ]
    assert isinstance(caught.value, ValueError)


def test_addresses_are_not_judged_where_their_types_are_wrong() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(bind="127.0.0.1:8000", port=-1)  # type: ignore[arg-type]
    assert faults(caught) == [
        "bind: must be a tuple of strings, not '127.0.0.1:8000'",
        "port: must be from 0 to 65535, not -1",
    ]


@pytest.mark.parametrize("path", ["/", "/api/", "api", "/a\nb"])
def test_wrong_root_path(path: str) -> None:
    with pytest.raises(ConfigError, match="root_path"):
        Config(root_path=path)


def test_root_path() -> None:
    with pytest.raises(ConfigError, match="root_path: must be a string, not 1"):
        Config(root_path=1)  # type: ignore[arg-type]
    assert Config(root_path="/api/v1").root_path == "/api/v1"


def test_uvloop_must_be_there_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Config(loop="uvloop").loop == "uvloop"
    monkeypatch.setattr("h2corn.config.find_spec", lambda _: None)
    assert Config(loop="auto").loop == "auto"
    with pytest.raises(ConfigError, match="loop: uvloop is not installed"):
        Config(loop="uvloop")


def test_addresses() -> None:
    assert Config(port=0).addresses == (TcpAddress("127.0.0.1", 0),)
    addresses = Config(bind=("[::1]:80", "unix:x")).addresses
    assert addresses == (TcpAddress("::1", 80), UnixAddress("x"))


def test_host_and_port_follow_bind() -> None:
    config = Config(bind=("[::1]:9000",))
    assert (config.host, config.port) == ("::1", 9000)
    config = Config(bind=("a:1", "b:2"))
    assert (config.host, config.port) == (None, None)


def test_bind_follows_host_and_port() -> None:
    assert Config(host="0.0.0.0", port=80).bind == ("0.0.0.0:80",)
    assert Config(port=80) == Config(bind=("127.0.0.1:80",))
    with pytest.raises(ConfigError, match="bind: cannot be combined with host or port"):
        Config(bind=("a:1",), port=2)


def test_a_copy_with_changes() -> None:
    config = Config(bind=("a:1",), backlog=5)
    assert replace(config) == config
    assert replace(config, port=2).bind == ("a:2",)
    assert replace(config, bind=("b:3",)).port == 3
    assert replace(replace(config, bind=("b:3", "c:4")), backlog=6).host is None
    assert replace(config, port=2).backlog == 5
    with pytest.raises(ConfigError, match="cannot be combined"):
        replace(config, bind=("b:3",), port=4)


def test_it_is_a_value() -> None:
    config = Config(port=9000, uds_permissions=0o660)
    for twin in (pickle.loads(pickle.dumps(config)), copy.deepcopy(config)):
        assert twin == config
        assert hash(twin) == hash(config)
        assert replace(twin, port=1).bind == ("127.0.0.1:1",)
    assert not hasattr(config, "__dict__")
    with pytest.raises(FrozenInstanceError):
        config.backlog = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        Config(("a:1",))  # type: ignore[call-arg, arg-type]
    assert "_settled" not in repr(config)
    assert eval(repr(config), {"Config": Config}) == config


def test_an_error_can_be_pickled() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(backlog=0)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
