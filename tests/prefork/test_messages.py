"""What a worker is told."""

import socket

from prefork._messages import Accept, Connection, Hold, ReopenLogs, Stop, StopNow
from prefork._reasons import StopReason


def test_messages_without_content_are_equal() -> None:
    assert {StopNow(), StopNow(), Accept(), Hold(), ReopenLogs()} == {
        StopNow(),
        Accept(),
        Hold(),
        ReopenLogs(),
    }
    assert Stop(StopReason.STOPPED) != Stop(StopReason.RESTARTED)


def test_a_connection_is_matched_by_its_parts() -> None:
    with socket.socket() as sock:
        match Connection(sock, 3):
            case Connection(socket=taken, listener=index):
                assert (taken, index) == (sock, 3)
