"""Owns the tests of the HPACK encoder, with hyper's decoder as the oracle. Does not test frames."""

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import _hpack_encoder
from h2c_core._fields import Field
from h2c_core._hpack_encoder import Encoder

NAMES = st.sampled_from(
    [b"content-type", b"x-name", b"date", b"set-cookie", b"etag", b"vary", b"server", b"a"]
)
VALUES = st.one_of(
    st.sampled_from([b"", b"text/plain", b"v" * 40, b"w" * 200]), st.binary(max_size=9)
)
SAFE = VALUES.map(lambda value: value.translate(None, b"\0\r\n").strip(b" \t"))
LISTS = st.lists(st.tuples(NAMES, SAFE), max_size=8)
STATUSES = st.sampled_from([100, 103, 200, 204, 206, 302, 304, 404, 418, 500, 599, 600, 999])


def pairs(decoder: hpack.Decoder, block: bytes) -> list[Field]:
    return [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]


@given(
    st.lists(st.tuples(STATUSES, LISTS, st.sampled_from([None, 0, 60, 4096, 65536])), max_size=10)
)
def test_what_hyper_decodes(blocks: list[tuple[int, list[Field], int | None]]) -> None:
    encoder = Encoder()
    oracle = hpack.Decoder()
    for status, fields, size in blocks:
        if size is not None:
            encoder.set_peer_table_size(size)
            oracle.max_allowed_table_size = size
        block = encoder.encode(status, fields)
        assert pairs(oracle, block) == [(b":status", b"%d" % status), *fields]


def test_trailers_have_no_status() -> None:
    assert pairs(hpack.Decoder(), Encoder().encode(0, [(b"a", b"b")])) == [(b"a", b"b")]


def test_a_field_that_comes_again_is_one_octet() -> None:
    encoder = Encoder()
    oracle = hpack.Decoder()
    fields = [(b"content-type", b"text/plain"), (b"server", b"h2corn")]
    assert len(encoder.encode(200, fields)) > 10
    encoder = Encoder()
    pairs(oracle, encoder.encode(200, fields))
    block = encoder.encode(200, fields)
    assert len(block) == 3
    assert pairs(oracle, block)[1:] == fields


@pytest.mark.parametrize("name", [b"date", b"content-length", b"etag", b"location", b"set-cookie"])
def test_values_that_seldom_repeat_stay_out_of_the_table(name: bytes) -> None:
    encoder = Encoder()
    oracle = hpack.Decoder()
    for _ in range(2):
        pairs(oracle, encoder.encode(200, [(name, b"value")]))
    assert len(oracle.header_table.dynamic_entries) == 0


@pytest.mark.parametrize("name", [b"set-cookie", b"authorization", b"proxy-authorization"])
def test_sensitive_fields_are_never_indexed(name: bytes) -> None:
    """RFC 7541 section 7.1.3: nor does anybody on the way put them into a table."""
    for _ in range(2):
        [field] = hpack.Decoder().decode(Encoder().encode(0, [(name, b"secret")]), raw=True)
        assert isinstance(field, hpack.NeverIndexedHeaderTuple)


def test_a_peer_without_a_table_gets_literals() -> None:
    encoder = Encoder()
    encoder.set_peer_table_size(0)
    oracle = hpack.Decoder()
    oracle.max_allowed_table_size = 0
    for _ in range(3):
        assert pairs(oracle, encoder.encode(0, [(b"server", b"h2corn")])) == [
            (b"server", b"h2corn")
        ]
        assert len(oracle.header_table.dynamic_entries) == 0


def test_size_updates_name_the_smallest_size_and_then_the_last() -> None:
    """RFC 7541 section 4.2."""
    encoder = Encoder()
    encoder.encode(0, [(b"server", b"h2corn")])
    encoder.set_peer_table_size(100)
    encoder.set_peer_table_size(0)
    encoder.set_peer_table_size(50)
    assert encoder.encode(200, []) == b"\x20\x3f\x13\x88"
    assert encoder.encode(200, []) == b"\x88"


def test_the_table_of_a_peer_that_allows_more_stays_ours() -> None:
    encoder = Encoder()
    encoder.set_peer_table_size(2**31)
    assert encoder.encode(200, []) == b"\x88"


def test_a_smaller_table_of_our_own_is_announced() -> None:
    encoder = Encoder(100)
    assert encoder.encode(200, []) == b"\x3f\x45\x88"


def test_the_table_is_bounded_and_evicts_the_oldest() -> None:
    encoder = Encoder()
    oracle = hpack.Decoder()
    for number in range(500):
        fields = [(b"x-name", b"value-%d" % number), (b"server", b"h2corn")]
        assert pairs(oracle, encoder.encode(0, fields)) == fields
    assert oracle.header_table._current_size <= 4096


@pytest.mark.parametrize(
    "field",
    [
        (b"", b"v"),
        (b":path", b"/"),
        (b"a b", b"v"),
        (b"a\r\nb", b"v"),
        (b"a\xff", b"v"),
        (b"a", b"v\r\nb: c"),
        (b"a", b"v\n"),
        (b"a", b"\0"),
    ],
)
def test_unsafe_fields_are_refused_and_leave_no_trace(field: Field) -> None:
    encoder = Encoder()
    oracle = hpack.Decoder()
    encoder.set_peer_table_size(1000)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid"):
            encoder.encode(200, [(b"server", b"h2corn"), field])
    fields = [(b"server", b"h2corn")]
    oracle.max_allowed_table_size = 1000
    assert pairs(oracle, encoder.encode(0, fields)) == fields
    assert oracle.header_table_size == 1000


def test_names_are_lower_cased_and_values_stripped() -> None:
    fields = [(b"X-Name", b" Value\t"), (b"Set-Cookie", b" a=b ")]
    assert pairs(hpack.Decoder(), Encoder().encode(0, fields)) == [
        (b"x-name", b"Value"),
        (b"set-cookie", b"a=b"),
    ]


@pytest.mark.parametrize(
    "name", [b"Connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"]
)
def test_connection_specific_fields_are_left_out(name: bytes) -> None:
    """RFC 9113 section 8.2.2."""
    for _ in range(2):
        assert Encoder().encode(200, [(name, b"v")]) == b"\x88"


def test_the_memo_is_bounded() -> None:
    encoder = Encoder()
    for number in range(5000):
        encoder.encode(0, [(b"x-name", b"value-%d" % number)])
    for number in range(1000):
        encoder.encode(0, [(b"x-name", b"%d" % number + b"v" * 1000)])
    encoder.encode(0, [(b"x-name", b"v" * 2000), (b"set-cookie", b"secret")])
    memo = _hpack_encoder._memo
    sizes = [len(name) + len(value) for name, value in memo.fields]
    assert 0 < len(sizes) <= 1024
    assert max(sizes) <= 1024
    assert sum(sizes) == memo.size <= 256 * 1024
    assert (b"set-cookie", b"secret") not in memo.fields
