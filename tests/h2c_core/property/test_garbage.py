"""Owns the property that no bytes of a peer do anything but what is documented.

Does not look at what the engine answers to them.
"""

from hypothesis import given
from hypothesis import strategies as st

from h2c_core import RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.property.strategies import QUICK, frames, scripts


def give(peer: Peer, *parts: bytes) -> None:
    """Send, allowing the one exception that the engine documents."""
    for part in parts:
        try:
            peer.send(part)
        except RemoteProtocolError:
            [*_, last] = peer.flush()
            assert last.kind == wire.Kind.GOAWAY
            assert peer.connection.is_closed
            assert all(
                request.reset_code is not None or peer.answer(request.stream_id).is_ended
                for request in peer.requests
            )
            return


@QUICK
@given(data=st.binary(max_size=200))
def test_bytes_from_the_start(data: bytes) -> None:
    give(Peer(greet=False), data)


@QUICK
@given(data=st.binary(max_size=400))
def test_bytes_after_the_preface(data: bytes) -> None:
    give(Peer(greet=False), wire.PREFACE, wire.settings(), data)


@QUICK
@given(
    heads=st.lists(
        st.builds(
            wire.frame,
            st.integers(0, 16),
            st.integers(0, 255),
            st.integers(0, 9),
            st.binary(max_size=60),
        ),
        max_size=10,
    )
)
def test_frames_of_garbage(heads: list[bytes]) -> None:
    give(Peer(), wire.headers(1, wire.POST), *heads)


@QUICK
@given(block=st.binary(max_size=200), cut=st.integers(0, 200))
def test_field_blocks_of_garbage(block: bytes, cut: int) -> None:
    give(
        Peer(),
        wire.headers(1, block[:cut], end_headers=False),
        wire.continuation(1, block[cut:]),
        wire.headers(3, block, end=True),
    )


@QUICK
@given(script=scripts(), at=st.integers(0, 2**16), flip=st.integers(1, 255))
def test_one_wrong_byte(script: list[bytes], at: int, flip: int) -> None:
    data = bytearray(b"".join(script))
    if data:
        data[at % len(data)] ^= flip
    give(Peer(), bytes(data))


@QUICK
@given(before=frames(), after=scripts(max_size=3))
def test_what_follows_an_error_is_ignored(before: bytes, after: list[bytes]) -> None:
    peer = Peer()
    give(peer, before, wire.window_update(0, 0))
    assert peer.connection.is_closed
    count = len(peer.requests)
    for part in after:
        peer.connection.receive_data(part, peer.now)
    assert len(peer.requests) == count
    assert peer.flush() == []
