"""Owns the options about the protocols: HTTP/2, HTTP/1 and WebSocket.

Does not check them; `config` does.
"""

from dataclasses import dataclass
from typing import Final

from h2corn._options import (
    MAX_INT31,
    MAX_SECONDS,
    MAX_UINT32,
    Option,
    option,
    size_limit,
    time_limit,
)

__all__ = ["ProtocolOptions"]

# SETTINGS_MAX_FRAME_SIZE lies between these (RFC 9113 6.5.2).
MIN_FRAME_SIZE: Final = 2**14
MAX_FRAME_SIZE: Final = 2**24 - 1
# What the window of a connection begins with; it can only be made larger (RFC 9113 6.9.2).
MIN_CONNECTION_WINDOW: Final = 2**16 - 1


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class ProtocolOptions:
    """How each protocol is spoken."""

    max_concurrent_streams: int = option(
        256,
        Option(
            section="HTTP/2",
            metavar="STREAMS",
            minimum=1,
            maximum=MAX_INT31,
            help="Streams that may be open at a time on one connection.",
        ),
    )
    """Streams that may be open at a time on one HTTP/2 connection."""

    h2_max_header_list_size: int = option(
        1_048_576,
        size_limit(
            section="HTTP/2",
            help="Size of a decoded header list, counted as RFC 9113 section 6.5.2 does.",
        ),
    )
    """Bytes of a decoded HTTP/2 header list (RFC 9113 section 6.5.2); 0 is no limit."""

    h2_max_header_block_size: int = option(
        1_048_576,
        size_limit(
            section="HTTP/2",
            help="Size of a compressed header block, over HEADERS and CONTINUATION frames.",
        ),
    )
    """Bytes of a compressed HTTP/2 header block; 0 is no limit."""

    h2_max_inbound_frame_size: int = option(
        65_536,
        Option(
            section="HTTP/2",
            unit="bytes",
            minimum=MIN_FRAME_SIZE,
            maximum=MAX_FRAME_SIZE,
            help="Payload of a frame that is accepted, and announced as SETTINGS_MAX_FRAME_SIZE.",
        ),
    )
    """Bytes of payload of an HTTP/2 frame that is accepted (RFC 9113 section 6.5.2)."""

    h2_initial_stream_window_size: int = option(
        262_144,
        Option(
            section="HTTP/2",
            unit="bytes",
            minimum=1,
            maximum=MAX_INT31,
            help="Body that a client may send on one stream before the application takes it, "
            "announced as SETTINGS_INITIAL_WINDOW_SIZE.",
        ),
    )
    """Bytes of body that an HTTP/2 client may send on one stream before the application takes it
    (RFC 9113 section 6.9.2)."""

    h2_initial_connection_window_size: int = option(
        4_194_304,
        Option(
            section="HTTP/2",
            unit="bytes",
            minimum=MIN_CONNECTION_WINDOW,
            maximum=MAX_INT31,
            help="Bodies that a client may have under way on all streams of a connection.",
        ),
    )
    """Bytes of bodies that an HTTP/2 client may have under way on one connection (RFC 9113
    section 6.9.2)."""

    h2_timeout_response_stall: float = option(
        60.0,
        time_limit(
            section="HTTP/2",
            help="Time that a response may wait for a client which opens no window or takes "
            "nothing. Then its stream, or the connection, ends.",
        ),
    )
    """Seconds that a response may wait for an HTTP/2 client which opens no window or takes
    nothing; 0 is no limit."""

    http1: bool = option(
        True,
        Option(
            section="HTTP/1",
            help="Speak HTTP/1.1 too. Meant for development: in production, --no-http1 makes "
            "a proxy that speaks it fail at once.",
        ),
    )
    """Whether HTTP/1.1 is spoken too."""

    h2c_upgrade: bool = option(
        False,
        Option(
            section="HTTP/1",
            help="Let HTTP/1.1 requests change to HTTP/2 by `Upgrade: h2c`. Not behind a proxy "
            "that passes the field on: what follows goes past its rules.",
        ),
    )
    """Whether `Upgrade: h2c` changes a connection of HTTP/1.1 to HTTP/2; without it the field is
    ignored, and HTTP/1.1 answers."""

    limit_request_head_size: int = option(
        1_048_576,
        size_limit(
            section="HTTP/1",
            help="Size of a whole request head.",
        ),
    )
    """Bytes of an HTTP/1 request head; 0 is no limit."""

    limit_request_line: int = option(
        16_384,
        size_limit(
            section="HTTP/1",
            help="Size of a request line.",
        ),
    )
    """Bytes of an HTTP/1 request line; 0 is no limit."""

    limit_request_fields: int = option(
        100,
        Option(
            section="HTTP/1",
            metavar="FIELDS",
            minimum=0,
            maximum=MAX_UINT32,
            zero="no limit",
            help="Header fields in a request.",
        ),
    )
    """Header fields in an HTTP/1 request; 0 is no limit."""

    limit_request_field_size: int = option(
        32_768,
        size_limit(
            section="HTTP/1",
            help="Size of one header field.",
        ),
    )
    """Bytes of one HTTP/1 header field; 0 is no limit."""

    websocket_max_message_size: int | None = option(
        16_777_216,
        size_limit(
            section="WebSocket",
            none_word="inherit",
            help="Size of a message that a client sends, after it was decompressed. A longer one "
            "closes the WebSocket with 1009. `inherit` takes that of --max-request-body-size.",
        ),
    )
    """Bytes of one WebSocket message from a client, decompressed; 0 is no limit, and None takes
    `max_request_body_size`."""

    websocket_per_message_deflate: bool = option(
        True,
        Option(
            section="WebSocket",
            help="Compress messages for clients that offer it (permessage-deflate).",
        ),
    )
    """Whether permessage-deflate (RFC 7692) is agreed to where a client offers it."""

    websocket_ping_interval: float = option(
        60.0,
        Option(
            section="WebSocket",
            unit="seconds",
            minimum=0,
            maximum=MAX_SECONDS,
            zero="no pings",
            help="Time between the pings that are sent to each client.",
        ),
    )
    """Seconds between the pings to each WebSocket client; 0 sends none."""

    websocket_ping_timeout: float = option(
        30.0,
        time_limit(
            section="WebSocket",
            help="Time that a client has to answer a ping, before its WebSocket is closed. Needs "
            "an interval.",
        ),
    )
    """Seconds that a WebSocket client has to answer a ping; 0 is no limit."""
