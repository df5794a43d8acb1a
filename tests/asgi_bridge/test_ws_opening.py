"""Tests of the answers to a handshake: accepted, refused, or answered by a response."""

from collections.abc import Callable

import pytest

from asgi_bridge import ClientDisconnected, DefaultHeaders, WebSocketLimits, WebSocketScope
from tests.asgi_bridge.fakes import Run, settle
from tests.asgi_bridge.websocket_fakes import (
    ACCEPT,
    ACCEPTED,
    App,
    Connection,
    Receive,
    Send,
    WebSocketHead,
    close_frame,
    deflating_head,
    echo,
    frame,
    handshake,
    http2_head,
)

CLOSE: dict[str, object] = {"type": "websocket.close"}


def start(status: object = 401, headers: object = ()) -> dict[str, object]:
    return {"type": "websocket.http.response.start", "status": status, "headers": headers}


def body(chunk: object = b"", more: object = False) -> dict[str, object]:
    return {"type": "websocket.http.response.body", "body": chunk, "more_body": more}


def sending(*messages: dict[str, object], errors: list[Exception] | None = None) -> App:
    """Make an application that sends messages and keeps what they raise."""

    async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            try:
                await send(message)
            except Exception as error:
                if errors is None:
                    raise
                errors.append(error)
        while (await receive())["type"] != "websocket.disconnect":
            pass

    return app


def test_that_a_client_is_accepted_over_http1(run: Run) -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        assert connection.sink.calls == [
            ("start", 101, [(b"sec-websocket-accept", ACCEPT)], False),
            ("data", b"", False),
        ]
        assert connection.ws.status == 101
        assert connection.events == ["answered"]
        await connection.lose()

    run(main())


def test_that_a_client_is_accepted_over_http2(run: Run) -> None:
    async def main() -> None:
        connection = await Connection(echo, head=http2_head()).open()
        assert connection.sink.calls == [("start", 200, [], False), ("data", b"", False)]
        assert connection.ws.status == 200
        await connection.feed(frame(1, b"hello"))
        assert connection.frames == [(0x81, b"hello")]
        await connection.lose()

    run(main())


def test_that_http2_without_a_stream_of_bytes_is_over_at_once(run: Run) -> None:
    async def main() -> None:
        head = http2_head()
        head.end_stream = True
        connection = await Connection(echo, head=head).open()
        await connection.completed.wait()
        assert connection.ws.close_code == 1006
        assert connection.is_ended

    run(main())


def test_that_an_accept_behind_the_end_of_the_input_sends_no_close_frame(run: Run) -> None:
    async def main() -> None:
        seen: list[object] = []

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            seen.append(await receive())
            await send(ACCEPTED)
            seen.append(await receive())

        head = http2_head()
        head.end_stream = True
        connection = await Connection(app, head=head).open()
        await connection.completed.wait()
        lost = {"type": "websocket.disconnect", "code": 1006, "reason": ""}
        assert seen == [lost, lost]
        # 1006 is never sent (RFC 6455, 7.4.1).
        assert connection.sent == b""
        assert connection.is_ended

    run(main())


def test_that_an_application_adds_fields(run: Run) -> None:
    async def main() -> None:
        head = WebSocketHead(handshake((b"sec-websocket-protocol", b"chat, superchat")))
        accept = {
            **ACCEPTED,
            "subprotocol": "superchat",
            "headers": [[b"Set-Cookie", b"a=1"], (b"server", b"mine"), (b"connection", b"close")],
        }
        connection = Connection(
            sending(accept),
            head=head,
            defaults=DefaultHeaders(lambda: 0.0, server=b"ours", extra=[(b"x-a", b"1")]),
        )
        await connection.open()
        assert connection.headers == [
            (b"sec-websocket-accept", ACCEPT),
            (b"sec-websocket-protocol", b"superchat"),
            (b"Set-Cookie", b"a=1"),
            (b"server", b"mine"),
            (b"date", b"Thu, 01 Jan 1970 00:00:00 GMT"),
            (b"x-a", b"1"),
        ]
        await connection.lose()

    run(main())


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"subprotocol": "chat"}, ValueError),
        ({"subprotocol": 1}, TypeError),
        ({"headers": [("a", "b")]}, TypeError),
        ({"headers": [(b"a",)]}, ValueError),
        ({"headers": [(b"sec-websocket-accept", b"x")]}, ValueError),
        ({"headers": [(b"content-length", b"0")]}, ValueError),
    ],
)
def test_that_a_wrong_accept_can_be_repeated(
    run: Run, more: dict[str, object], error: type[Exception]
) -> None:
    async def main() -> None:
        errors: list[Exception] = []
        connection = Connection(sending({**ACCEPTED, **more}, ACCEPTED, errors=errors))
        await connection.open()
        assert [type(found) for found in errors] == [error]
        assert connection.status == 101
        await connection.lose()

    run(main())


