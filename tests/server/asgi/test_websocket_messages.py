"""What a WebSocket application receives and sends, on both protocols (ASGI WebSocket 2.5)."""

import asyncio

import pytest

from tests.server.asgi.served import Message, Receive, Scope, Send, Served
from tests.server.wsclient import BINARY, Connect

CONNECT = {"type": "websocket.connect"}
ACCEPT = {"type": "websocket.accept"}
TEXT = {"type": "websocket.send", "text": "text"}
CLOSE = {"type": "websocket.close"}
START = {"type": "websocket.http.response.start", "status": 403, "headers": []}
BODY = {"type": "websocket.http.response.body", "body": b"denied"}


async def keep_messages(scope: Scope, receive: Receive, send: Send) -> list[Message]:
    """Accept, and return all that comes."""
    messages = [await receive()]
    await send(ACCEPT)
    while messages[-1]["type"] != "websocket.disconnect":
        messages.append(await receive())
    messages.append(await receive())
    return messages


def test_messages(served: Served, open_session: Connect) -> None:
    run = served.run(keep_messages)
    with open_session(served.endpoint(), "/") as session:
        session.text("")
        session.text("häl\0lo 🌽")
        session.send(BINARY, b"")
        session.send(BINARY, bytes(range(256)))
        session.say_goodbye(4001)
    first, *received, end, again = run.result()
    assert first == CONNECT
    assert end == again == {"type": "websocket.disconnect", "code": 4001, "reason": ""}
    expected: list[str | bytes] = ["", "häl\0lo 🌽", b"", bytes(range(256))]
    for message, content in zip(received, expected, strict=True):
        kind = "text" if isinstance(content, str) else "bytes"
        assert type(message) is dict
        assert {key: value for key, value in message.items() if value is not None} == {
            "type": "websocket.receive",
            kind: content,
        }
        assert type(message[kind]) is type(content)


@pytest.mark.parametrize(
    ("code", "reason", "seen"),
    [(1000, "", 1000), (1001, "leaving", 1001), (4999, "ä" * 61, 4999), (None, "", 1005)],
)
def test_codes_and_reasons(
    served: Served, open_session: Connect, code: int | None, reason: str, seen: int
) -> None:
    run = served.run(keep_messages)
    with open_session(served.endpoint(), "/") as session:
        session.close(code, reason)
        session.rest()
    message = run.result()[-1]
    assert message == {"type": "websocket.disconnect", "code": seen, "reason": reason}


def test_a_client_that_goes_without_a_word(served: Served, open_session: Connect) -> None:
    run = served.run(keep_messages)
    with open_session(served.endpoint(), "/"):
        pass
    message = run.result()[-1]
    assert (message["type"], message["code"]) == ("websocket.disconnect", 1006)


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "gone"])
def test_sending_to_nobody(served: Served, open_session: Connect, *, is_closed: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        assert (await receive())["type"] == "websocket.disconnect"
        for message in (TEXT, TEXT, CLOSE):
            with pytest.raises(OSError, match=r"client|closed"):
                await send(message)

    run = served.run(app)
    with open_session(served.endpoint(), "/") as session:
        if is_closed:
            session.say_goodbye()
    assert run.error() is None


@pytest.mark.parametrize(
    ("message", "closed"),
    [
        (CLOSE, (1000, "")),
        ({**CLOSE, "code": 4000}, (4000, "")),
        ({**CLOSE, "code": 3000, "reason": None}, (3000, "")),
        ({**CLOSE, "code": 1008, "reason": "ä" * 61}, (1008, "ä" * 61)),
    ],
    ids=lambda value: "",
)
def test_closing(
    served: Served, open_session: Connect, message: Message, closed: tuple[int, str]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> Message:
        await receive()
        await send(ACCEPT)
        await send(message)
        return await receive()

    run = served.run(app)
    with open_session(served.endpoint(), "/") as session:
        assert session.receive_close() == closed
        session.close(closed[0], closed[1])
        assert session.rest() == b""
    assert run.result()["type"] == "websocket.disconnect"
    assert run.result()["code"] == closed[0]


def test_returning_closes(served: Served, open_session: Connect) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)

    served.run(app)
    with open_session(served.endpoint(), "/") as session:
        code, _ = session.receive_close()
        assert code in {1000, 1005}
        session.close(code)
        session.rest()


def test_raising_closes_with_1011(
    served: Served, open_session: Connect, expected_log: list[str]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        raise ValueError("of the application")

    served.run(app)
    with open_session(served.endpoint(), "/") as session:
        assert session.receive_close()[0] == 1011
        session.close(1011)
        session.rest()
    expected_log.append("Exception in ASGI application")


@pytest.mark.parametrize("has_received", [True, False])
def test_refusing(served: Served, open_session: Connect, *, has_received: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if has_received:
            await receive()
        await send(CLOSE)

    served.run(app)
    with open_session(served.endpoint(), "/") as session:
        assert session.status == 403


def test_refusing_with_a_response(served: Served, open_session: Connect) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = [(b"content-length", b"12"), (b"x-why", b"this")]
        await send({**START, "status": 401, "headers": headers})
        await send({**BODY, "more_body": True})
        await send(BODY)

    run = served.run(app)
    with open_session(served.endpoint(), "/") as session:
        assert session.status == 401
        assert session.headers["x-why"] == "this"
        assert session.body() == b"denieddenied"
    assert run.error() is None


@pytest.mark.parametrize("is_raised", [True, False], ids=["raises", "returns"])
def test_neither_accepted_nor_refused(
    served: Served, open_session: Connect, expected_log: list[str], *, is_raised: bool
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if is_raised:
            raise ValueError("of the application")

    served.run(app)
    with open_session(served.endpoint(), "/") as session:
        assert session.status == 500
    expected_log.append(
        "Exception in ASGI application"
        if is_raised
        else "ASGI application returned without a response"
    )


def test_accepting(served: Served, open_session: Connect) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = [(b"X-Upper", b"A"), [b"set-cookie", b"a=1"]]
        await send({**ACCEPT, "subprotocol": "chat", "headers": headers})
        await send(CLOSE)

    served.run(app)
    with open_session(served.endpoint(), "/", "Sec-WebSocket-Protocol: other, chat") as session:
        assert session.status == session.accepted
        assert session.subprotocol == "chat"
        assert session.headers["x-upper"] == "A"
        assert session.headers["set-cookie"] == "a=1"


def test_two_tasks(served: Served, open_session: Connect) -> None:
    """One listens while the other one sends."""

    async def app(scope: Scope, receive: Receive, send: Send) -> list[object]:
        async def listen() -> list[object]:
            heard: list[object] = []
            while (message := await receive())["type"] == "websocket.receive":
                heard.append(message["text"])
            return heard

        await receive()
        await send(ACCEPT)
        listening = asyncio.create_task(listen())
        for number in range(20):
            await send({"type": "websocket.send", "text": f"{number}"})
            await asyncio.sleep(0)
        return await listening

    run = served.run(app)
    with open_session(served.endpoint(), "/") as session:
        for number in range(20):
            assert session.receive_text() == f"{number}"
            session.text(f"heard {number}")
        session.say_goodbye()
    assert run.result() == [f"heard {number}" for number in range(20)]
