"""Owns the tests of reading priority values. Does not test what follows from one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._priority import (
    DEFAULT_URGENCY,
    INCREMENTAL,
    MAX_PRIORITY_SIZE,
    NO_PRIORITY,
    parse_priority,
)

DEFAULT = DEFAULT_URGENCY

READ = {
    b"": DEFAULT,
    b"  ": DEFAULT,
    b"u=0": 0,
    b"u=7": 7,
    b"i": DEFAULT + INCREMENTAL,
    b"u=1, i": 1 + INCREMENTAL,
    b"u=1,i": 1 + INCREMENTAL,
    b"i,u=1": 1 + INCREMENTAL,
    b" u=1 \t,\t i ": 1 + INCREMENTAL,
    b"i=?1": DEFAULT + INCREMENTAL,
    b"i=?0, u=5": 5,
    b"u=05": 5,
    b"u=-0": 0,
    # Parameters of members.
    b"u=2;x, i;y=1;z=(": NO_PRIORITY,
    b'u=2;x, i;y=1; z="("': 2 + INCREMENTAL,
    b"i;u=1": DEFAULT + INCREMENTAL,
    # The last member of a name counts.
    b"u=1, u=2": 2,
    b"i, i=?0": DEFAULT,
    b"u=1, u=9": DEFAULT,
    b"u=1, u": DEFAULT,
    # Members that nobody knows.
    b"a, *b=1, c_d-e.f*=2.5, u=4": 4,
    b'a=tok/en:1, b=:aGk=:, c="q\\"\\\\", d=@1659578233, e=%"f%c3%bc", u=4': 4,
    b'a=(1 2;x "y" ( ), u=4': NO_PRIORITY,
    b'a=(1 2;x  "y" tok );z, b=(), c=( ), u=4': 4,
    # Out of range, or of another type.
    b"u=8": DEFAULT,
    b"u=-1": DEFAULT,
    b"u=999999999999999": DEFAULT,
    b"u=1.0": DEFAULT,
    b"u=?1": DEFAULT,
    b'u="1"': DEFAULT,
    b"u=(1)": DEFAULT,
    b"u=@1": DEFAULT,
    b"u": DEFAULT,
    b"i=1, u=0": 0,
    b"i=true": DEFAULT,
    b"i=(?1)": DEFAULT,
}

UNREADABLE = [
    b",",
    b"u=1,",
    b"u=1, ",
    b",u=1",
    b"u=1,,i",
    b"u=1 i",
    b"u=1;",
    b"u =1",
    b"u= 1",
    b"u=",
    b"=1",
    b"U=1",
    b"1",
    b"u=1.",
    b"u=1.0000",
    b"u=1.2.3",
    b"u=1000000000000000",
    b"u=--1",
    b"u=0x1",
    b"u=?2",
    b"u=?",
    b'u="1',
    b'u="\\1"',
    b"u=:a",
    b"u=@",
    b"u=@1.5",
    b"u=(1",
    b"u=(1,2)",
    b'u=(1"2")',
    b'u=%"%zz"',
    b"u=1\x00",
    b"u=1\r\n",
    b"u=\xff",
    b"\xc3\xbc=1",
]


@pytest.mark.parametrize(("value", "priority"), READ.items(), ids=map(repr, READ))
def test_dictionary(value: bytes, priority: int) -> None:
    assert parse_priority(value) == priority


@pytest.mark.parametrize("value", UNREADABLE, ids=repr)
def test_text_that_is_no_dictionary(value: bytes) -> None:
    assert parse_priority(value) == NO_PRIORITY
    assert parse_priority(b"u=1, i, " + value) == NO_PRIORITY


@pytest.mark.parametrize("value", [b"\tu=1", b"u=1\t"], ids=repr)
def test_only_spaces_may_stand_around_the_whole(value: bytes) -> None:
    assert parse_priority(value) == NO_PRIORITY


@pytest.mark.parametrize("size", [MAX_PRIORITY_SIZE, MAX_PRIORITY_SIZE + 1])
def test_long_text(size: int) -> None:
    value = b"u=1, a".ljust(size, b"b")
    assert parse_priority(value) == (1 if size <= MAX_PRIORITY_SIZE else NO_PRIORITY)


@pytest.mark.parametrize(
    "piece", [b"a=((", b"a=(", b"a;", b"a;b", b"(1 ", b'"', b"\\", b"1", b"a=1;b=1,", b" ", b"a, "]
)
def test_text_made_to_be_read_slowly(piece: bytes) -> None:
    """One pass, whatever it holds: the time would show more (test timeout)."""
    value = (b"x=(" + piece * MAX_PRIORITY_SIZE)[: MAX_PRIORITY_SIZE - 1] + b"!"
    for _ in range(1000):
        assert parse_priority(value) == NO_PRIORITY


PIECES = st.sampled_from([b"u", b"i", b"=", b"1", b"?1", b",", b" ", b";", b"(", b")", b'"', b"-"])


@given(st.one_of(st.binary(max_size=40), st.lists(PIECES, max_size=20).map(b"".join)))
def test_any_text_gives_a_priority_or_none(value: bytes) -> None:
    assert parse_priority(value) in {NO_PRIORITY, *range(8), *range(INCREMENTAL, INCREMENTAL + 8)}


@given(st.integers(0, 7), st.booleans(), st.sampled_from([b",", b", ", b" ,\t"]), st.booleans())
def test_what_was_written_is_read(
    urgency: int, incremental: bool, comma: bytes, is_reversed: bool
) -> None:
    members = [b"u=%d" % urgency, b"x=token", b"i" if incremental else b"i=?0"]
    value = comma.join(members[::-1] if is_reversed else members)
    assert parse_priority(value) == urgency + (INCREMENTAL if incremental else 0)
