"""What stands on the command line becomes a Config, and every fault names its flag."""

from collections.abc import Mapping, Sequence

import pytest

from h2corn._sources import config_from_flags
from h2corn.config import OPTIONS, Config, ConfigError

# One text for each option that is not its default.
GIVEN: dict[str, tuple[bool | str | list[str], object]] = {
    "root_path": ("/api", "/api"),
    "loop": ("asyncio", "asyncio"),
    "lifespan": ("on", "on"),
    "timeout_lifespan_startup": ("1.5", 1.5),
    "timeout_lifespan_shutdown": ("0", 0.0),
    "cancel_on_disconnect": (True, True),
    "bind": (["a:1", "unix:x"], ("a:1", "unix:x")),
    "host": ("::1", "::1"),
    "port": ("9", 9),
    "uds_permissions": ("660", 0o660),
    "backlog": ("7", 7),
    "max_concurrent_streams": ("8", 8),
    "h2_max_header_list_size": ("0", 0),
    "h2_max_header_block_size": ("9", 9),
    "h2_max_inbound_frame_size": ("16384", 16384),
    "h2_timeout_response_stall": ("10", 10.0),
    "http1": (False, False),
    "h2c_upgrade": (True, True),
    "limit_request_head_size": ("11", 11),
    "limit_request_line": ("12", 12),
    "limit_request_fields": ("13", 13),
    "limit_request_field_size": ("14", 14),
    "websocket_max_message_size": ("0", 0),
    "websocket_per_message_deflate": (False, False),
    "websocket_ping_interval": ("20", 20.0),
    "websocket_ping_timeout": ("0", 0.0),
    "max_request_body_size": ("21", 21),
    "limit_concurrency": ("22", 22),
    "limit_concurrency_queue": ("23", 23),
    "limit_connections": ("24", 24),
    "timeout_handshake": ("0.5", 0.5),
    "timeout_graceful_shutdown": ("16", 16.0),
    "timeout_keep_alive": ("17", 17.0),
    "timeout_request_header": ("18", 18.0),
    "timeout_request_body_idle": ("0", 0.0),
    "timeout_write": ("25", 25.0),
    "date_header": (False, False),
    "server_header": (True, True),
    "response_headers": (["A: b", "c:d"], ("A: b", "c:d")),
    "access_log": (False, False),
}

# What stands beside one.
NEEDED = {"limit_concurrency_queue": {"limit_concurrency": "5"}}


def faults(given: Mapping[str, bool | str | Sequence[str]]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config_from_flags(given)
    return str(caught.value).splitlines()


def test_nothing_given_is_the_defaults() -> None:
    assert config_from_flags({}) == Config()


@pytest.mark.parametrize("name", [row.name for row in OPTIONS])
def test_a_flag_is_above_the_default(name: str) -> None:
    raw, value = GIVEN[name]
    needed = NEEDED.get(name, {})
    config = config_from_flags({name: raw, **needed})
    assert getattr(config, name) == value
    assert getattr(config, name) != getattr(Config(), name)
    listeners = {"bind", "host", "port"}
    changed = listeners if name in listeners else {name, *needed}
    for row in OPTIONS:
        if row.name not in changed:
            assert getattr(config, row.name) == getattr(Config(), row.name)


def test_a_flag_with_its_default_is_the_same_as_none() -> None:
    given = {row.name: row.default_text for row in OPTIONS if row.default_text}
    given_lists = {**given, "bind": ["127.0.0.1:8000"]}
    assert config_from_flags(given_lists) == Config()


def test_all_faults_are_told_by_their_flags() -> None:
    given = {
        "access_log": "perhaps",
        "backlog": "many",
        "max_concurrent_streams": "0",
        "bind": ["x"],
        "uds_permissions": "9",
    }
    assert faults(given) == [
        "--bind: 'x' is not an address; expected HOST:PORT, [IPV6]:PORT, unix:PATH or fd://N",
        "--uds-permissions: must be an octal number, not '9'",
        "--backlog: must be a whole number, not 'many'",
        "--max-concurrent-streams: must be from 1 to 2147483647, not 0",
        "--access-log: must be true or false, not 'perhaps'",
    ]


@pytest.mark.parametrize("other", [{"host": "a"}, {"port": "8000"}, {"host": "a", "port": "9"}])
@pytest.mark.parametrize("bind", ["127.0.0.1:8000", "b:1"])
def test_bind_with_host_or_port(bind: str, other: dict[str, str]) -> None:
    given = {"bind": [bind], **other}
    assert faults(given) == ["--bind: cannot be combined with --host or --port"]


def test_a_wrong_host_is_told_as_such() -> None:
    assert faults({"host": "a b"}) == ["--host: 'a b' is not a host name or an IP address"]
