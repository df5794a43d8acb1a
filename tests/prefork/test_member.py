"""What the supervisor holds of one worker, with a channel and no process."""

from collections.abc import Iterator

import pytest

from prefork._actions import Start
from prefork._channel import Channel
from prefork._member import Member
from prefork._options import Options
from prefork._records import Kind, Record

Ends = tuple[Member, Channel]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = Channel.pair()
    yield Member(Start(serial=5, slot=2, generation=1, max_tasks=0), Options(), ours), theirs
    ours.close()
    theirs.close()


def is_full(member: Member) -> bool:
    return member.has_outbox


def is_serving(member: Member) -> bool:
    return member.is_serving


def test_records_go_out_at_once(ends: Ends) -> None:
    member, worker = ends
    member.tell(Record(Kind.HOLD))
    received = worker.receive()
    assert received is not None
    assert received.record == Record(Kind.HOLD)
    assert not is_full(member)


def test_what_finds_no_room_waits_and_keeps_its_order(ends: Ends) -> None:
    member, worker = ends
    count = 0
    while not is_full(member):
        member.tell(Record(Kind.HOLD))
        count += 1
    member.tell(Record(Kind.STOP, a=1))
    found = []
    while Kind.STOP not in found:
        while (received := worker.receive()) is not None:
            found.append(received.record.kind)
        member.flush()
    assert found == [Kind.HOLD] * count + [Kind.STOP]


def test_a_worker_that_is_gone_is_told_nothing(ends: Ends) -> None:
    member, worker = ends
    worker.close()
    member.tell(Record(Kind.STOP))
    assert member.is_gone
    assert not is_full(member)
    member.close()


@pytest.mark.parametrize("fault", ["is_stopping", "is_hung", "is_gone"])
def test_who_serves(ends: Ends, fault: str) -> None:
    member, _ = ends
    assert not is_serving(member)
    member.is_ready = True
    assert is_serving(member)
    setattr(member, fault, True)
    assert not is_serving(member)


def test_nothing_waits_for_room_at_a_worker_that_is_gone(ends: Ends) -> None:
    member, _ = ends
    while not is_full(member):
        member.tell(Record(Kind.HOLD))
    member.is_gone = True
    assert not is_full(member)
