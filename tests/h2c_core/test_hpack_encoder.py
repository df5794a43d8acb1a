"""Owns the tests of the HPACK encoder, with hyper's decoder as the oracle. Does not test frames."""

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import Field
from h2c_core._hpack_decoder import Decoder
from h2c_core._hpack_encoder import Encoder
from h2c_core._hpack_memo import MEMO
from tests.h2c_core.wire import decoded

NAMES = st.sampled_from(
    [b"content-type", b"X-Name", b"date", b"set-cookie", b"etag", b"vary", b"Server", b"a"]
)
VALUES = st.one_of(
    st.sampled_from([b"", b"text/plain", b"v" * 40, b" padded\t", b"w" * 200, b"x" * 2000]),
    st.binary(max_size=9).map(lambda value: value.translate(None, b"\0\r\n")),
)
LISTS = st.lists(st.tuples(NAMES, VALUES), max_size=8)
STATUSES = st.sampled_from([0, 100, 103, 200, 204, 206, 302, 304, 404, 418, 500, 599, 600, 999])
SIZES = st.lists(st.sampled_from([0, 60, 300, 4096, 5000, 65536]), max_size=3)


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    """Begin as a fresh process does: a memo that fills up forgets in the middle of a test."""
    MEMO.fields.clear()
    MEMO.size = 0


def entries(decoder: hpack.Decoder) -> list[Field]:
    return [(bytes(name), bytes(value)) for name, value in decoder.header_table.dynamic_entries]


def as_sent(status: int, fields: list[Field]) -> list[Field]:
    sent = [(name.lower(), value.strip(b" \t")) for name, value in fields]
    return [(b":status", b"%d" % status), *sent] if status else sent


@given(
    st.sampled_from([0, 100, 4096, 16384]),
    st.lists(st.tuples(SIZES, STATUSES, LISTS), max_size=10),
)
def test_what_is_encoded_is_what_both_decoders_decode(
    cap: int, blocks: list[tuple[list[int], int, list[Field]]]
) -> None:
    """Over changes of the peer's setting, with the peer's table never larger than our cap."""
    encoder = Encoder(cap)
    oracle = hpack.Decoder()
    ours = Decoder()
    for sizes, status, fields in blocks:
        for size in sizes:
            encoder.set_peer_table_size(size)
            oracle.max_allowed_table_size = size
            ours.set_max_table_size(size)
        block = encoder.encode(status, fields)
        sent = as_sent(status, fields)
        assert decoded(oracle, block) == sent
        assert ours.decode(block, 2**20, 100) == sent
        assert not ours.malformed
        assert oracle.header_table_size <= cap
        assert [entry for entry in encoder._entries if entry] == entries(oracle)[::-1]


def test_trailers_have_no_status() -> None:
    assert decoded(hpack.Decoder(), Encoder().encode(0, [(b"a", b"b")])) == [(b"a", b"b")]


def test_a_field_that_comes_again_is_one_octet() -> None:
    """Its second sight in the process puts it into the table, wherever the first one was."""
    fields = [(b"content-type", b"text/again"), (b"x-again", b"h2corn")]
    oracle = hpack.Decoder()
    assert decoded(oracle, Encoder().encode(0, fields)) == fields
    assert entries(oracle) == []
    for _ in range(2):
        encoder = Encoder()
        oracle = hpack.Decoder()
        assert len(encoder.encode(0, fields)) > 10
        assert encoder.encode(0, fields) == b"\xbf\xbe"


def test_values_that_never_come_again_stay_out_of_the_table() -> None:
    encoder = Encoder()
    oracle = hpack.Decoder()
    for number in range(300):
        fields = [(b"x-never", b"value-%d" % number)]
        assert decoded(oracle, encoder.encode(0, fields)) == fields
    assert entries(oracle) == []


def test_indexes_may_have_two_octets() -> None:
    fields = [(b"x-%d" % number, b"v") for number in range(100)]
    Encoder().encode(0, fields)
    encoder = Encoder()
    oracle = hpack.Decoder()
    assert decoded(oracle, encoder.encode(0, fields)) == fields
    assert len(entries(oracle)) == 100
    block = encoder.encode(0, fields)
    # 62 to 126 take one octet, 127 to 161 two.
    assert len(block) == 65 + 2 * 35
    assert decoded(oracle, block) == fields


@pytest.mark.parametrize("name", [b"date", b"content-length", b"etag", b"location", b"set-cookie"])
def test_values_that_seldom_repeat_stay_out_of_the_table(name: bytes) -> None:
    encoder = Encoder()
    oracle = hpack.Decoder()
    for _ in range(2):
        decoded(oracle, encoder.encode(200, [(name, b"value")]))
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
        assert decoded(oracle, encoder.encode(0, [(b"server", b"h2corn")])) == [
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
        fields = [(b"x-bound", b"value-%d" % number), (b"server", b"h2corn")]
        for _ in range(2):
            assert decoded(oracle, encoder.encode(0, fields)) == fields
    newest = oracle.header_table.dynamic_entries[0]
    assert newest[1] == b"value-499"
    assert 4000 < oracle.header_table._current_size == encoder._size <= 4096
    # Evicted entries keep neither octets nor, for long, their places.
    assert len(encoder._numbers) == len(entries(oracle))
    assert len(encoder._entries) < len(entries(oracle)) + 32
    assert set(encoder._entries[: encoder._oldest]) <= {()}


def test_a_field_larger_than_the_table_leaves_it_alone() -> None:
    encoder = Encoder()
    encoder.set_peer_table_size(100)
    oracle = hpack.Decoder()
    oracle.max_allowed_table_size = 100
    small = (b"x-small", b"v")
    for fields in ([small], [small], [(b"x-large", b"v" * 100)], [(b"x-large", b"v" * 100)]):
        assert decoded(oracle, encoder.encode(0, fields)) == fields
    assert entries(oracle) == [small]


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
    assert decoded(oracle, encoder.encode(0, fields)) == fields
    assert oracle.header_table_size == 1000


def test_names_are_lower_cased_and_values_stripped() -> None:
    fields = [(b"X-Name", b" Value\t"), (b"Set-Cookie", b" a=b ")]
    assert decoded(hpack.Decoder(), Encoder().encode(0, fields)) == [
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


def test_the_memo_of_the_process_is_bounded() -> None:
    encoder = Encoder()
    for number in range(2000):
        encoder.encode(0, [(b"x-flood", b"value-%d" % number)])
    encoder.encode(0, [(b"x-flood", b"v" * 1200), (b"set-cookie", b"secret")])
    assert 0 < len(MEMO.fields) <= 1024
    assert all(len(name) + len(value) <= 1024 for name, value in MEMO.fields)
    assert (b"set-cookie", b"secret") not in MEMO.fields


@pytest.mark.parametrize("status", [-200, 20, 1000])
def test_a_status_has_three_digits(status: int) -> None:
    encoder = Encoder(100)
    with pytest.raises(ValueError, match="status"):
        encoder.encode(status, [(b"server", b"h2corn")])
    assert encoder.encode(200, []) == b"\x3f\x45\x88"


def test_a_reduced_setting_is_answered_though_the_table_is_smaller() -> None:
    """RFC 9113 section 4.3.1: the peer may ask for an update after every reduction."""
    encoder = Encoder()
    encoder.set_peer_table_size(65536)
    assert encoder.encode(200, []) == b"\x88"
    encoder.set_peer_table_size(8192)
    assert encoder.encode(200, []) == b"\x3f\xe1\x1f\x88"
    encoder.set_peer_table_size(8192)
    assert encoder.encode(200, []) == b"\x88"
