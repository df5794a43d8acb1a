"""Owns the list of which test tells of each option what it does to a running server.

Does not test it: `test_option_tests` sees that the list is whole, and that these tests are there.
"""

from typing import Final

__all__ = ["OPTION_TESTS"]

OPTION_TESTS: Final = {
    "root_path": "test_cli.py::test_root_path",
    "loop": "test_cli.py::test_loop",
    "lifespan": "asgi/test_lifespan.py::test_a_lifespan_that_is_off",
    "timeout_lifespan_startup": "test_lifespan.py::test_startup_that_takes_too_long",
    "timeout_lifespan_shutdown": (
        "test_lifespan.py::test_shutdown_that_takes_too_long_ends_all_the_same"
    ),
    "cancel_on_disconnect": (
        "asgi/test_stopping.py::test_handlers_are_cancelled_when_their_clients_leave"
    ),
    "bind": "asgi/test_scope.py::test_unix_socket",
    "host": "test_cli.py::test_host_and_port",
    "port": "test_cli.py::test_host_and_port",
    "uds_permissions": "test_workers_process.py::test_a_unix_socket_belongs_to_them",
    "backlog": "test_limit_effects.py::test_backlog",
    "workers": "test_workers.py::test_both_of_two_serve",
    "runtime_threads": "test_option_effects.py::test_runtime_threads",
    "max_requests": "test_workers.py::test_a_worker_that_has_done_enough_retires",
    "max_requests_jitter": "test_workers.py::test_a_worker_may_do_more_by_the_jitter",
    "max_worker_memory": "test_workers.py::test_a_worker_that_has_grown_retires",
    "timeout_worker_healthcheck": (
        "test_workers.py::test_a_blocked_worker_tells_where_and_is_replaced"
    ),
    "reuse_port": "test_workers_process.py::test_a_listener_for_each",
    "preload": "test_workers_process.py::test_the_application_is_imported_once",
    "pid": "test_workers_process.py::test_it_holds_the_supervisor_and_goes_with_it",
    "user": "test_workers_process.py::test_workers_are_somebody_else",
    "group": "test_workers_process.py::test_only_the_group",
    "umask": "test_workers_process.py::test_the_mask_of_new_files",
    "max_concurrent_streams": "test_limit_effects.py::test_max_concurrent_streams",
    "h2_max_header_list_size": "test_limit_effects.py::test_h2_max_header_list_size",
    "h2_max_header_block_size": "test_limit_effects.py::test_h2_max_header_block_size",
    "h2_max_inbound_frame_size": "test_limit_effects.py::test_h2_max_inbound_frame_size",
    "h2_initial_stream_window_size": "test_option_effects.py::test_h2_initial_stream_window_size",
    "h2_initial_connection_window_size": (
        "test_option_effects.py::test_h2_initial_connection_window_size"
    ),
    "h2_timeout_response_stall": "test_timeouts.py::test_responses_that_stall",
    "http1": "test_option_effects.py::test_http1",
    "h2c_upgrade": "test_option_effects.py::test_h2c_upgrade",
    "limit_request_head_size": "test_limit_effects.py::test_limit_request_head_size",
    "limit_request_line": "test_limit_effects.py::test_limit_request_line",
    "limit_request_fields": "test_limit_effects.py::test_limit_request_fields",
    "limit_request_field_size": "test_limit_effects.py::test_limit_request_field_size",
    "websocket_max_message_size": (
        "test_option_effects.py::test_websocket_max_message_size_inherits"
    ),
    "websocket_per_message_deflate": "test_websocket_sessions.py::test_without_deflate",
    "websocket_ping_interval": "test_websocket_ends.py::test_pings",
    "websocket_ping_timeout": "test_websocket_ends.py::test_pings",
    "proxy_headers": "test_field_effects.py::test_proxy_headers",
    "forwarded_allow_ips": "test_field_effects.py::test_forwarded_allow_ips",
    "forwarded_fields": "test_field_effects.py::test_forwarded_fields",
    "proxy_protocol": "test_field_effects.py::test_proxy_protocol",
    "max_request_body_size": "test_limit_effects.py::test_max_request_body_size",
    "request_policies": "test_request_policies.py::test_root_paths_are_no_part_of_the_path",
    "limit_concurrency": "test_limits.py::test_requests_above_the_limit_are_refused",
    "limit_concurrency_queue": "test_limits.py::test_requests_wait_for_their_turn",
    "limit_connections": "test_limits.py::test_connections_above_the_limit_are_told",
    "max_connection_requests": "test_limit_effects.py::test_max_connection_requests",
    "timeout_handshake": "test_timeouts.py::test_who_says_nothing_gets_no_answer",
    "timeout_graceful_shutdown": (
        "test_extensions_ends.py::test_events_that_do_not_listen_end_at_the_timeout"
    ),
    "timeout_keep_alive": "test_timeouts.py::test_idle_connections_of_http1_are_closed",
    "max_connection_age": "test_limit_effects.py::test_max_connection_age",
    "timeout_request_header": "test_timeouts.py::test_slow_heads_of_http1_are_refused",
    "timeout_request_body_idle": (
        "test_timeouts.py::test_bodies_of_http1_that_do_not_go_on_are_refused"
    ),
    "timeout_write": "test_extensions_files.py::test_client_that_stalls_is_cut_off",
    "date_header": "test_field_effects.py::test_date_header",
    "server_header": "test_field_effects.py::test_server_header",
    "response_headers": "test_field_effects.py::test_response_headers",
    "access_log": "test_console.py::test_no_access_log",
    "log_format": "test_logging.py::test_json",
    "access_log_format": "test_logging.py::test_a_format",
    "access_log_file": "test_logging.py::test_a_file_that_is_moved_away",
    "log_config": "test_logging.py::test_a_configuration_of_logging",
    "log_mask_query": "test_logging.py::test_masked_parameters",
}
"""By the name of its option, a test by its module below this folder and its name."""
