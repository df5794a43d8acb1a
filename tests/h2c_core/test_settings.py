"""Owns the tests of reading and writing SETTINGS. Does not test what a new value changes."""

import pytest
from h2.errors import ErrorCodes
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import Limits, RemoteProtocolError
from h2c_core._settings import local_settings, parse_settings
from tests.h2c_core import wire


def test_announcement_leaves_out_what_is_the_default() -> None:
    [frame] = wire.FrameReader().feed(local_settings(Limits()))
    announced = dict(frame.settings)
    assert wire.HEADER_TABLE_SIZE not in announced
    assert announced[wire.MAX_CONCURRENT_STREAMS] == 256
    [frame] = wire.FrameReader().feed(local_settings(Limits(header_table_size=0)))
    assert dict(frame.settings)[wire.HEADER_TABLE_SIZE] == 0


@given(st.lists(st.tuples(st.integers(10, 2**16 - 1), st.integers(0, 2**32 - 1))))
def test_unknown_values_are_read_in_order(values: list[tuple[int, int]]) -> None:
    data = b"before" + wire.settings(*values)[9:] + b"after"
    assert parse_settings(data, 6, len(data) - 5) == values


def test_same_identifier_twice_keeps_both() -> None:
    data = wire.settings((4, 1), (4, 2))[9:]
    assert parse_settings(data, 0, len(data)) == [(4, 1), (4, 2)]


@pytest.mark.parametrize("size", [1, 5, 7])
def test_size_that_is_no_multiple_of_six(size: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse_settings(bytes(size), 0, size)
    assert caught.value.error_code == ErrorCodes.FRAME_SIZE_ERROR


@pytest.mark.parametrize(
    ("identifier", "value", "code"),
    [
        (2, 2, ErrorCodes.PROTOCOL_ERROR),
        (4, 2**31, ErrorCodes.FLOW_CONTROL_ERROR),
        (5, 16383, ErrorCodes.PROTOCOL_ERROR),
        (5, 2**24, ErrorCodes.PROTOCOL_ERROR),
        (8, 2, ErrorCodes.PROTOCOL_ERROR),
        (9, 2, ErrorCodes.PROTOCOL_ERROR),
    ],
)
def test_forbidden_values(identifier: int, value: int, code: ErrorCodes) -> None:
    data = wire.settings((1, 0), (identifier, value))[9:]
    with pytest.raises(RemoteProtocolError) as caught:
        parse_settings(data, 0, len(data))
    assert caught.value.error_code == code
