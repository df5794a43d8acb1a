"""A Config is right as a whole, or tells everything that is wrong with it."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest

from h2corn._option_values import fault_of
from h2corn._options import Kind, Row
from h2corn.config import OPTIONS, Config, ConfigError
from prefork import TcpAddress, UnixAddress

DEFAULTS: dict[str, object] = {
    "root_path": "",
    "loop": "auto",
    "lifespan": "auto",
    "timeout_lifespan_startup": 60.0,
    "timeout_lifespan_shutdown": 30.0,
    "cancel_on_disconnect": False,
    "bind": ("127.0.0.1:8000",),
    "host": "127.0.0.1",
    "port": 8000,
    "uds_permissions": None,
    "backlog": 1024,
    "workers": 1,
    "runtime_threads": 2,
    "max_requests": 0,
    "max_requests_jitter": 0,
    "max_worker_memory": 0,
    "timeout_worker_healthcheck": 30.0,
    "reuse_port": False,
    "preload": False,
    "pid": None,
    "user": None,
    "group": None,
    "umask": None,
    "max_concurrent_streams": 256,
    "h2_max_header_list_size": 1_048_576,
    "h2_max_header_block_size": 1_048_576,
    "h2_max_inbound_frame_size": 65_536,
    "h2_initial_stream_window_size": 262_144,
    "h2_initial_connection_window_size": 4_194_304,
    "h2_timeout_response_stall": 60.0,
    "http1": True,
    "h2c_upgrade": False,
    "limit_request_head_size": 1_048_576,
    "limit_request_line": 16_384,
    "limit_request_fields": 100,
    "limit_request_field_size": 32_768,
    "websocket_max_message_size": 16_777_216,
    "websocket_per_message_deflate": True,
    "websocket_ping_interval": 60.0,
    "websocket_ping_timeout": 30.0,
    "proxy_headers": False,
    "forwarded_allow_ips": ("127.0.0.1", "::1", "unix"),
    "forwarded_fields": ("for", "proto"),
    "proxy_protocol": "off",
    "max_request_body_size": 1_073_741_824,
    "request_policies": (),
    "limit_concurrency": 0,
    "limit_concurrency_queue": 0,
    "limit_connections": 0,
    "max_connection_requests": 0,
    "timeout_handshake": 5.0,
    "timeout_graceful_shutdown": 30.0,
    "timeout_keep_alive": 120.0,
    "max_connection_age": 0.0,
    "timeout_request_header": 10.0,
    "timeout_request_body_idle": 60.0,
    "timeout_write": 60.0,
    "date_header": True,
    "server_header": False,
    "response_headers": (),
    "access_log": True,
    "log_format": "text",
    "access_log_format": "",
    "access_log_file": None,
    "log_config": None,
    "log_mask_query": (),
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


# What an option needs, or may not have, at some of its values.
COMPANIONS: dict[str, dict[str, Any]] = {
    "limit_concurrency_queue": {"limit_concurrency": 1},
    "max_requests_jitter": {"max_requests": 1},
    "websocket_ping_interval": {"websocket_ping_timeout": 0},
}
NUMBERS = [row for row in OPTIONS if row.kind in {Kind.INTEGER, Kind.NUMBER}]


def with_value(name: str, value: object) -> Config:
    return Config(**{**COMPANIONS.get(name, {}), name: value})


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


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"h2c_upgrade": True, "http1": False},
            "h2c_upgrade: asks for HTTP/1, which is switched off",
        ),
        (
            {"websocket_ping_interval": 0},
            "websocket_ping_timeout: must be 0 where no pings are sent",
        ),
        ({"limit_concurrency_queue": 1}, "limit_concurrency_queue: needs a limit_concurrency"),
        (
            {"response_headers": ("a: b", "c")},
            "response_headers: must be NAME: VALUE, not 'c'",
        ),
        (
            {"response_headers": ("Date: today",)},
            "response_headers: date is added anyway; switch that off with date_header",
        ),
        (
            {"response_headers": ("server: a",), "server_header": True},
            "response_headers: server is added anyway; switch that off with server_header",
        ),
        (
            {"proxy_headers": True, "forwarded_allow_ips": ()},
            "proxy_headers: needs a peer in forwarded_allow_ips",
        ),
        (
            {"proxy_protocol": "v1", "forwarded_allow_ips": ()},
            "proxy_protocol: needs a peer in forwarded_allow_ips",
        ),
        (
            {"proxy_headers": True, "forwarded_fields": ()},
            "proxy_headers: needs a field in forwarded_fields",
        ),
        (
            {"forwarded_allow_ips": ("10.0.0.0/8", "proxy.test")},
            (
                "forwarded_allow_ips: must be an IP address, a network such as 10.0.0.0/8, unix "
                "or *, not 'proxy.test'"
            ),
        ),
        (
            {"forwarded_fields": ("for", "by")},
            "forwarded_fields: must be of forwarded, for, proto, host, port, prefix, not 'by'",
        ),
        (
            {"forwarded_fields": ("forwarded", "proto")},
            "forwarded_fields: must not have forwarded beside others: only one of them is believed",
        ),
    ],
)
def test_options_that_do_not_go_together(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config(**values)
    assert faults(caught) == [message]


@pytest.mark.parametrize(
    "values",
    [
        {"websocket_ping_interval": 0, "websocket_ping_timeout": 0},
        {"limit_concurrency_queue": 1, "limit_concurrency": 1},
        {"response_headers": ("Date: today", "server: a"), "date_header": False},
        {"http1": False},
        {"forwarded_allow_ips": ()},
        {"forwarded_fields": ()},
        {"forwarded_allow_ips": ("*",), "proxy_headers": True, "forwarded_fields": ("forwarded",)},
    ],
)
def test_options_that_do(values: dict[str, Any]) -> None:
    config = Config(**values)
    assert {name: getattr(config, name) for name in values} == values


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"limit_concurrency_queue": 1, "limit_concurrency": -1}, "limit_concurrency"),
        ({"websocket_ping_interval": -1}, "websocket_ping_interval"),
        ({"response_headers": "a: b"}, "response_headers"),
        ({"forwarded_allow_ips": "*", "proxy_headers": True}, "forwarded_allow_ips"),
        ({"response_headers": ("date: b",), "date_header": 1}, "date_header"),
    ],
)
def test_a_wrong_option_is_not_judged_with_others(values: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config(**values)
    assert [fault.name for fault in caught.value.faults] == [wrong]


def test_what_is_wrong_of_proxies_is_told_together() -> None:
    data = {"forwarded_allow_ips": "10.0.0.0/8, nobody", "forwarded_fields": ["for", 3]}
    with pytest.raises(ConfigError) as caught:
        Config.from_mapping({**data, "proxy_protocol": True})
    assert [fault.name for fault in caught.value.faults] == [
        "forwarded_allow_ips",
        "forwarded_fields",
        "proxy_protocol",
    ]


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


def test_jitter_alone_has_no_meaning() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(max_requests_jitter=1)
    assert faults(caught) == ["max_requests_jitter: needs a max_requests"]


class TestFiles:
    def test_a_mapping(self) -> None:
        data = {"bind": ["a:1", "unix:x"], "workers": 2, "umask": "027", "uds_permissions": 0o600}
        config = Config.from_mapping(data)
        assert config == Config(
            bind=("a:1", "unix:x"), workers=2, umask=0o027, uds_permissions=0o600
        )

    def test_all_that_is_wrong_with_it(self) -> None:
        with pytest.raises(ConfigError) as caught:
            Config.from_mapping({"workers": 0, "wrokers": 1, "umask": "8", "bind": "a:1"})
        assert str(caught.value).splitlines() == [
            "wrokers: there is no such option; do you mean workers?",
            "bind: must be a tuple of strings, not 'a:1'",
            "workers: must be from 1 to 1024, not 0",
            "umask: must be an octal number, not '8'",
        ]

    def test_toml(self, tmp_path: Path) -> None:
        path = tmp_path / "options.toml"
        path.write_text("workers = 2\ntimeout_keep_alive = 5", encoding="utf-8")
        assert Config.from_toml(path) == Config(workers=2, timeout_keep_alive=5)
        path.write_text("workers", encoding="utf-8")
        with pytest.raises(ValueError, match="Expected"):
            Config.from_toml(path)
        path.unlink()
        with pytest.raises(FileNotFoundError):
            Config.from_toml(path)

    def test_sections_and_projects(self, tmp_path: Path) -> None:
        path = tmp_path / "pyproject.toml"
        text = "[tool.h2corn]\nhttp1 = false\n[tool.h2corn.limits]\nlimit_connections = 5\n"
        path.write_text(text, encoding="utf-8")
        assert Config.from_toml(path) == Config(http1=False, limit_connections=5)
        assert Config.from_mapping({"workers": {"workers": 2}}) == Config(workers=2)

    def test_what_is_wrong_is_told_by_its_key(self) -> None:
        with pytest.raises(ConfigError) as caught:
            Config.from_mapping({"limits": {"limit_connections": -1}})
        assert str(caught.value).startswith("limits.limit_connections: must be from 0 to")


class TestEnvironment:
    def test_variables(self) -> None:
        env = {"H2CORN_WORKERS": "2", "H2CORN_BIND": "a:1,unix:x", "PATH": "/bin"}
        assert Config.from_env(env) == Config(workers=2, bind=("a:1", "unix:x"))
        assert Config.from_env({}) == Config()

    def test_a_file_below_them(self, tmp_path: Path) -> None:
        path = tmp_path / "options.toml"
        path.write_text("workers = 2\nbacklog = 7\nport = 1", encoding="utf-8")
        env = {"H2CORN_CONFIG": str(path), "H2CORN_BACKLOG": "8", "H2CORN_HOST": "a"}
        assert Config.from_env(env) == Config(workers=2, backlog=8, host="a", port=1)
        path.unlink()
        with pytest.raises(FileNotFoundError):
            Config.from_env(env)

    def test_what_is_wrong(self, tmp_path: Path) -> None:
        path = tmp_path / "options.toml"
        path.write_text("workers = 0", encoding="utf-8")
        env = {
            "H2CORN_CONFIG": str(path),
            "H2CORN_BACKLOG": "0",
            "H2CORN_X": "",
            "H2CORN_PORT": "x",
        }
        with pytest.raises(ConfigError) as caught:
            Config.from_env(env)
        assert [line.split(": must")[0] for line in str(caught.value).splitlines()] == [
            "H2CORN_X: there is no such option",
            "H2CORN_PORT",
            "H2CORN_BACKLOG",
            f"{path}: workers",
        ]


class TestPlatforms:
    def test_without_worker_processes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("h2corn.config.SUPPORTED", False)
        monkeypatch.setattr("h2corn.config.PLATFORM", "win32")
        assert Config().workers == 1
        with pytest.raises(ConfigError) as caught:
            Config(
                workers=2,
                max_requests=5,
                max_worker_memory=5,
                reuse_port=True,
                preload=True,
                pid="x",
                user="x",
                group="x",
                umask=0,
            )
        lacks = "needs worker processes, which this system has not"
        assert faults(caught) == [
            "workers: must be 1: this system has no worker processes",
            f"max_requests: {lacks}",
            f"max_worker_memory: {lacks}",
            f"reuse_port: {lacks}",
            "preload: needs Linux",
            f"pid: {lacks}",
            f"user: {lacks}",
            f"group: {lacks}",
            f"umask: {lacks}",
        ]

    def test_a_template_needs_linux(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("h2corn.config.PLATFORM", "darwin")
        with pytest.raises(ConfigError) as caught:
            Config(preload=True, workers=2)
        assert faults(caught) == ["preload: needs Linux"]