def test_that_an_accept_that_the_sink_refuses_can_be_repeated(run: Run) -> None:
    async def main() -> None:
        errors: list[Exception] = []
        connection = Connection(sending(ACCEPTED, ACCEPTED, errors=errors))
        connection.sink.refusal = ValueError("a bad name")
        await connection.open()
        assert [str(error) for error in errors] == ["a bad name"]
        assert connection.status == 101
        await connection.lose()

    run(main())


def test_that_compression_is_agreed_on(run: Run) -> None:
    async def main() -> None:
        head = deflating_head(b"permessage-deflate; client_max_window_bits")
        connection = await Connection(echo, head=head).open()
        assert (
            b"sec-websocket-extensions",
            b"permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
        ) in connection.headers
        await connection.lose()

    run(main())


def test_that_compression_can_be_switched_off(run: Run) -> None:
    async def main() -> None:
        limits = WebSocketLimits(per_message_deflate=False)
        connection = await Connection(echo, head=deflating_head(), limits=limits).open()
        assert connection.headers == [(b"sec-websocket-accept", ACCEPT)]
        await connection.feed(frame(1, b"x", rsv=4))
        assert connection.close is not None
        assert connection.close[0] == 1002

    run(main())


@pytest.mark.parametrize("message", [CLOSE, {**CLOSE, "code": 4000, "reason": "no"}])
def test_that_a_close_before_the_accept_is_403(run: Run, message: dict[str, object]) -> None:
    async def main() -> None:
        connection = await Connection(sending(message)).open()
        await connection.completed.wait()
        assert connection.sink.calls == [("start", 403, [], True), ("finish",)]
        assert connection.ws.status == 403
        assert connection.events == ["answered", "complete"]

    run(main())


@pytest.mark.parametrize("make_head", [WebSocketHead, http2_head])
def test_that_a_response_refuses(run: Run, make_head: Callable[[], WebSocketHead]) -> None:
    async def main() -> None:
        fields = [(b"www-authenticate", b"Basic")]
        app = sending(start(401, fields), body(b"Who ", True), body(b"are you?"))
        connection = await Connection(app, head=make_head()).open()
        await connection.completed.wait()
        assert connection.sink.calls == [
            ("start", 401, fields, False),
            ("data", b"Who ", False),
            ("data", b"are you?", True),
            ("finish",),
        ]
        assert connection.ws.status == 401
        assert connection.events == ["answered", "complete"]

    run(main())


def test_that_a_response_that_accepts_does_not_refuse(run: Run) -> None:
    # Any 2xx to an extended CONNECT opens the tunnel (RFC 8441, 5), and the body would be frames.
    async def main() -> None:
        connection = await Connection(sending(start(204), body(b"")), head=http2_head()).open()
        await connection.completed.wait()
        assert connection.status == 500

        connection = await Connection(sending(start(204), body(b""))).open()
        await connection.completed.wait()
        assert connection.status == 204

    run(main())


def test_that_a_refusal_waits_for_room(run: Run) -> None:
    async def main() -> None:
        connection = Connection(sending(start(), body(b"a", True), body(b"b")))
        connection.fill()
        await connection.open()
        assert connection.sent == b"a"
        await connection.drain()
        assert connection.sent == b"ab"
        await connection.completed.wait()

    run(main())


