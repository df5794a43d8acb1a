"""What is made is read again, in any pieces; garbage is refused, and never anything else."""

from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proxyproto import (
    Command,
    Decoder,
    Endpoint,
    Header,
    InvalidHeaderError,
    Mode,
    Transport,
    encode_v1,
    encode_v2,
)
from tests.proxyproto.wire import SIGNATURE

ports = st.integers(0, 65535)
ipv4 = st.tuples(st.ip_addresses(v=4).map(str), ports)
ipv6 = st.tuples(st.ip_addresses(v=6).map(str), ports)
paths = st.binary(max_size=108).map(lambda path: path.rstrip(b"\0"))
inet_ends = st.tuples(ipv4, ipv4) | st.tuples(ipv6, ipv6)
transports = st.sampled_from([Transport.STREAM, Transport.DGRAM])
tlvs = st.lists(
    st.tuples(st.just(0x02), st.text(max_size=40).map(str.encode))
    | st.tuples(st.just(0x05), st.binary(max_size=128))
    | st.tuples(st.integers(0xE0, 0xF7), st.binary(max_size=60)),
    max_size=6,
    unique_by=lambda pair: pair[0],
)
cuts = st.lists(st.integers(1, 400), max_size=12)


def normal(end: Endpoint) -> Endpoint:
    """Return an end whose address can be compared."""
    if isinstance(end, bytes):
        return end
    host = end[0]
    if ":" in host:
        return IPv6Address(host).exploded, end[1]
    return str(IPv4Address(host)), end[1]


def feed(decoder: Decoder, data: bytes, places: list[int]) -> tuple[Header | None, bytes]:
    """Feed the data in pieces until there is a header, and return it and all that follows."""
    edges = [0, *sorted({min(place, len(data)) for place in places}), len(data)]
    for start, end in pairwise(edges):
        header = decoder.receive_data(data[start:end])
        if header is not None:
            return header, decoder.left_over + data[end:]
    return None, b""


@given(inet_ends, cuts, st.binary(max_size=20))
def test_version_1(ends: tuple[Endpoint, Endpoint], places: list[int], rest: bytes) -> None:
    source, destination = ends
    data = encode_v1(source, destination)  # type: ignore[arg-type]
    header, left = feed(Decoder(), data + rest, places)
    assert header is not None
    assert header.source is not None
    assert header.destination is not None
    assert normal(header.source) == normal(source)
    assert normal(header.destination) == normal(destination)
    assert left == rest


@given(
    inet_ends | st.tuples(paths, paths),
    transports,
    tlvs,
    st.booleans(),
    cuts,
    st.binary(max_size=9),
)
def test_version_2(
    ends: tuple[Endpoint, Endpoint],
    transport: Transport,
    pairs: list[tuple[int, bytes]],
    checksum: bool,
    places: list[int],
    rest: bytes,
) -> None:
    data = encode_v2(*ends, transport=transport, tlvs=pairs, checksum=checksum)
    header, left = feed(Decoder(Mode.V2), data + rest, places)
    assert header is not None
    assert header.command is Command.PROXY
    assert header.transport is transport
    assert (header.source, header.destination) != (None, None)
    assert [normal(end) for end in (header.source, header.destination) if end is not None] == [
        normal(end) for end in ends
    ]
    assert list(header.tlvs)[: len(pairs)] == pairs
    assert len(header.tlvs) == len(pairs) + checksum
    assert left == rest


@given(
    st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 1.2.3.4 ", SIGNATURE, SIGNATURE + b"\x21\x11"]),
    st.binary(max_size=300),
    cuts,
    st.sampled_from(Mode),
)
def test_garbage(start: bytes, rest: bytes, places: list[int], mode: Mode) -> None:
    """All at once and in pieces it comes to the same; views of what is taken do not fail."""
    answers: list[tuple[Header | None, bytes] | None] = []
    for where in ([], places):
        try:
            header, left = feed(Decoder(mode), start + rest, where)
        except InvalidHeaderError:
            answers.append(None)
        else:
            answers.append((header, left))
            if header is not None:
                repr((header, header.authority, header.ssl, header.netns, header.unique_id))
    assert answers[0] == answers[1]
