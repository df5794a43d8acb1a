"""Owns how random clients are made: frames of every type, mostly right, and how long tests look.

Does not know the engine.
"""

import os
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.h2c_core import wire
from tests.h2c_core.wire import GET, HEAD, POST, Fields, Kind, Priority

# H2C_CORE_EXAMPLES=100000 makes a run of minutes out of one of seconds.
EXAMPLES: Final = int(os.environ.get("H2C_CORE_EXAMPLES", "100"))

QUICK: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

# One example of a state machine is fifty steps.
STEPS: Final = settings(QUICK, max_examples=max(EXAMPLES // 2, 1))

FEW_STREAMS = st.sampled_from([1, 3, 5, 7, 9])
ANY_STREAM = st.one_of(FEW_STREAMS, st.sampled_from([0, 2, 4, 101, wire.MAX_WINDOW]))

EXTRA_FIELDS: Final[list[tuple[bytes, bytes]]] = [
    (b"x-name", b"value"),
    (b"x-name", b""),
    (b"cookie", b"a=1"),
    (b"cookie", b"b=2"),
    (b"host", b"front.example"),
    (b"te", b"trailers"),
    (b"expect", b"100-continue"),
    (b"priority", b"u=3"),
]
LENGTHS: Final[list[tuple[bytes, bytes]]] = [(b"content-length", b"4"), (b"content-length", b"0")]
BAD_FIELDS: Final[list[tuple[bytes, bytes]]] = [
    (b"X-Name", b"value"),
    (b"", b""),
    (b"x\nname", b"value"),
    (b"x-name", b"a\rb"),
    (b"x-name", b" a"),
    (b"connection", b"close"),
    (b"te", b"gzip"),
    (b":path", b"/twice"),
    (b":status", b"200"),
    (b"content-length", b"-1"),
    (b"host", b"other.example"),
]


@st.composite
def good_fields(draw: st.DrawFn) -> Fields:
    base = draw(st.sampled_from([GET, POST, HEAD]))
    extra = draw(st.lists(st.sampled_from(EXTRA_FIELDS), max_size=4, unique=True))
    if draw(st.integers(0, 9)) == 0:
        extra.append(draw(st.sampled_from(LENGTHS)))
    return [*base, *extra]


@st.composite
def any_fields(draw: st.DrawFn) -> Fields:
    fields = draw(good_fields())
    if draw(st.integers(0, 9)) == 0:
        fields.insert(draw(st.integers(0, len(fields))), draw(st.sampled_from(BAD_FIELDS)))
    if draw(st.integers(0, 9)) == 0:
        del fields[draw(st.integers(0, len(fields) - 1))]
    return fields


PADDINGS = st.one_of(st.none(), st.sampled_from([0, 1, 255]))
PRIORITIES = st.builds(Priority, ANY_STREAM, st.integers(0, 255), st.booleans())
CHUNKS = st.one_of(st.binary(max_size=40), st.integers(0, 20000).map(lambda size: b"x" * size))
INCREMENTS = st.one_of(
    st.integers(1, 100000), st.sampled_from([0, 1, wire.MAX_WINDOW, 1 << 31, 2**32 - 1])
)
SETTINGS = st.lists(
    st.one_of(
        st.tuples(st.just(wire.INITIAL_WINDOW_SIZE), st.integers(0, 200000)),
        st.tuples(st.just(wire.MAX_FRAME_SIZE), st.integers(16384, 40000)),
        st.tuples(st.just(wire.HEADER_TABLE_SIZE), st.integers(0, 9000)),
        st.tuples(st.integers(0, 12), st.sampled_from([0, 1, 2, 100, 2**31, 2**32 - 1])),
    ),
    max_size=4,
)


@st.composite
def head_frames(draw: st.DrawFn) -> bytes:
    """HEADERS, with CONTINUATION frames at times."""
    stream_id = draw(st.one_of(FEW_STREAMS, ANY_STREAM))
    block = wire.field_block(draw(any_fields()), indexed=draw(st.booleans()))
    padding = draw(PADDINGS)
    priority = draw(st.one_of(st.none(), PRIORITIES))
    end = draw(st.booleans())
    cut = draw(st.integers(0, len(block)))
    if cut % 3:
        return wire.headers(stream_id, block, end=end, padding=padding, priority=priority)
    head = wire.headers(
        stream_id, block[:cut], end=end, end_headers=False, padding=padding, priority=priority
    )
    return head + wire.continuation(stream_id, block[cut:])


def frames() -> st.SearchStrategy[bytes]:
    """One frame or one field block of a client that is right most of the time."""
    return st.one_of(
        head_frames(),
        st.builds(
            lambda stream_id, chunk, end, padding: wire.data(
                stream_id, chunk, end=end, padding=padding
            ),
            FEW_STREAMS,
            CHUNKS,
            st.booleans(),
            PADDINGS,
        ),
        st.builds(
            lambda stream_id, end: wire.headers(stream_id, [(b"x-sum", b"1")], end=end),
            FEW_STREAMS,
            st.booleans(),
        ),
        st.builds(wire.window_update, ANY_STREAM, INCREMENTS),
        st.builds(wire.rst_stream, FEW_STREAMS, st.integers(0, 20)),
        SETTINGS.map(lambda values: wire.settings(*values)),
        st.builds(wire.ping, st.binary(min_size=8, max_size=8)),
        st.builds(wire.priority, ANY_STREAM, PRIORITIES),
        st.builds(
            wire.priority_update, ANY_STREAM, st.sampled_from([b"u=0", b"u=7, i", b"", b"\xff"])
        ),
        st.just(wire.settings_ack()),
        st.just(wire.goaway()),
        st.builds(
            wire.frame,
            st.sampled_from([*range(13), Kind.PRIORITY_UPDATE]),
            st.integers(0, 255),
            ANY_STREAM,
            st.binary(max_size=20),
        ),
    )


def scripts(max_size: int = 12) -> st.SearchStrategy[list[bytes]]:
    """What a client sends after the two prefaces."""
    return st.lists(frames(), max_size=max_size)
