"""Every option that a part of the server is made of reaches that part."""

import math
import sys
from typing import cast

from asgi_bridge import DefaultHeaders, Exchange
from h2c_core import Connection
from h2corn._assembly import (
    concurrency_limit,
    http1_maker,
    http2_maker,
    lifetime_of,
    request_options,
)
from h2corn._concurrency import ConcurrencyLimit
from h2corn._http1 import Http1Connection
from h2corn.config import Config
from tests.h2corn.http1_shell import Shell as Handler
from tests.h2corn.running import hello


def added(config: Config) -> dict[bytes, bytes]:
    """Return the fields that are added to a response."""
    fields: list[tuple[bytes, bytes]] = []
    request_options(config, None).default_headers.add_to(fields, ())
    return dict(fields)


def test_fields() -> None:
    assert added(Config()).keys() == {b"date"}
    assert added(Config(date_header=False)) == {}
    config = Config(date_header=False, server_header=True, response_headers=("A: b", "c:d"))
    assert added(config) == {b"server": b"h2corn", b"a": b"b", b"c": b"d"}


def test_requests() -> None:
    options = request_options(Config(), None)
    assert (options.root_path, options.max_body_size) == ("", 1_073_741_824)
    assert options.on_leave is None
    config = Config(root_path="/a", max_request_body_size=0, cancel_on_disconnect=True)
    options = request_options(config, None)
    assert (options.root_path, options.max_body_size) == ("/a", sys.maxsize)
    assert options.cancel_on_disconnect
    config = Config(websocket_max_message_size=5)
    assert request_options(config, None).websockets.max_message_size == 5


def test_concurrency() -> None:
    assert concurrency_limit(hello, Config()) is None
    limit = concurrency_limit(hello, Config(limit_concurrency=2, limit_concurrency_queue=3))
    assert isinstance(limit, ConcurrencyLimit)
    on_leave = request_options(Config(), limit).on_leave
    assert on_leave is not None

    class Request:
        scope = object()

    on_leave(cast("Exchange", Request()))
    assert limit.waiting == 0


def test_lifetime() -> None:
    assert lifetime_of(Config()).max_requests == 0
    assert lifetime_of(Config()).end(3.0) == math.inf
    lifetime = lifetime_of(Config(max_connection_age=50, max_connection_requests=7))
    assert lifetime.max_requests == 7
    assert 48.0 <= lifetime.end(3.0) <= 58.0


def test_engines() -> None:
    config = Config(max_concurrent_streams=7, limit_request_fields=3, h2c_upgrade=True)
    handler = Handler()
    http1 = http1_maker(config, DefaultHeaders(float, server=b"me"))(handler)  # type: ignore[arg-type]
    assert isinstance(http1, Http1Connection)
    assert http1.offers_h2c
    http1.receive_data(b"nonsense\r\n", 0)
    head = http1.data_to_send().split(b"\r\n")
    assert head[0] == b"HTTP/1.1 400 Bad Request"
    assert head.count(b"server: me") == 1
    assert head.count(b"date: Thu, 01 Jan 1970 00:00:00 GMT") == 1
    http2 = http2_maker(config)(handler)  # type: ignore[arg-type]
    assert isinstance(http2, Connection)
    assert b"\x00\x03\x00\x00\x00\x07" in http2.data_to_send()
