"""Tests of the times of pings."""

from math import inf

from asgi_bridge._ws_heartbeat import Beat, Heartbeat


def beat(
    heartbeat: Heartbeat,
    now: float,
    received: int = 0,
    *,
    is_deaf: bool = False,
    is_full: bool = False,
) -> Beat:
    return heartbeat.on_timer(now, received, is_deaf=is_deaf, is_full=is_full)


def test_that_a_ping_is_due_at_each_interval() -> None:
    heartbeat = Heartbeat(60, 30, 1000)
    assert heartbeat.next_deadline() == 1060
    assert beat(heartbeat, 1059) is Beat.NOTHING
    assert beat(heartbeat, 1060) is Beat.PING
    assert heartbeat.next_deadline() == 1090
    assert beat(heartbeat, 1090, 1) is Beat.NOTHING
    assert heartbeat.next_deadline() == 1120
    assert beat(heartbeat, 1120, 1) is Beat.PING


def test_that_silence_after_a_ping_is_death() -> None:
    heartbeat = Heartbeat(60, 30, 0)
    assert beat(heartbeat, 60, 7) is Beat.PING
    assert beat(heartbeat, 89, 7) is Beat.NOTHING
    assert beat(heartbeat, 90, 7) is Beat.DEAD


def test_that_a_timeout_may_be_longer_than_the_interval() -> None:
    heartbeat = Heartbeat(10, 25, 0)
    assert beat(heartbeat, 10) is Beat.PING
    assert heartbeat.next_deadline() == 20
    assert beat(heartbeat, 20) is Beat.PING
    assert beat(heartbeat, 30) is Beat.PING
    assert heartbeat.next_deadline() == 35
    assert beat(heartbeat, 35) is Beat.DEAD


def test_that_without_a_timeout_nobody_dies() -> None:
    heartbeat = Heartbeat(10, 0, 0)
    for now in range(10, 1000, 10):
        assert beat(heartbeat, now) is Beat.PING
    assert heartbeat.next_deadline() < inf


def test_that_silence_does_not_count_while_the_server_does_not_read() -> None:
    heartbeat = Heartbeat(60, 30, 0)
    assert beat(heartbeat, 60) is Beat.PING
    assert beat(heartbeat, 90, is_deaf=True) is Beat.NOTHING
    assert beat(heartbeat, 110) is Beat.NOTHING
    assert beat(heartbeat, 120) is Beat.DEAD


def test_that_nothing_is_pinged_where_there_is_no_room() -> None:
    heartbeat = Heartbeat(60, 30, 0)
    assert beat(heartbeat, 60, is_full=True) is Beat.NOTHING
    assert heartbeat.next_deadline() == 120
    assert beat(heartbeat, 120) is Beat.PING
