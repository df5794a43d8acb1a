"""Owns the way from the options to the limits of the wire engines.

Does not check them; `Config` has, and the engines do once more.
"""

from typing import Final

from asgi_bridge import WebSocketLimits
from h2c_core import Limits
from h2corn._http1_limits import Http1Limits
from h2corn.config import Config

__all__ = ["NO_LIMIT", "http1_limits", "http2_limits", "websocket_limits"]

NO_LIMIT: Final = 2**31 - 1
"""What an option of 0 stands for where that means no limit: 2 GiB of one request's head is more
than an engine reads in a day of the time that it has for it."""


def http2_limits(config: Config) -> Limits:
    """Return the limits of an HTTP/2 connection."""
    return Limits(
        max_concurrent_streams=config.max_concurrent_streams,
        max_header_list_size=config.h2_max_header_list_size or NO_LIMIT,
        max_header_block_size=config.h2_max_header_block_size or NO_LIMIT,
        max_inbound_frame_size=config.h2_max_inbound_frame_size,
        initial_stream_window=config.h2_initial_stream_window_size,
        initial_connection_window=config.h2_initial_connection_window_size,
        timeout_preface=config.timeout_handshake,
        timeout_idle=config.timeout_keep_alive,
        timeout_header_block=config.timeout_request_header,
        timeout_body=config.timeout_request_body_idle,
        timeout_response_stall=config.h2_timeout_response_stall,
        timeout_write=config.timeout_write,
        enable_connect_protocol=True,
    )


def http1_limits(config: Config) -> Http1Limits:
    """Return the limits of an HTTP/1 connection."""
    return Http1Limits(
        max_request_line=config.limit_request_line or NO_LIMIT,
        max_head=config.limit_request_head_size or NO_LIMIT,
        max_fields=config.limit_request_fields or NO_LIMIT,
        max_field=config.limit_request_field_size or NO_LIMIT,
        timeout_keep_alive=config.timeout_keep_alive,
        timeout_request_header=config.timeout_request_header,
        timeout_request_body_idle=config.timeout_request_body_idle,
        timeout_response_stall=config.timeout_write,
    )


def websocket_limits(config: Config) -> WebSocketLimits:
    """Return the limits of a WebSocket."""
    size = config.websocket_max_message_size
    return WebSocketLimits(
        max_message_size=config.max_request_body_size if size is None else size,
        per_message_deflate=config.websocket_per_message_deflate,
        ping_interval=config.websocket_ping_interval,
        ping_timeout=config.websocket_ping_timeout,
    )