def test_that_a_refusal_has_default_fields(run: Run) -> None:
    async def main() -> None:
        defaults = DefaultHeaders(lambda: 0.0, date=False, server=b"ours")
        connection = await Connection(sending(CLOSE), defaults=defaults).open()
        assert connection.headers == [(b"server", b"ours")]

    run(main())


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([body()], RuntimeError),
        ([start(), start()], RuntimeError),
        ([start(), ACCEPTED], RuntimeError),
        ([start(), CLOSE], RuntimeError),
        ([start(), body(), body()], RuntimeError),
        ([start(), body(), ACCEPTED], RuntimeError),
        ([CLOSE, CLOSE], RuntimeError),
        ([CLOSE, ACCEPTED], RuntimeError),
        ([CLOSE, start()], RuntimeError),
        ([ACCEPTED, ACCEPTED], RuntimeError),
        ([ACCEPTED, start()], RuntimeError),
        ([ACCEPTED, body()], RuntimeError),
        ([{"type": "websocket.send", "text": "x"}], RuntimeError),
        ([start(100)], ValueError),
        ([start("200")], TypeError),
        ([start(None)], ValueError),
        ([start(), body("x")], TypeError),
    ],
)
def test_that_the_order_is_kept(
    run: Run, messages: list[dict[str, object]], error: type[Exception]
) -> None:
    async def main() -> None:
        errors: list[Exception] = []
        connection = await Connection(sending(*messages, errors=errors)).open()
        assert [type(found) for found in errors] == [error]
        await connection.lose()

    run(main())


def test_that_a_refusal_longer_than_its_length_is_an_error(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        app = sending(start(400, [(b"content-length", b"1")]), body(b"xy"))
        connection = await Connection(app).open()
        await connection.completed.wait()
        assert connection.sink.names == ["start", "data", "finish"]
        assert connection.sink.calls[0][1] == 500

    run(main())
    assert "longer than its content-length" in caplog.text


def test_that_a_head_that_the_sink_refuses_did_not_happen(run: Run) -> None:
    async def main() -> None:
        errors: list[Exception] = []
        connection = Connection(sending(start(), body(), ACCEPTED, errors=errors))
        connection.sink.refusal = ValueError("a bad name")
        await connection.open()
        assert [str(error) for error in errors] == ["a bad name"]
        assert connection.status == 101
        await connection.lose()

    run(main())


def test_that_a_client_that_left_is_told_of(run: Run) -> None:
    async def main() -> None:
        errors: list[Exception] = []
        message: dict[str, object] = {"type": "websocket.send", "text": ""}
        messages = [ACCEPTED, CLOSE, start(), body(), message]

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await settle()
            await sending(*messages, errors=errors)(scope, receive, send)

        connection = Connection(app)
        connection.ws.start()
        await connection.lose()
        await connection.completed.wait()
        assert [type(error) for error in errors] == [ClientDisconnected] * 5
        assert not connection.sink.calls
        assert connection.ws.status == 0
        assert connection.events == ["reset", "answered", "complete"]

    run(main())


def test_that_a_refusal_may_lose_its_client(run: Run) -> None:
    async def main() -> None:
        errors: list[Exception] = []
        app = sending(start(), body(b"a", True), body(b"b"), errors=errors)
        connection = Connection(app)
        connection.fill()
        await connection.open()
        await connection.lose()
        await connection.completed.wait()
        assert {type(error) for error in errors} == {ClientDisconnected}
        assert connection.ws.status == 401

    run(main())


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (WebSocketHead(handshake(version=b"8")), 426),
        (WebSocketHead(handshake(key=b"short")), 400),
        (WebSocketHead(handshake((b"sec-websocket-protocol", b"a b"))), 400),
    ],
)
def test_that_what_is_no_handshake_never_reaches_the_application(
    run: Run, head: WebSocketHead, status: int
) -> None:
    async def main() -> None:
        connection = await Connection(sending(ACCEPTED), head=head).open()
        assert connection.status == status
        assert connection.is_ended
        assert connection.sent
        assert connection.events == ["answered", "complete"]
        await connection.feed(close_frame())
        assert connection.events == ["answered", "complete"]

    run(main())
