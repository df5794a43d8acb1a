"""The bytes of the control channel."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefork._records import RECORD_SIZE, Kind, Record, decode, encode

RECORDS = st.builds(
    Record,
    kind=st.sampled_from(Kind),
    a=st.integers(0, 2**16 - 1),
    b=st.integers(0, 2**32 - 1),
    c=st.integers(0, 2**64 - 1),
    d=st.integers(0, 2**64 - 1),
    e=st.integers(0, 2**64 - 1),
)


@given(RECORDS)
def test_a_record_survives_the_way(record: Record) -> None:
    data = encode(record)
    assert len(data) == RECORD_SIZE == 32
    assert decode(data) == record


def test_the_layout_stays_as_it_is() -> None:
    # A worker of an older generation may be spoken to by a newer supervisor one day.
    data = encode(Record(Kind.REPORT, a=1, b=2, c=3, d=4, e=5))
    assert data.hex(" ", 4) == (
        "12000100 02000000 03000000 00000000 04000000 00000000 05000000 00000000"
    )


@pytest.mark.parametrize("data", [b"", b"\x01", bytes(31), bytes(33)])
def test_another_size_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        decode(data)


@given(st.binary(min_size=RECORD_SIZE, max_size=RECORD_SIZE))
def test_garbage_is_a_record_or_a_value_error(data: bytes) -> None:
    try:
        record = decode(data)
    except ValueError:
        return
    assert record.kind in Kind


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(struct.error):
        encode(Record(Kind.STOP, a=2**16))
