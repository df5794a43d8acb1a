"""Owns the parts of a server as its options ask for them.

Does not put them together; `server` does.
"""

import sys
import time

from asgi_bridge import ASGIApp, DefaultHeaders
from h2c_core import Connection, Field
from h2corn._added_fields import parse_field
from h2corn._application import RequestOptions
from h2corn._concurrency import ConcurrencyLimit
from h2corn._h2c_upgrade import Http2Maker
from h2corn._http1 import Http1Connection
from h2corn._lifetime import Lifetime
from h2corn._limits import http1_limits, http2_limits, websocket_limits
from h2corn._policies import policies_of
from h2corn._shell import EngineMaker
from h2corn.config import Config

__all__ = [
    "concurrency_limit",
    "http1_maker",
    "http2_maker",
    "lifetime_of",
    "request_options",
]


def concurrency_limit(app: ASGIApp, config: Config) -> ConcurrencyLimit | None:
    """Return what calls the application instead of the server; None where nothing is limited."""
    if not config.limit_concurrency:
        return None
    return ConcurrencyLimit(app, config.limit_concurrency, config.limit_concurrency_queue)


def request_options(config: Config, limit: ConcurrencyLimit | None) -> RequestOptions:
    """Return what requests need to know.

    Args:
        config: the options.
        limit: what is called instead of the application.
    """
    default_headers = DefaultHeaders(
        time.time,
        date=config.date_header,
        server=b"h2corn" if config.server_header else None,
        extra=[parse_field(text) for text in config.response_headers],
    )
    return RequestOptions(
        default_headers,
        config.root_path,
        config.max_request_body_size or sys.maxsize,
        websocket_limits(config),
        config.cancel_on_disconnect,
        policies_of(config),
        None if limit is None else limit.leave,
    )


def lifetime_of(config: Config) -> Lifetime:
    """Return how long connections live."""
    return Lifetime(config.max_connection_age, config.max_connection_requests)


def http2_maker(config: Config) -> Http2Maker:
    """Return what makes the engines of HTTP/2."""
    limits = http2_limits(config)
    return lambda handler: Connection(handler, limits)


def http1_maker(config: Config, default_headers: DefaultHeaders) -> EngineMaker:
    """Return what makes the engines of HTTP/1.

    Args:
        config: the options.
        default_headers: fields of the answers to what is no request, too.
    """
    limits = http1_limits(config)

    def added_fields() -> list[Field]:
        fields: list[Field] = []
        default_headers.add_to(fields, ())
        return fields

    return lambda handler: Http1Connection(
        handler, limits, offers_h2c=config.h2c_upgrade, added_fields=added_fields
    )
