"""Owns the properties that hold for any cut of a body, whichever way it goes."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from asgi_bridge import HTTPScope
from asgi_bridge._body import SMALL_CHUNK, RequestBody
from tests.asgi_bridge.fakes import Receive, Send, Server, Sink, body, settle, start, upload

SIZES = st.one_of(
    st.integers(0, 3),
    st.sampled_from([SMALL_CHUNK - 1, SMALL_CHUNK, SMALL_CHUNK + 1]),
    st.integers(0, 5 * SMALL_CHUNK),
)


def cut(sizes: list[int]) -> list[bytes]:
    """Make chunks of these sizes, of bytes that tell their places."""
    total = sum(sizes)
    whole = b"".join(i.to_bytes(4, "big") for i in range(total // 4 + 1))
    chunks = []
    position = 0
    for size in sizes:
        chunks.append(whole[position : position + size])
        position += size
    return chunks


@given(st.lists(st.one_of(SIZES, st.none()), max_size=30))
def test_body_gives_what_it_got_and_costs_little(steps: list[int | None]) -> None:
    """None stands for a take."""
    chunks = iter(cut([size for size in steps if size is not None]))
    given_in, taken, held = b"", b"", 0
    request_body = RequestBody()
    for step in steps:
        if step is None:
            chunk = request_body.take()
            assert bool(chunk) is bool(held)
            taken += chunk
            held -= len(chunk)
        else:
            chunk = next(chunks)
            given_in += chunk
            held += len(chunk)
            request_body.add(chunk)
        assert request_body.is_empty is not bool(held)
        objects = len(request_body._chunks) + bool(request_body._tail)
        assert objects <= 2 * held / SMALL_CHUNK + 2
    while not request_body.is_empty:
        taken += request_body.take()
    assert taken == given_in


@given(
    sizes=st.lists(SIZES, max_size=15),
    waits=st.lists(st.booleans(), min_size=16, max_size=16),
)
def test_any_chunking_of_a_request_gives_its_bytes_and_its_credit(
    sizes: list[int], waits: list[bool]
) -> None:
    """The application is given time to read wherever `waits` says so."""
    chunks = cut(sizes)

    async def main() -> None:
        got: list[bytes] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            more = True
            while more:
                message = await receive()
                assert message["type"] == "http.request"
                more = message["more_body"]
                assert message["body"] or not more
                got.append(message["body"])
            await send(start())
            await send(body())

        server, sink = Server(), Sink()
        exchange = server.exchange(app, upload(), sink)
        exchange.start()
        for chunk, waits_now in zip(chunks, waits, strict=False):
            exchange.on_data(chunk)
            if waits_now:
                await settle()
        exchange.on_end([])
        await server.completed.wait()
        assert b"".join(got) == b"".join(chunks)
        assert sink.credited == exchange.body_received == sum(sizes)
        assert sink.names == ["start", "finish"]

    asyncio.run(main())


@given(
    sizes=st.lists(SIZES, max_size=15),
    rooms=st.lists(st.booleans(), min_size=16, max_size=16),
    has_length=st.booleans(),
)
def test_any_chunking_of_a_response_gives_its_bytes(
    sizes: list[int], rooms: list[bool], *, has_length: bool
) -> None:
    """The sink is full wherever `rooms` says so."""
    chunks = cut(sizes)
    fields = [(b"content-length", str(sum(sizes)).encode())] if has_length else []

    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start(200, fields))
            for chunk, has_room in zip(chunks, rooms, strict=False):
                sink.has_room = has_room
                await send(body(chunk, more_body=True))
            await send(body())

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        while not exchange.is_done:
            await settle()
            exchange.on_writable()
        sent = b"".join(call[1] for call in sink.calls if call[0] == "data")  # type: ignore[misc]
        assert sent == b"".join(chunks)
        assert sink.bytes_sent == sum(sizes)
        assert sink.names[-1] == "finish"

    asyncio.run(main())
