"""Owns the options about what all requests have in common: limits, times and added fields.

Does not check them; `config` does.
"""

from dataclasses import dataclass

from h2corn._options import MAX_INT31, MAX_INT63, MAX_SECONDS, Option, option, time_limit
from h2corn._request_policy import RequestPolicy

__all__ = ["LimitOptions"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class LimitOptions:
    """What a client may ask for, and how slowly."""

    max_request_body_size: int = option(
        1_073_741_824,
        Option(
            section="Limits",
            unit="bytes",
            minimum=0,
            maximum=MAX_INT63,
            zero="no limit",
            help="Size of a request body. Answered with 413; without calling the application "
            "where the length is announced.",
        ),
    )
    """Bytes of a request body; 0 is no limit."""

    request_policies: tuple[RequestPolicy, ...] = option(
        (),
        Option(
            section="Limits",
            flag="--request-policy",
            metavar="POLICY",
            help="Other limits for one path, such as 'path=/upload/*,max_request_body_size=0'; "
            "timeout_request_body_idle and h2_timeout_response_stall as well. The first that fits "
            "goes. Repeat it for more paths.",
        ),
    )
    """Other limits for single paths; the first one whose path fits is the one that goes."""

    limit_concurrency: int = option(
        0,
        Option(
            section="Limits",
            metavar="REQUESTS",
            minimum=0,
            maximum=MAX_INT31,
            zero="no limit",
            help="Requests and WebSockets that the application works on at a time. Those above it "
            "wait in the queue, or get 503.",
        ),
    )
    """Requests and WebSockets that the application works on at a time; 0 is no limit."""

    limit_concurrency_queue: int = option(
        0,
        Option(
            section="Limits",
            metavar="REQUESTS",
            minimum=0,
            maximum=MAX_INT31,
            zero="no queue",
            help="Requests that may wait for one of those to end, where there is such a limit. "
            "Those above it get 503, and so do those whose clients close their side meanwhile.",
        ),
    )
    """Requests that may wait where `limit_concurrency` are worked on; 0 lets none wait."""

    limit_connections: int = option(
        0,
        Option(
            section="Limits",
            metavar="CONNECTIONS",
            minimum=0,
            maximum=MAX_INT31,
            zero="no limit",
            help="Connections that may be open at a time. Those above it are told so (503, or "
            "GOAWAY) and closed.",
        ),
    )
    """Connections that may be open at a time; 0 is no limit."""

    max_connection_requests: int = option(
        0,
        Option(
            section="Limits",
            metavar="REQUESTS",
            minimum=0,
            maximum=MAX_INT31,
            zero="no limit",
            help="Requests on one connection after which its client is asked for a new one: by "
            "GOAWAY, or by the last response in HTTP/1.",
        ),
    )
    """Requests on one connection after which its client is asked for a new one; 0 is no limit."""

    timeout_handshake: float = option(
        5.0,
        Option(
            section="Timeouts",
            unit="seconds",
            above=0,
            maximum=MAX_SECONDS,
            help="Time that a connection has to say which protocol it speaks.",
        ),
    )
    """Seconds that a connection has to say which protocol it speaks."""

    timeout_graceful_shutdown: float = option(
        30.0,
        Option(
            section="Timeouts",
            unit="seconds",
            minimum=0,
            maximum=MAX_SECONDS,
            zero="ends them at once",
            help="Time that running requests have to end when the server stops.",
        ),
    )
    """Seconds that running requests have to end when the server stops; 0 ends them at once."""

    timeout_keep_alive: float = option(
        120.0,
        time_limit(
            section="Timeouts",
            help="Time that a connection may be idle. Longer than the proxy's, so that it is "
            "the proxy who closes.",
        ),
    )
    """Seconds that a connection may be idle; 0 is no limit."""

    max_connection_age: float = option(
        0.0,
        time_limit(
            section="Timeouts",
            help="Time after which the client of a connection is asked for a new one, so that load "
            "moves to new workers and servers. Up to a tenth more or less. What runs, may end.",
        ),
    )
    """Seconds after which the client of a connection is asked for a new one, a tenth more or less;
    0 is no limit. What runs on it, a WebSocket too, may come to its end."""

    timeout_request_header: float = option(
        10.0,
        time_limit(
            section="Timeouts",
            help="Time that a request head may take from its first byte on.",
        ),
    )
    """Seconds that a request head may take from its first byte on; 0 is no limit."""

    timeout_request_body_idle: float = option(
        60.0,
        time_limit(
            section="Timeouts",
            help="Time without a byte of a request body that is waited for, until the response "
            "begins. Answered with 408.",
        ),
    )
    """Seconds without a byte of a request body that is waited for, until the response begins; 0 is
    no limit."""

    timeout_write: float = option(
        60.0,
        time_limit(
            section="Timeouts",
            help="Time in which a client must take some of what is written to it. Then its "
            "connection is cut.",
        ),
    )
    """Seconds in which a client must take some of what is written to it; 0 is no limit."""

    date_header: bool = option(
        True,
        Option(section="Responses", help="Add a date field, where the application has none."),
    )
    """Whether responses get a `date` field (RFC 9110 section 6.6.1)."""

    server_header: bool = option(
        False,
        Option(section="Responses", help="Add a server field that says h2corn."),
    )
    """Whether responses get the field `server: h2corn` (RFC 9110 section 10.2.4)."""

    response_headers: tuple[str, ...] = option(
        (),
        Option(
            section="Responses",
            flag="--header",
            metavar="FIELD",
            help="Field for every response, such as 'via: me', unless the application sends one "
            "of its name. Repeat it for more fields.",
        ),
    )
    """Fields for every response, each as `name: value`; one that the application sends itself is
    left out."""
