"""Owns the tests of what is remembered of streams that are not open.

Does not test the frames that are refused by it (conformance, section 5.1).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, RemoteProtocolError
from h2c_core._drain import Drain
from h2c_core._outbound import Outbound
from h2c_core._stream_ids import REMEMBERED_GAPS, REMEMBERED_RESETS, StreamIds
from tests.h2c_core.recorder import Recorder, Watch


def numbered(*stream_ids: int) -> tuple[StreamIds, Drain]:
    drain = Drain(Outbound(Recorder(Watch()), Limits()))
    ids = StreamIds(drain)
    for stream_id in stream_ids:
        ids.count(stream_id)
    return ids, drain


def refused_closed(ids: StreamIds, stream_id: int) -> int:
    """The error code of DATA on a stream that is not open; NO_ERROR where it is passed over."""
    try:
        ids.refuse_closed(stream_id, "DATA")
    except RemoteProtocolError as error:
        return error.error_code
    return ErrorCodes.NO_ERROR


def test_highest_number_is_told_to_the_drain() -> None:
    _, drain = numbered(1, 3, 9)
    assert drain.last_stream_id == 9


@pytest.mark.parametrize("stream_id", [2, 2**31 - 2])
def test_even_numbers_are_refused(stream_id: int) -> None:
    ids, drain = numbered(1)
    with pytest.raises(RemoteProtocolError) as caught:
        ids.count(stream_id)
    assert caught.value.error_code == ErrorCodes.PROTOCOL_ERROR
    assert drain.last_stream_id == 1


def test_idle_closed_and_reset_streams_are_told_apart() -> None:
    ids, _ = numbered(1, 3, 5)
    ids.remember_reset(3)
    assert refused_closed(ids, 1) == ErrorCodes.STREAM_CLOSED
    assert refused_closed(ids, 3) == ErrorCodes.NO_ERROR
    assert refused_closed(ids, 7) == ErrorCodes.PROTOCOL_ERROR
    assert refused_closed(ids, 2) == ErrorCodes.PROTOCOL_ERROR


def test_what_comes_after_the_last_goaway_is_passed_over() -> None:
    ids, drain = numbered(1)
    drain.is_final = True
    assert refused_closed(ids, 3) == ErrorCodes.NO_ERROR
    ids.refuse_idle(3, "WINDOW_UPDATE")


def test_memory_of_resets_is_bounded_and_forgotten_ones_have_the_benefit_of_doubt() -> None:
    ids, _ = numbered(1)
    last = 2 * (REMEMBERED_RESETS + 100) + 1
    for stream_id in range(3, last + 1, 2):
        ids.count(stream_id)
        ids.remember_reset(stream_id)
    assert len(ids._resets) == REMEMBERED_RESETS
    assert refused_closed(ids, 3) == ErrorCodes.NO_ERROR
    assert refused_closed(ids, last) == ErrorCodes.NO_ERROR
    ids.count(last + 2)
    assert refused_closed(ids, last + 2) == ErrorCodes.STREAM_CLOSED


@pytest.mark.parametrize(
    ("stream_id", "is_skipped"), [(1, False), (3, True), (7, True), (9, False)]
)
def test_skipped_numbers_are_not_opened_afterwards(stream_id: int, *, is_skipped: bool) -> None:
    ids, _ = numbered(1, 9)
    if is_skipped:
        with pytest.raises(RemoteProtocolError) as caught:
            ids.refuse_skipped(stream_id)
        assert caught.value.error_code == ErrorCodes.PROTOCOL_ERROR
    else:
        ids.refuse_skipped(stream_id)


def test_memory_of_skipped_numbers_is_bounded() -> None:
    ids, _ = numbered(*range(1, 4 * REMEMBERED_GAPS * 3, 4))
    assert len(ids._gaps) == REMEMBERED_GAPS
