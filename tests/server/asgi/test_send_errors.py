"""What `send` refuses, and with what: a table of messages, and what the client gets of them.

TypeError is a wrong type, ValueError a malformed value, RuntimeError a wrong order.
"""

from typing import NamedTuple

import pytest

from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Receive, Scope, Send, Served

START = {"type": "http.response.start", "status": 200, "headers": []}
PART = {"type": "http.response.body", "body": b"part", "more_body": True}
END = {"type": "http.response.body", "body": b"end"}
TRAILERS = {"type": "http.response.trailers", "headers": [(b"x-t", b"1")]}
ANNOUNCED = {**START, "trailers": True}


def starting(*fields: object, **changes: object) -> dict[str, object]:
    """Make a message that starts a response."""
    return {**START, "headers": list(fields), **changes}


class Refusal(NamedTuple):
    """One message that is refused."""

    message: object
    error: type[Exception]
    after: tuple[object, ...] = ()
    """What is sent before, and taken."""


TYPES = [
    Refusal(None, TypeError),
    Refusal("http.response.start", TypeError),
    Refusal(["http.response.start", 200], TypeError),
    Refusal(starting(status="200"), TypeError),
    Refusal(starting(status=b"200"), TypeError),
    Refusal(starting(status=200.0), TypeError),
    Refusal(starting(status=True), TypeError),
    Refusal({**START, "headers": None}, TypeError),
    Refusal({**START, "headers": 5}, TypeError),
    Refusal({**START, "headers": "x-a: 1"}, TypeError),
    Refusal({**START, "headers": b"x-a: 1"}, TypeError),
    Refusal({**START, "headers": {"x-a": "1"}}, TypeError),
    Refusal(starting(("x-a", "1")), TypeError),
    Refusal(starting(("x-a", b"1")), TypeError),
    Refusal(starting((b"x-a", "1")), TypeError),
    Refusal(starting((b"x-a", 1)), TypeError),
    Refusal(starting((b"x-a", None)), TypeError),
    Refusal(starting(b"ab"), TypeError),
    Refusal(starting(None), TypeError),
    Refusal({**PART, "body": "text"}, TypeError, (START,)),
    Refusal({**PART, "body": None}, TypeError, (START,)),
    Refusal({**PART, "body": 5}, TypeError, (START,)),
    Refusal({**PART, "body": [b"part"]}, TypeError, (START, PART)),
    Refusal({**END, "body": "text"}, TypeError, (START, PART)),
]

VALUES = [
    Refusal({}, ValueError),
    Refusal({"type": "http.response"}, ValueError),
    Refusal({"type": "http.request"}, ValueError),
    Refusal({"type": "websocket.accept"}, ValueError),
    Refusal({"type": "lifespan.startup.complete"}, ValueError, (START,)),
    Refusal({"type": "http.response.start", "headers": []}, ValueError),
    *(Refusal(starting(status=status), ValueError) for status in (-1, 0, 99, 1000, 20_000)),
    *(Refusal(starting(status=status), ValueError) for status in (100, 101, 103)),
    Refusal(starting((b"x-a",)), ValueError),
    Refusal(starting((b"x-a", b"1", b"2")), ValueError),
    Refusal(starting(()), ValueError),
    *(
        Refusal(starting((b"content-length", value)), ValueError)
        for value in (b"", b"-1", b"+1", b"1.0", b"0x1", b"1, 1", b"\xb2", b"ten")
    ),
    Refusal(starting((b"content-length", b"3"), (b"Content-Length", b"3")), ValueError),
]

FIELDS = [
    (b"", b"1"),
    (b"x a", b"1"),
    (b"x-a ", b"1"),
    (b"x-a:", b"1"),
    (b"x\r\nset-cookie", b"1"),
    (b"x\n", b"1"),
    (b"x\0", b"1"),
    (b"caf\xe9", b"1"),
    (b":status", b"200"),
    (b"x-a", b"1\r\nset-cookie: b"),
    (b"x-a", b"1\n"),
    (b"x-a", b"1\r"),
    (b"x-a", b"1\0"),
]
"""Fields that no head may have: they would end it, or start another one."""

