"""What stands in any source becomes a Config, and every fault names its place."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from h2corn import RequestPolicy
from h2corn._options import Kind
from h2corn._sources import Sources
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
    "workers": ("3", 3),
    "runtime_threads": ("5", 5),
    "max_requests": ("1000", 1000),
    "max_requests_jitter": ("100", 100),
    "max_worker_memory": ("500000000", 500_000_000),
    "timeout_worker_healthcheck": ("0", 0.0),
    "reuse_port": (True, True),
    "preload": (True, True),
    "pid": ("/run/h2corn.pid", "/run/h2corn.pid"),
    "user": ("nobody", "nobody"),
    "group": ("65534", "65534"),
    "umask": ("027", 0o027),
    "max_concurrent_streams": ("8", 8),
    "h2_max_header_list_size": ("0", 0),
    "h2_max_header_block_size": ("9", 9),
    "h2_max_inbound_frame_size": ("16384", 16384),
    "h2_initial_stream_window_size": ("1", 1),
    "h2_initial_connection_window_size": ("65535", 65_535),
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
    "proxy_headers": (True, True),
    "forwarded_allow_ips": (["10.0.0.0/8", "unix"], ("10.0.0.0/8", "unix")),
    "forwarded_fields": (["forwarded"], ("forwarded",)),
    "proxy_protocol": ("auto", "auto"),
    "max_request_body_size": ("21", 21),
    "request_policies": (
        ["path=/a/*,max_request_body_size=0", "path=/b,h2_timeout_response_stall=1.5"],
        (
            RequestPolicy("/a/*", max_request_body_size=0),
            RequestPolicy("/b", h2_timeout_response_stall=1.5),
        ),
    ),
    "limit_concurrency": ("22", 22),
    "limit_concurrency_queue": ("23", 23),
    "limit_connections": ("24", 24),
    "max_connection_requests": ("25", 25),
    "timeout_handshake": ("0.5", 0.5),
    "timeout_graceful_shutdown": ("16", 16.0),
    "timeout_keep_alive": ("17", 17.0),
    "max_connection_age": ("17.5", 17.5),
    "timeout_request_header": ("18", 18.0),
    "timeout_request_body_idle": ("0", 0.0),
    "timeout_write": ("25", 25.0),
    "date_header": (False, False),
    "server_header": (True, True),
    "response_headers": (["A: b", "c:d"], ("A: b", "c:d")),
    "access_log": (False, False),
    "log_format": ("json", "json"),
    "access_log_format": ("%(h)s", "%(h)s"),
    "access_log_file": ("-", "-"),
    "log_config": ("log.toml", "log.toml"),
    "log_mask_query": (["token,key", "code"], ("token", "key", "code")),
}

ROWS = {row.name: row for row in OPTIONS}

# What stands beside one.
NEEDED = {
    "limit_concurrency_queue": {"limit_concurrency": "5"},
    "max_requests_jitter": {"max_requests": "500"},
}


def faults(given: Mapping[str, bool | str | Sequence[str]]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Sources(given).read()
    return str(caught.value).splitlines()


def test_nothing_given_is_the_defaults() -> None:
    assert Sources().read() == Config()


NAMES = [row.name for row in OPTIONS]
SOURCES = ("file", "environment", "command line")
"""From the lowest to the highest."""
LISTENERS = {"bind", "host", "port"}


def written(name: str, *, is_other: bool = False) -> tuple[bool | str | list[str], object]:
    """Return a value of an option as text, and the value: that of GIVEN, or another one."""
    raw, value = GIVEN[name]
    if not is_other:
        return raw, value
    row = ROWS[name]
    if name in OTHERS:
        return OTHERS[name]
    if row.kind is Kind.FLAG:
        return not raw, not value
    if row.kind is Kind.CHOICE:
        others = [choice for choice in row.choices if choice != value]
        other = next((choice for choice in others if choice != row.default), others[0])
        return other, other
    assert isinstance(value, int | float)
    more = value + 1
    return f"{more:o}" if row.option.is_octal else str(more), more


OTHERS: dict[str, tuple[str | list[str], object]] = {
    "root_path": ("/other", "/other"),
    "loop": ("auto", "auto"),
    "bind": (["c:3"], ("c:3",)),
    "host": ("c", "c"),
    "pid": ("other.pid", "other.pid"),
    "user": ("root", "root"),
    "group": ("root", "root"),
    "forwarded_allow_ips": (["unix"], ("unix",)),
    "forwarded_fields": (["host", "port"], ("host", "port")),
    "response_headers": (["e: f"], ("e: f",)),
    "access_log_format": ("%(s)s", "%(s)s"),
    "access_log_file": ("other.log", "other.log"),
    "log_config": ("other.toml", "other.toml"),
    "log_mask_query": (["other"], ("other",)),
    "request_policies": (["path=/c"], (RequestPolicy("/c"),)),
}


class Written:
    """Sources that are added to, each in its own form."""

    def __init__(self, folder: Path) -> None:
        self.flags: dict[str, bool | str | Sequence[str]] = {}
        self.environ: dict[str, str] = {}
        self._file = folder / "options.toml"
        self._file.write_text("", encoding="utf-8")

    def write(self, source: str, name: str, raw: bool | str | list[str], value: object) -> None:
        if source == "command line":
            self.flags[name] = raw
        elif source == "environment":
            text = "\n".join(raw) if isinstance(raw, list) else str(raw)
            self.environ[f"H2CORN_{name.upper()}"] = text
        else:
            with self._file.open("a", encoding="utf-8") as file:
                # Tables have tests of their own.
                literal = raw if ROWS[name].kind is Kind.RECORDS else value
                file.write(f"{name} = {json.dumps(literal)}\n")

    def read(self) -> Config:
        return Sources(self.flags, environ=self.environ, file=str(self._file)).read()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("source", SOURCES)
def test_each_source_is_above_the_default(name: str, source: str, tmp_path: Path) -> None:
    sources = Written(tmp_path)
    raw, value = written(name)
    sources.write(source, name, raw, value)
    needed = NEEDED.get(name, {})
    for other, text in needed.items():
        sources.write(source, other, text, int(text))
    config = sources.read()
    assert getattr(config, name) == value
    assert getattr(config, name) != getattr(Config(), name)
    changed = LISTENERS if name in LISTENERS else {name, *needed}
    for row in OPTIONS:
        if row.name not in changed:
            assert getattr(config, row.name) == getattr(Config(), row.name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("lower", "upper"), list(itertools.combinations(SOURCES, 2)))
def test_one_source_is_above_another(name: str, lower: str, upper: str, tmp_path: Path) -> None:
    sources = Written(tmp_path)
    for other, text in NEEDED.get(name, {}).items():
        sources.write(lower, other, text, int(text))
    sources.write(lower, name, *written(name, is_other=True))
    raw, value = written(name)
    assert getattr(sources.read(), name) == written(name, is_other=True)[1] != value
    sources.write(upper, name, raw, value)
    assert getattr(sources.read(), name) == value


def test_flags_of_lists_may_be_repeated_or_have_commas() -> None:
    given = {"forwarded_allow_ips": ["10.0.0.1, 10.0.0.2", "unix,"], "forwarded_fields": ["host"]}
    config = Sources(given).read()
    assert config.forwarded_allow_ips == ("10.0.0.1", "10.0.0.2", "unix")
    assert config.forwarded_fields == ("host",)


def test_a_flag_with_its_default_is_the_same_as_none() -> None:
    given = {row.name: row.default_text for row in OPTIONS if row.default_text}
    given_lists = {**given, "bind": ["127.0.0.1:8000"]}
    assert Sources(given_lists).read() == Config()


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


class TestFile:
    @pytest.fixture
    def sources(self, tmp_path: Path) -> Callable[..., Sources]:
        def write(text: str, **flags: str | list[str]) -> Sources:
            path = tmp_path / "options.toml"
            path.write_text(text, encoding="utf-8")
            return Sources(flags, file=str(path))

        return write

    def test_it_is_between_the_flags_and_the_defaults(
        self, sources: Callable[..., Sources]
    ) -> None:
        text = 'backlog = 7\nworkers = 3\nresponse_headers = ["a: b"]\numask = "027"\n'
        wanted = Config(backlog=8, workers=3, response_headers=("a: b",), umask=0o027)
        assert sources(text, backlog="8").read() == wanted

    def test_both_together_are_checked(self, sources: Callable[..., Sources]) -> None:
        assert sources("max_requests_jitter = 5", max_requests="10").read().max_requests == 10

    @pytest.mark.parametrize(
        ("text", "flags", "bind"),
        [
            ('bind = ["a:1", "unix:x"]', {}, ("a:1", "unix:x")),
            ('bind = ["a:1", "b:2"]', {"bind": ["c:3"]}, ("c:3",)),
            ("port = 9", {"bind": ["c:3"]}, ("c:3",)),
            ("port = 9", {"host": "c"}, ("c:9",)),
            ('bind = ["a:1"]', {"host": "c"}, ("c:1",)),
            ('bind = ["a:1"]', {"port": "2"}, ("a:2",)),
        ],
    )
    def test_listeners(
        self,
        sources: Callable[..., Sources],
        text: str,
        flags: dict[str, str | list[str]],
        bind: tuple[str, ...],
    ) -> None:
        assert sources(text, **flags).read().bind == bind

    def test_inherited_ones_serve_where_nothing_names_any(self) -> None:
        inherited = ("fd://3",)
        assert Sources(inherited=inherited).read().bind == inherited
        assert Sources({"port": "1"}, inherited=inherited).read().bind == ("127.0.0.1:1",)

    @pytest.mark.parametrize(
        ("text", "flags", "lines"),
        [
            (
                'nope = 1\nbacklog = "x"\numask = "9"',
                {"workers": "0"},
                [
                    "FILE: nope: there is no such option",
                    "FILE: backlog: must be a whole number, not 'x'",
                    "--workers: must be from 1 to 1024, not 0",
                    "FILE: umask: must be an octal number, not '9'",
                ],
            ),
            (
                'bind = ["a:1"]\nport = 2',
                {},
                ["FILE: bind: cannot be combined with host or port"],
            ),
            (
                'bind = ["unix:x"]',
                {"port": "2"},
                ["FILE: bind: can be changed by --host and --port only where it is"],
            ),
            ("a = ", {}, ["--config: cannot read 'FILE': "]),
        ],
    )
    def test_faults(
        self,
        sources: Callable[..., Sources],
        text: str,
        flags: dict[str, str | list[str]],
        lines: list[str],
    ) -> None:
        wanted = sources(text, **flags)
        with pytest.raises(ConfigError) as caught:
            wanted.read()
        found = str(caught.value).replace(str(wanted.file), "FILE").splitlines()
        assert [line[: len(start)] for line, start in zip(found, lines, strict=True)] == lines
