"""What `send` of a WebSocket refuses, and with what: a table, on both protocols.

TypeError is a wrong type, ValueError a malformed value, RuntimeError a wrong order.
"""

from typing import NamedTuple

import pytest

from tests.server.asgi.served import Receive, Scope, Send, Served
from tests.server.wsclient import Connect

CONNECT = {"type": "websocket.connect"}
ACCEPT = {"type": "websocket.accept"}
TEXT = {"type": "websocket.send", "text": "text"}
CLOSE = {"type": "websocket.close"}
START = {"type": "websocket.http.response.start", "status": 403, "headers": []}
BODY = {"type": "websocket.http.response.body", "body": b"denied"}

OFFER = "Sec-WebSocket-Protocol: chat"


class Refusal(NamedTuple):
    """One message that is refused."""

    message: object
    error: type[Exception]
    after: tuple[object, ...] = ()
    """What is sent before, and taken."""


REFUSALS = [
    Refusal(None, TypeError),
    Refusal("websocket.accept", TypeError),
    Refusal({**ACCEPT, "subprotocol": b"chat"}, TypeError),
    Refusal({**ACCEPT, "headers": "x-a: 1"}, TypeError),
    Refusal({**ACCEPT, "headers": [("x-a", "1")]}, TypeError),
    Refusal({**TEXT, "text": b"bytes"}, TypeError, (ACCEPT,)),
    Refusal({"type": "websocket.send", "bytes": "text"}, TypeError, (ACCEPT,)),
    Refusal({**CLOSE, "code": "1000"}, TypeError, (ACCEPT,)),
    Refusal({**CLOSE, "reason": b"bytes"}, TypeError, (ACCEPT,)),
    Refusal({**START, "status": "403"}, TypeError),
    Refusal({**BODY, "body": "text"}, TypeError, (START,)),
    Refusal({}, ValueError),
    Refusal({"type": "websocket.receive"}, ValueError),
    Refusal({"type": "http.response.start", "status": 200}, ValueError),
    Refusal({**ACCEPT, "headers": [(b"x-a",)]}, ValueError),
    Refusal({**ACCEPT, "headers": [(b"x-a", b"1\r\nx-b: 2")]}, ValueError),
    Refusal({**ACCEPT, "headers": [(b"x a", b"1")]}, ValueError),
    Refusal({**ACCEPT, "subprotocol": "cha\r\nt"}, ValueError),
    Refusal({"type": "websocket.send"}, ValueError, (ACCEPT,)),
    Refusal({"type": "websocket.send", "text": None, "bytes": None}, ValueError, (ACCEPT,)),
    Refusal({**TEXT, "text": "\ud800"}, ValueError, (ACCEPT,)),
    *(
        Refusal({**CLOSE, "code": code}, ValueError, (ACCEPT,))
        for code in (-1, 0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 70_000)
    ),
    Refusal({**CLOSE, "reason": "x" * 124}, ValueError, (ACCEPT,)),
    Refusal({**CLOSE, "reason": "ä" * 62}, ValueError, (ACCEPT,)),
    Refusal({**START, "status": 101}, ValueError),
    Refusal(TEXT, RuntimeError),
    Refusal(BODY, RuntimeError),
    Refusal(ACCEPT, RuntimeError, (ACCEPT,)),
    Refusal(START, RuntimeError, (ACCEPT,)),
    Refusal(BODY, RuntimeError, (ACCEPT,)),
    Refusal(START, RuntimeError, (START,)),
    Refusal(ACCEPT, RuntimeError, (START,)),
    Refusal(TEXT, RuntimeError, (START,)),
    Refusal(TEXT, RuntimeError, (ACCEPT, CLOSE)),
    Refusal(CLOSE, RuntimeError, (ACCEPT, CLOSE)),
    Refusal(ACCEPT, RuntimeError, (CLOSE,)),
    Refusal(BODY, RuntimeError, (START, BODY)),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: "")
def test_the_refused_message_did_not_happen(
    served: Served, open_session: Connect, refusal: Refusal
) -> None:
    after = refusal.after

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert await receive() == CONNECT
        for message in after:
            await send(message)
        with pytest.raises(refusal.error) as caught:
            await send(refusal.message)
        assert str(caught.value)
        if CLOSE in after or BODY in after:
            return
        rest = [BODY] if START in after else [TEXT, CLOSE] if ACCEPT in after else [ACCEPT, CLOSE]
        for message in rest:
            await send(message)

    run = served.run(app)
    with open_session(served.endpoint(), "/", OFFER) as session:
        if START in after or after == (CLOSE,):
            assert session.status == 403
        else:
            assert session.status == session.accepted
            if after == (ACCEPT,):
                assert session.receive_text() == "text"
            assert session.receive_close() == (1000, "")
            session.close(1000)
            session.rest()
    assert run.error() is None