ORDER = [
    Refusal(PART, RuntimeError),
    Refusal(END, RuntimeError),
    Refusal(TRAILERS, RuntimeError),
    Refusal(START, RuntimeError, (START,)),
    Refusal(START, RuntimeError, (START, PART)),
    Refusal(TRAILERS, RuntimeError, (START,)),
    Refusal(TRAILERS, RuntimeError, (START, PART)),
    Refusal(TRAILERS, RuntimeError, (ANNOUNCED, PART)),
    Refusal(PART, RuntimeError, (ANNOUNCED, END)),
    Refusal(START, RuntimeError, (ANNOUNCED, END)),
]

ENDED = [
    Refusal(START, RuntimeError, (START, END)),
    Refusal(PART, RuntimeError, (START, END)),
    Refusal(END, RuntimeError, (START, END)),
    Refusal(TRAILERS, RuntimeError, (START, END)),
    Refusal(TRAILERS, RuntimeError, (ANNOUNCED, END, TRAILERS)),
    Refusal(PART, RuntimeError, (ANNOUNCED, END, TRAILERS)),
]
"""Messages behind the end of the response."""

TE = [("te", "trailers")]


@pytest.mark.parametrize("refusal", [*TYPES, *VALUES, *ORDER], ids=lambda refusal: "")
def test_the_refused_message_did_not_happen(served: Served, peer: Peer, refusal: Refusal) -> None:
    """The application learns of its fault, and may go on as if it had not sent it."""
    rest = rest_of(refusal.after)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in refusal.after:
            await send(message)
        with pytest.raises(refusal.error) as caught:
            await send(refusal.message)
        assert type(caught.value) is refusal.error
        assert str(caught.value)
        for message in rest:
            await send(message)

    run = served.run(app)
    answer = peer.get(fields=TE)
    assert run.error() is None
    assert (answer.status, answer.is_complete) == (200, True)
    assert answer.body == (b"partend" if PART in (*refusal.after, *rest) else b"end")


def rest_of(messages: tuple[object, ...]) -> list[object]:
    """Return what completes a response that begins with these messages."""
    if not messages:
        return [START, PART, END]
    rest: list[object] = [] if END in messages else [END]
    return [*rest, TRAILERS] if ANNOUNCED in messages else rest


@pytest.mark.parametrize("field", FIELDS, ids=repr)
def test_fields_that_would_break_the_head(
    served: Served, peer: Peer, field: tuple[bytes, bytes]
) -> None:
    """They are refused by the start, or by the body message that would send it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(ValueError, match=r"name|value"):  # noqa: PT012 - either of them
            await send(starting((b"x-good", b"1"), field))
            await send(END)
        await send(START)
        await send(END)

    run = served.run(app)
    answer = peer.get()
    assert run.error() is None
    assert (answer.status, answer.body, answer.is_complete) == (200, b"end", True)
    assert answer.values(b"x-good") == answer.values(b"set-cookie") == []


@pytest.mark.parametrize("refusal", ENDED, ids=lambda refusal: "")
def test_behind_the_end(served: Served, peer: Peer, refusal: Refusal) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in refusal.after:
            await send(message)
        for _ in range(2):
            with pytest.raises(refusal.error):
                await send(refusal.message)

    run = served.run(app)
    answer = peer.get(fields=TE)
    assert run.error() is None
    assert (answer.status, answer.body, answer.is_complete) == (200, b"end", True)
    assert peer.get(fields=TE).body == b"end"


@pytest.mark.parametrize("field", FIELDS, ids=repr)
def test_trailers_that_would_break_the_message(
    served: Served, peer: Peer, field: tuple[bytes, bytes]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(ANNOUNCED)
        await send(END)
        with pytest.raises(ValueError, match=r"name|value"):
            await send({**TRAILERS, "headers": [field]})
        await send(TRAILERS)

    run = served.run(app)
    answer = peer.get(fields=TE)
    assert run.error() is None
    assert answer.trailers == [(b"x-t", b"1")]
