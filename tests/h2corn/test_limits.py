"""Every option that limits an engine reaches it, and 0 means no limit."""

from asgi_bridge import WebSocketLimits
from h2c_core import Limits
from h2corn._http1_limits import Http1Limits
from h2corn._limits import NO_LIMIT, http1_limits, http2_limits, websocket_limits
from h2corn.config import Config


def test_http2() -> None:
    config = Config(
        max_concurrent_streams=3,
        h2_max_header_list_size=5000,
        h2_max_header_block_size=6000,
        h2_max_inbound_frame_size=17000,
        h2_initial_stream_window_size=18000,
        h2_initial_connection_window_size=70000,
        h2_timeout_response_stall=1.0,
        timeout_handshake=2.0,
        timeout_keep_alive=3.0,
        timeout_request_header=4.0,
        timeout_request_body_idle=0,
        timeout_write=5.0,
    )
    assert http2_limits(config) == Limits(
        max_concurrent_streams=3,
        max_header_list_size=5000,
        max_header_block_size=6000,
        max_inbound_frame_size=17000,
        initial_stream_window=18000,
        initial_connection_window=70000,
        timeout_response_stall=1.0,
        timeout_preface=2.0,
        timeout_idle=3.0,
        timeout_header_block=4.0,
        timeout_body=0,
        timeout_write=5.0,
        enable_connect_protocol=True,
    )


def test_http1() -> None:
    config = Config(
        limit_request_line=9000,
        limit_request_head_size=9001,
        limit_request_fields=7,
        limit_request_field_size=9002,
        timeout_keep_alive=3.0,
        timeout_request_header=4.0,
        timeout_request_body_idle=0,
        timeout_write=5.0,
    )
    assert http1_limits(config) == Http1Limits(
        max_request_line=9000,
        max_head=9001,
        max_fields=7,
        max_field=9002,
        timeout_keep_alive=3.0,
        timeout_request_header=4.0,
        timeout_request_body_idle=0,
        timeout_response_stall=5.0,
    )


def test_websockets() -> None:
    config = Config(
        websocket_max_message_size=0,
        websocket_per_message_deflate=False,
        websocket_ping_interval=5.0,
        websocket_ping_timeout=6.0,
    )
    assert websocket_limits(config) == WebSocketLimits(
        max_message_size=0, per_message_deflate=False, ping_interval=5.0, ping_timeout=6.0
    )


def test_the_defaults_of_the_options_are_those_of_the_engines() -> None:
    assert http2_limits(Config()) == Limits(enable_connect_protocol=True)
    assert http1_limits(Config()) == Http1Limits()
    assert websocket_limits(Config()) == WebSocketLimits()


def test_none() -> None:
    http2 = http2_limits(Config(h2_max_header_list_size=0, h2_max_header_block_size=0))
    assert (http2.max_header_list_size, http2.max_header_block_size) == (NO_LIMIT, NO_LIMIT)
    http1 = http1_limits(
        Config(
            limit_request_line=0,
            limit_request_head_size=0,
            limit_request_fields=0,
            limit_request_field_size=0,
        )
    )
    assert http1 == Http1Limits(
        max_request_line=NO_LIMIT, max_head=NO_LIMIT, max_fields=NO_LIMIT, max_field=NO_LIMIT
    )


def test_messages_of_websockets_as_large_as_bodies() -> None:
    config = Config(max_request_body_size=77, websocket_max_message_size=None)
    assert websocket_limits(config).max_message_size == 77
    endless = Config(max_request_body_size=0, websocket_max_message_size=None)
    assert websocket_limits(endless).max_message_size == 0
