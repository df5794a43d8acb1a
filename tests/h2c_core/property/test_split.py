"""Owns the property that reads may cut the bytes of a client anywhere.

Does not compare with another implementation.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from h2c_core import Limits, RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.property.strategies import QUICK, scripts
from tests.h2c_core.wire import Kind

LIMITS = Limits(
    max_concurrent_streams=3,
    max_header_list_size=600,
    max_header_block_size=600,
    initial_stream_window=30000,
    max_inbound_frame_size=20000,
)


@dataclass
class Outcome:
    """What a run came to, without what the size of reads may change.

    Credit of the connection may be announced in other portions, and body bytes arrive in others.
    """

    error: int | None = None
    requests: list[tuple[object, ...]] = field(default_factory=list)
    frames: list[object] = field(default_factory=list)
    credit: dict[int, int] = field(default_factory=dict)
    is_closed: bool = False


def run(data: bytes, cuts: list[int]) -> Outcome:
    peer = Peer(LIMITS)
    count = len(peer.frames)
    outcome = Outcome()
    bounds = [0, *cuts, len(data)]
    try:
        for start, stop in pairwise(bounds):
            peer.send(data[start:stop])
    except RemoteProtocolError as error:
        outcome.error = error.error_code
        peer.flush()
    for request in peer.requests:
        head = request.head
        outcome.requests.append(
            (
                request.stream_id,
                head.method,
                tuple(head.headers),
                head.end_stream,
                request.body,
                request.trailers,
                request.reset_code,
            )
        )
    outcome.frames = [it for it in peer.frames[count:] if it.kind != Kind.WINDOW_UPDATE]
    if outcome.error is None:
        outcome.credit = {key: size for key, size in peer.books.credit.items() if key}
    outcome.is_closed = peer.connection.is_closed
    return outcome


@QUICK
@given(script=scripts(), random=st.randoms(use_true_random=False), pieces=st.integers(1, 20))
def test_any_split_of_the_bytes_gives_the_same_result(
    script: list[bytes], random: Random, pieces: int
) -> None:
    data = b"".join(script)
    whole = run(data, [])
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(pieces))
    assert run(data, cuts) == whole


@QUICK
@given(script=scripts(max_size=5))
def test_byte_by_byte_gives_the_same_result(script: list[bytes]) -> None:
    data = b"".join(script)[:3000]
    assert run(data, list(range(1, len(data)))) == run(data, [])


@QUICK
@given(cut=st.integers(0, 24), more=st.integers(0, 24))
def test_the_preface_may_be_cut_too(cut: int, more: int) -> None:
    data = wire.PREFACE + wire.settings() + wire.headers(1, wire.GET, end=True)
    peer = Peer(greet=False)
    cuts = sorted({cut, min(cut + more, len(data))})
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        peer.send(data[start:stop])
    assert len(peer.requests) == 1
