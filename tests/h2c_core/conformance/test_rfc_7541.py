"""Owns the rules of RFC 7541 as a connection keeps them: HPACK in HEADERS of both sides.

Does not test the coders by themselves (`test_hpack_decoder`, `test_hpack_encoder`).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import hpack_vectors as vectors
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, HEADER_TABLE_SIZE, POST, Fields, Kind

GET_BLOCK = wire.field_block(GET)
NEWEST = b"\xbe"
ONE = (b"x-one", b"1")
TWO = (b"x-two", b"2")
TO_0 = b"\x20"
TO_100 = b"\x3f\x45"
TO_4096 = b"\x3f\xe1\x1f"
TO_4097 = b"\x3f\xe2\x1f"


def indexed(*fields: tuple[bytes, bytes]) -> bytes:
    """Literals that enter the table of the server."""
    return wire.field_block(fields, indexed=True)


def serve(peer: Peer, stream_id: int, block: bytes) -> Fields:
    """The fields behind `host` of a request that is served."""
    peer.send(wire.headers(stream_id, block, end=True))
    assert peer.request.stream_id == stream_id
    peer.request.start(204, end=True)
    peer.flush()
    return peer.request.head.headers[1:]


def refuse(peer: Peer, stream_id: int, block: bytes) -> None:
    count = len(peer.requests)
    sent = wire.headers(stream_id, block, end=True)
    peer.expect_connection_error(ErrorCodes.COMPRESSION_ERROR, sent)
    assert len(peer.requests) == count


def response_block(peer: Peer, stream_id: int, fields: Fields) -> bytes:
    """The field block of a response, which the books have decoded by then."""
    peer.send(wire.headers(stream_id, GET, end=True))
    peer.request.start(200, fields, end=True)
    frames = peer.flush()
    assert peer.answer(stream_id).heads == [[(b":status", b"200"), *fields]]
    return next(it.payload for it in frames if it.kind == Kind.HEADERS)


def test_2_2_one_table_for_all_streams_and_for_trailers(peer: Peer) -> None:
    assert serve(peer, 1, GET_BLOCK + indexed(ONE)) == [ONE]
    peer.send(wire.headers(3, POST), wire.headers(3, NEWEST + indexed(TWO), end=True))
    assert peer.request.trailers == [ONE, TWO]
    assert serve(peer, 5, GET_BLOCK + NEWEST + b"\xbf") == [TWO, ONE]


def test_2_3_2_newest_entry_comes_first(peer: Peer) -> None:
    assert serve(peer, 1, GET_BLOCK + indexed(ONE, TWO)) == [ONE, TWO]
    assert serve(peer, 3, GET_BLOCK + b"\xbf\xbe") == [ONE, TWO]


def test_2_3_2_same_field_may_be_in_the_table_twice(peer: Peer) -> None:
    assert serve(peer, 1, GET_BLOCK + indexed(ONE, TWO, ONE)) == [ONE, TWO, ONE]
    assert serve(peer, 3, GET_BLOCK + b"\xbe\xbf\xc0") == [ONE, TWO, ONE]


@pytest.mark.parametrize(
    "index", [b"\x80", b"\xbe", b"\xff\x00", b"\xff\xff\xff\xff\x0f"], ids=bytes.hex
)
def test_2_3_3_index_that_no_table_has(peer: Peer, index: bytes) -> None:
    refuse(peer, 1, GET_BLOCK + index)


def test_2_3_3_index_just_behind_the_last_entry(peer: Peer) -> None:
    assert serve(peer, 1, GET_BLOCK + indexed(ONE)) == [ONE]
    refuse(peer, 3, GET_BLOCK + b"\xbf")


@pytest.mark.parametrize(
    "literal", [b"\x7f\x01\x01v", b"\x0f\x33\x01v", b"\x1f\x33\x01v"], ids=bytes.hex
)
def test_2_3_3_name_that_no_table_has(peer: Peer, literal: bytes) -> None:
    """A name of index 64 or 66 while the table has one entry, number 62."""
    assert serve(peer, 1, GET_BLOCK + indexed(ONE)) == [ONE]
    refuse(peer, 3, GET_BLOCK + literal)


@pytest.mark.parametrize("update", [TO_0, TO_100, TO_4096], ids=bytes.hex)
def test_4_2_size_updates_open_a_block(peer: Peer, update: bytes) -> None:
    assert serve(peer, 1, update + GET_BLOCK + wire.field_block([ONE])) == [ONE]


def test_4_2_two_size_updates_open_a_block(peer: Peer) -> None:
    assert serve(peer, 1, GET_BLOCK + indexed(ONE)) == [ONE]
    assert serve(peer, 3, TO_0 + TO_4096 + GET_BLOCK + indexed(TWO)) == [TWO]
    assert serve(peer, 5, GET_BLOCK + NEWEST) == [TWO]
    refuse(peer, 7, GET_BLOCK + b"\xbf")


def test_4_2_size_update_opens_trailers_too(open_peer: Peer) -> None:
    open_peer.send(wire.headers(1, TO_100 + wire.field_block([ONE]), end=True))
    assert open_peer.request.trailers == [ONE]


def test_4_2_size_update_may_be_cut_by_a_continuation(peer: Peer) -> None:
    block = TO_4096 + GET_BLOCK
    for at in range(len(TO_4096) + 1):
        stream_id = 2 * at + 1
        peer.send(
            wire.headers(stream_id, block[:at], end=True, end_headers=False),
            wire.continuation(stream_id, block[at:]),
        )
        assert peer.request.stream_id == stream_id


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(TO_4097 + GET_BLOCK, id="above the setting"),
        pytest.param(TO_0 + TO_4097 + GET_BLOCK, id="above the setting in the end"),
        pytest.param(b"\x3f\xff\xff\xff\xff\x0f" + GET_BLOCK, id="far above the setting"),
        pytest.param(GET_BLOCK + TO_0, id="at the end"),
        pytest.param(b"\x82" + TO_0 + GET_BLOCK, id="behind a field"),
        pytest.param(b"\x3f", id="without its end"),
    ],
)
def test_4_2_wrong_size_update(peer: Peer, block: bytes) -> None:
    refuse(peer, 1, block)


@pytest.mark.parametrize("cut", [False, True], ids=["headers", "continuations"])
def test_4_2_size_updates_without_end(peer: Peer, *, cut: bool) -> None:
    """No encoder needs more than two; nobody makes us follow a MiB of them."""
    block = TO_0 * 1000 + GET_BLOCK
    parts = [wire.headers(1, block, end=True)]
    if cut:
        parts = [
            wire.headers(1, block[:500], end=True, end_headers=False),
            wire.continuation(1, block[500:]),
        ]
    peer.expect_connection_error(ErrorCodes.COMPRESSION_ERROR, *parts)
    assert peer.requests == []


def test_4_2_setting_counts_from_its_acknowledgement(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(header_table_size=100), acknowledge=False)
    assert serve(peer, 1, TO_4096 + GET_BLOCK + indexed(ONE)) == [ONE]
    peer.send(wire.settings_ack())
    assert serve(peer, 3, TO_100 + GET_BLOCK + NEWEST) == [ONE]
    refuse(peer, 5, TO_4096 + GET_BLOCK)


@pytest.mark.parametrize("update", [b"", b"\x3f\x46"], ids=["none", "101"])
def test_4_2_smaller_setting_asks_for_an_update(make_peer: MakePeer, update: bytes) -> None:
    refuse(make_peer(Limits(header_table_size=100)), 1, update + GET_BLOCK)


def test_4_2_larger_setting_lets_the_table_grow(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(header_table_size=8192))
    fields = [(b"x-%03d" % number, b"v" * 63) for number in range(80)]
    assert serve(peer, 1, b"\x3f\xe1\x3f" + GET_BLOCK + indexed(*fields)) == fields
    # 80 entries of 100 octets each fit in 8,192, and the first of them is the last of the table.
    assert serve(peer, 3, GET_BLOCK + b"\xff\x0e") == [fields[0]]


@pytest.mark.parametrize(
    ("tables", "updates"),
    [
        ([0], TO_0),
        ([100], TO_100),
        ([0, 4096], TO_0 + TO_4096),
        ([4096, 0], TO_0),
        ([0, 100, 4096], TO_0 + TO_4096),
        ([100, 0, 100], TO_0 + TO_100),
        ([4096], b""),
        ([65536], b""),
    ],
    ids=str,
)
@pytest.mark.parametrize("at_once", [True, False], ids=["one-frame", "frames"])
def test_4_2_response_names_the_smallest_size_and_the_last(
    peer: Peer, tables: list[int], updates: bytes, *, at_once: bool
) -> None:
    fields = [ONE, TWO]
    whole = response_block(peer, 1, fields)
    values = [(HEADER_TABLE_SIZE, table) for table in tables]
    if at_once:
        peer.send(wire.settings(*values))
    else:
        peer.send(*[wire.settings(value) for value in values])
    assert peer.books.settings_acked == peer.books.settings_sent
    block = response_block(peer, 3, fields)
    assert block.startswith(updates)
    assert not block[len(updates) :].startswith((TO_0, b"\x3f"))
    if not updates:
        assert len(block) < len(whole)


def test_4_3_shrinking_evicts_and_growing_brings_nothing_back(peer: Peer) -> None:
    assert serve(peer, 1, GET_BLOCK + indexed(ONE, TWO)) == [ONE, TWO]
    # Each takes 38 octets: one of them stays.
    assert serve(peer, 3, b"\x3f\x0f" + GET_BLOCK + NEWEST) == [TWO]
    assert serve(peer, 5, TO_4096 + GET_BLOCK + NEWEST) == [TWO]
    refuse(peer, 7, GET_BLOCK + b"\xbf")


def test_4_4_entry_of_the_size_of_the_table_fits(peer: Peer) -> None:
    field = (b"x", b"v" * (100 - 33))
    assert serve(peer, 1, TO_100 + GET_BLOCK + indexed(ONE, field)) == [ONE, field]
    assert serve(peer, 3, GET_BLOCK + NEWEST) == [field]
    refuse(peer, 5, GET_BLOCK + b"\xbf")


def test_4_4_entry_larger_than_the_table_empties_it(peer: Peer) -> None:
    field = (b"x", b"v" * (100 - 32))
    assert serve(peer, 1, TO_100 + GET_BLOCK + indexed(ONE, field)) == [ONE, field]
    refuse(peer, 3, GET_BLOCK + NEWEST)


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(b"\xff" + b"\x80" * 9 + b"\x00", id="index"),
        pytest.param(b"\xff" + b"\xff" * 9 + b"\x7f", id="large index"),
        pytest.param(b"\x00\x01x\x7f" + b"\x80" * 9 + b"\x00", id="length"),
        pytest.param(b"\x00\x01x\x7f" + b"\xff" * 9 + b"\x01", id="large length"),
        pytest.param(b"\xff\xff", id="no end"),
    ],
)
def test_5_1_integer_that_is_too_long(peer: Peer, field: bytes) -> None:
    refuse(peer, 1, GET_BLOCK + field)


def test_5_1_integer_may_have_zeros_in_front(peer: Peer) -> None:
    """The form that is longer than need be is no error within the octets that are accepted."""
    assert serve(peer, 1, GET_BLOCK + b"\x00\x01x\x7f\x81\x00" + b"v" * 128) == [(b"x", b"v" * 128)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"\x84\xff\xff\xff\xff", id="EOS"),
        pytest.param(b"\x85\x1f\xff\xff\xff\xff", id="EOS behind a letter"),
        pytest.param(b"\x82\x1f\xff", id="padding of more than seven bits"),
        pytest.param(b"\x81\xff", id="nothing but padding"),
        pytest.param(b"\x81\x18", id="padding of zeros"),
        pytest.param(b"\x03ab", id="longer than the block"),
    ],
)
@pytest.mark.parametrize("is_name", [True, False], ids=["name", "value"])
def test_5_2_broken_string(peer: Peer, text: bytes, *, is_name: bool) -> None:
    field = b"\x00" + text + b"\x01v" if is_name else b"\x00\x01x" + text
    refuse(peer, 1, GET_BLOCK + field)


def test_5_2_empty_huffman_string_is_empty(peer: Peer) -> None:
    assert serve(peer, 1, GET_BLOCK + b"\x00\x01x\x80") == [(b"x", b"")]


@pytest.mark.parametrize("first", [0x40, 0x00, 0x10], ids=["indexed", "not", "never"])
def test_6_2_literals_with_names_of_every_kind(peer: Peer, first: int) -> None:
    assert serve(peer, 1, GET_BLOCK + indexed(ONE)) == [ONE]
    bits = 0x3F if first == 0x40 else 0x0F
    dynamic = bytes([first | 62]) if bits == 0x3F else bytes([first | bits, 62 - bits])
    static = bytes([first | 58]) if bits == 0x3F else bytes([first | bits, 58 - bits])
    block = bytes([first]) + b"\x01x\x01v" + static + b"\x02me"
    assert serve(peer, 3, GET_BLOCK + dynamic + b"\x01w") == [(b"x-one", b"w")]
    assert serve(peer, 5, GET_BLOCK + block) == [(b"x", b"v"), (b"user-agent", b"me")]
    expected = (b"user-agent", b"me") if first == 0x40 else ONE
    assert serve(peer, 7, GET_BLOCK + NEWEST) == [expected]


def test_6_2_3_never_indexed_literals_leave_the_table_alone(peer: Peer) -> None:
    secret = b"\x10\x08password\x06secret"
    assert serve(peer, 1, GET_BLOCK + secret) == [(b"password", b"secret")]
    refuse(peer, 3, GET_BLOCK + NEWEST)


@pytest.mark.parametrize("name", [b"set-cookie", b"authorization"])
def test_7_1_3_secrets_of_responses_are_never_indexed(peer: Peer, name: bytes) -> None:
    first = response_block(peer, 1, [(name, b"secret")])
    second = response_block(peer, 3, [(name, b"secret")])
    assert first == second
    # After :status 200 a never-indexed literal with a name of the static table.
    assert first[0] == 0x88
    assert first[1] & 0xF0 == 0x10


@pytest.mark.parametrize("steps", [vectors.C3, vectors.C4], ids=["C.3", "C.4"])
def test_c_requests_of_the_appendix(peer: Peer, steps: list[vectors.Step]) -> None:
    for number, step in enumerate(steps):
        stream_id = 2 * number + 1
        rest = serve(peer, stream_id, bytes.fromhex(step.block))
        pseudo = dict(step.fields)
        head = peer.request.head
        assert head.method == pseudo[b":method"]
        assert head.scheme == pseudo[b":scheme"]
        assert head.target == pseudo[b":path"]
        assert head.authority == pseudo[b":authority"]
        assert rest == [field for field in step.fields if not field[0].startswith(b":")]


def test_blocks_above_a_limit_keep_the_table_true(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_header_list_size=300))
    block = GET_BLOCK + indexed(ONE) + wire.field_block([(b"x", b"v" * 300)]) + indexed(TWO)
    frames = peer.send(
        wire.headers(1, block[:30], end=True, end_headers=False), wire.continuation(1, block[30:])
    )
    assert [it.kind for it in frames] == [Kind.HEADERS]
    assert peer.answer(1).status == 431
    assert serve(peer, 3, GET_BLOCK + b"\xbf\xbe") == [ONE, TWO]
