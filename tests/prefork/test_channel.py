"""The two ends of a channel, over a socket that keeps records apart and over one that does not."""

import fcntl
import os
import socket
from collections.abc import Iterator

import pytest

from prefork._channel import MAX_DESCRIPTORS, Channel, Received, Sent
from prefork._records import RECORD_SIZE, Kind, Record, encode
from tests.prefork.isolated import check_isolated

REPORT = Record(Kind.REPORT, b=1, c=2, d=3, e=4)


@pytest.fixture(params=["records", "stream"])
def pair(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Channel, Channel]]:
    if request.param == "stream":
        monkeypatch.delattr(socket, "SOCK_SEQPACKET", raising=False)
    left, right = Channel.pair()
    yield left, right
    left.close()
    right.close()


@pytest.fixture
def raw() -> Iterator[tuple[socket.socket, Channel]]:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    channel = Channel(right)
    yield left, channel
    left.close()
    channel.close()


def received(channel: Channel) -> Received:
    found = channel.receive()
    assert found is not None
    return found


def test_records_come_in_order_both_ways(pair: tuple[Channel, Channel]) -> None:
    left, right = pair
    for number in range(5):
        assert left.send(Record(Kind.STOP, a=number)) is Sent.DONE
    assert right.send(REPORT) is Sent.DONE
    assert [received(right).record.a for _ in range(5)] == list(range(5))
    assert right.receive() is None
    assert not right.is_ended
    assert received(left) == Received(REPORT, (), is_truncated=False)


def test_descriptors_come_beside_their_record(pair: tuple[Channel, Channel]) -> None:
    left, right = pair
    reading, writing = os.pipe()
    left.send(REPORT)
    assert left.send(Record(Kind.CONNECTION, c=9), reading, writing) is Sent.DONE
    left.send(REPORT)
    os.close(reading)
    os.close(writing)
    assert received(right).descriptors == ()
    found = received(right)
    assert found.record.c == 9
    assert not found.is_truncated
    os.write(found.descriptors[1], b"through")
    assert os.read(found.descriptors[0], 10) == b"through"
    for number in found.descriptors:
        assert fcntl.fcntl(number, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
        os.close(number)
    assert received(right).descriptors == ()


def test_the_stated_number_of_descriptors_fits(pair: tuple[Channel, Channel]) -> None:
    left, right = pair
    assert left.send(REPORT, *[0] * MAX_DESCRIPTORS) is Sent.DONE
    found = received(right)
    assert len(found.descriptors) == MAX_DESCRIPTORS
    assert not found.is_truncated
    for number in found.descriptors:
        os.close(number)


def test_a_full_channel_is_said_and_takes_more_later(pair: tuple[Channel, Channel]) -> None:
    left, right = pair
    count = 0
    while left.send(Record(Kind.RETURNED, c=count)) is Sent.DONE:
        count += 1
    assert count > 60
    assert left.send(REPORT) is Sent.FULL
    # On a stream the last one may have been cut; it is whole once there is room.
    numbers = []
    while (found := right.receive()) is not None:
        numbers.append(found.record.c)
    assert left.send(Record(Kind.RETURNED, c=count)) is Sent.DONE
    while (found := right.receive()) is not None:
        numbers.append(found.record.c)
    assert numbers == list(range(count + 1))


def test_the_end_comes_after_all_that_was_sent(pair: tuple[Channel, Channel]) -> None:
    left, right = pair
    left.send(REPORT)
    left.close()
    ends = [right.is_ended]
    assert received(right).record == REPORT
    ends.append(right.is_ended)
    assert right.receive() is None
    ends.append(right.is_ended)
    assert right.receive() is None
    assert ends == [False, False, True]
    assert right.send(REPORT) is Sent.GONE


def test_a_peer_that_ends_with_records_unread_loses_none_of_its_own(
    pair: tuple[Channel, Channel],
) -> None:
    left, right = pair
    right.send(Record(Kind.STOP))
    left.send(REPORT)
    left.close()
    assert received(right).record == REPORT
    assert right.receive() is None
    assert right.is_ended


def test_sending_to_a_peer_that_ended_with_records_unread(pair: tuple[Channel, Channel]) -> None:
    left, right = pair
    right.send(Record(Kind.STOP))
    left.close()
    assert [right.send(REPORT), right.send(REPORT)] == [Sent.GONE, Sent.GONE]


def test_a_descriptor_that_is_not_open_is_the_callers_fault(
    pair: tuple[Channel, Channel],
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    with pytest.raises(OSError, match="descriptor"):
        pair[0].send(REPORT, writing)


def test_a_stream_may_cut_a_record(raw: tuple[socket.socket, Channel]) -> None:
    sock, channel = raw
    reading, writing = os.pipe()
    data = encode(REPORT)
    socket.send_fds(sock, [data[:5]], [reading])
    assert channel.receive() is None
    sock.send(data[5:] + data[:1])
    found = received(channel)
    assert found.record == REPORT
    assert len(found.descriptors) == 1
    assert channel.receive() is None
    sock.send(data[1:])
    assert received(channel) == Received(REPORT, (), is_truncated=False)
    for number in (reading, writing, *found.descriptors):
        os.close(number)


def test_a_record_that_the_end_cuts_off_leaves_no_descriptor_open(
    raw: tuple[socket.socket, Channel],
) -> None:
    sock, channel = raw
    reading, writing = os.pipe()
    socket.send_fds(sock, [b"\x01"], [writing])
    os.close(writing)
    sock.close()
    assert channel.receive() is None
    assert channel.is_ended
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_nonsense_is_an_error_and_leaves_no_descriptor_open(
    raw: tuple[socket.socket, Channel],
) -> None:
    sock, channel = raw
    reading, writing = os.pipe()
    socket.send_fds(sock, [b"\xff" * RECORD_SIZE], [writing])
    os.close(writing)
    with pytest.raises(ValueError, match="255"):
        channel.receive()
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_a_descriptor_that_cannot_be_taken_is_noticed() -> None:
    outcome = check_isolated("""
        import resource
        from prefork._channel import Channel
        from prefork._records import Kind, Record

        left, right = Channel.pair()
        left.send(Record(Kind.CONNECTION, c=7), 0)
        left.send(Record(Kind.CONNECTION, c=8), 0)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        soft = max(map(int, os.listdir("/proc/self/fd"))) + 1 if os.path.exists("/proc") else 10
        taken = []
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        try:
            while True:
                taken.append(os.dup(0))
        except OSError:
            pass
        found = right.receive()
        assert (found.record.c, found.descriptors, found.is_truncated) == (7, (), True), found
        os.close(taken.pop())
        found = right.receive()
        assert (found.record.c, len(found.descriptors), found.is_truncated) == (8, 1, False), found
    """)
    assert outcome.err == ""
