"""Owns the tests of what is known of response fields. Does not test tables."""

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._hpack_memo import FieldMemo, KnownField, know_status
from h2c_core._hpack_table import Entry
from tests.h2c_core import wire

SENSITIVE = [b"authorization", b"proxy-authorization", b"set-cookie"]


def decoded(block: bytes) -> wire.Fields:
    return wire.decoded(hpack.Decoder(), block)


@given(st.binary(max_size=20).map(lambda value: value.translate(None, b"\0\r\n").strip(b" \t")))
def test_every_representation_says_the_same(value: bytes) -> None:
    known = FieldMemo().learn((b"X-Name", b" " + value + b"\t"))
    field = (b"x-name", value)
    assert known.field == field
    assert known.size == 32 + 6 + len(value)
    assert (known.is_new, known.is_indexed) == (True, False)
    assert decoded(known.literal) == [field]
    plain = known.literal
    known.settle()
    assert (known.is_new, known.is_indexed) == (False, True)
    assert decoded(known.literal) == decoded(known.insertion) == [field]
    assert len(known.literal) <= len(plain)
    assert known.insertion[0] & 0xC0 == 0x40
    assert known.literal[0] & 0xF0 == 0x00


def test_a_field_of_the_static_table_is_its_index() -> None:
    known = FieldMemo().learn((b"Accept-Encoding", b"gzip, deflate"))
    assert known.literal == b"\x90"
    assert not known.is_new


@pytest.mark.parametrize("name", [b"date", b"content-length", b"etag", b"location", b"age"])
def test_values_that_seldom_repeat_are_not_indexed_but_coded(name: bytes) -> None:
    known = FieldMemo().learn((name, b"10000000"))
    plain = known.literal
    known.settle()
    assert not known.is_indexed
    assert len(known.literal) < len(plain)
    assert decoded(known.literal) == [(name, b"10000000")]


@pytest.mark.parametrize("name", SENSITIVE)
def test_secrets_are_never_indexed_and_not_remembered(name: bytes) -> None:
    """RFC 7541 section 7.1.3."""
    memo = FieldMemo()
    known = memo.learn((name, b"secret"))
    [field] = hpack.Decoder().decode(known.literal, raw=True)
    assert isinstance(field, hpack.NeverIndexedHeaderTuple)
    assert not known.is_new
    assert not memo.fields
    assert memo.size == 0


@pytest.mark.parametrize(
    "name", [b"Connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"]
)
def test_connection_specific_fields_are_nothing(name: bytes) -> None:
    """RFC 9113 section 8.2.2."""
    known = FieldMemo().learn((name, b"v"))
    assert known.literal == b""
    assert not known.is_new


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ((b"", b"v"), "name"),
        ((b":status", b"200"), "name"),
        ((b"a b", b"v"), "name"),
        ((b"a:", b"v"), "name"),
        ((b"a\r\nb", b"v"), "name"),
        ((b"a\0", b"v"), "name"),
        ((b"a\xff", b"v"), "name"),
        ((b" a", b"v"), "name"),
        ((b"x-name", b"v\r\nb: c"), "x-name"),
        ((b"x-name", b"v\n"), "x-name"),
        ((b"x-name", b"v\0w"), "x-name"),
        ((b"set-cookie", b"v\rw"), "set-cookie"),
        ((b"connection", b"v\n"), "connection"),
    ],
)
def test_unsafe_fields_are_refused_by_name_and_not_remembered(field: Entry, message: str) -> None:
    memo = FieldMemo()
    with pytest.raises(ValueError, match=message):
        memo.learn(field)
    assert not memo.fields


def test_an_error_shows_no_more_than_80_bytes() -> None:
    with pytest.raises(ValueError, match="name") as caught:
        FieldMemo().learn((b"a b" * 1000, b""))
    assert len(str(caught.value)) < 200
    with pytest.raises(ValueError, match="x-long") as caught:
        FieldMemo().learn((b"x-long", b"\n" + b"v" * 1000 + b"\nv"))
    assert len(str(caught.value)) < 200


def remembered(memo: FieldMemo) -> int:
    return sum(len(name) + len(value) for name, value in memo.fields)


def test_the_memo_is_bounded_in_fields() -> None:
    memo = FieldMemo()
    most = 0
    for number in range(5000):
        memo.learn((b"x-name", b"value-%d" % number))
        most = max(most, len(memo.fields))
    assert most == 1024
    assert memo.size == remembered(memo)


def test_the_memo_is_bounded_in_bytes() -> None:
    memo = FieldMemo()
    most = 0
    for number in range(1000):
        memo.learn((b"x-name", b"%01000d" % number))
        assert memo.size == 1006 * len(memo.fields)
        most = max(most, memo.size)
    assert 256 * 1024 - 1006 < most <= 256 * 1024


def test_a_field_above_a_kibibyte_is_not_remembered() -> None:
    memo = FieldMemo()
    memo.learn((b"x-name", b"v" * 1018))
    assert len(memo.fields) == 1
    known = memo.learn((b"x-name", b"v" * 1019))
    assert len(memo.fields) == 1
    assert decoded(known.literal) == [(b"x-name", b"v" * 1019)]


def test_a_known_field_is_found_by_what_was_given() -> None:
    memo = FieldMemo()
    known = memo.learn((b"Vary", b" Accept "))
    assert memo.fields[b"Vary", b" Accept "] is known
    assert known.field == (b"vary", b"Accept")


@pytest.mark.parametrize("status", [100, 103, 200, 204, 206, 302, 304, 404, 418, 500, 599, 999])
def test_status_codes(status: int) -> None:
    known = know_status(status)
    assert isinstance(known, KnownField)
    assert decoded(known.literal) == [(b":status", b"%d" % status)]
    is_static = status in {200, 204, 206, 304, 400, 404, 500}
    assert (len(known.literal) == 1) == is_static
    assert known.is_indexed != is_static


@pytest.mark.parametrize("status", [-1, 1, 99, 1000])
def test_other_numbers_are_no_status_codes(status: int) -> None:
    with pytest.raises(ValueError, match="status"):
        know_status(status)
