"""Owns the answer to a handshake: the session accepted, or refused by a response.

Does not judge the handshake itself; `_ws_handshake` does.
"""

from collections.abc import Mapping

from asgi_bridge._asgi_websocket import WebSocketScope
from asgi_bridge._messages import Field, check_fields
from asgi_bridge._response import COMPLETE, CUT, Response
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._ws_arrivals import CLOSING, CONNECTING, DENYING, OPEN
from asgi_bridge._ws_deflate import Deflater, Inflater, negotiate
from asgi_bridge._ws_handshake import (
    accept_fields,
    check_accept_fields,
    choose_subprotocol,
    offered_extensions,
)
from asgi_bridge._ws_session import Session, SessionContext
from asgi_bridge.errors import ClientDisconnected

__all__ = ["Opening"]


class Opening(Session):
    """One WebSocket from its handshake to the answer.

    A base class as `Arrivals` is.

    Args:
        context: what it shares with all others.
        scope: what the application is called with.
        head: the head of its handshake.
        sink: where the answer goes.
    """

    __slots__ = ("_deflater", "_is_closed", "_response", "_status", "scope")

    def __init__(
        self,
        context: SessionContext,
        scope: WebSocketScope,
        head: RequestHead,
        sink: ResponseSink,
    ) -> None:
        super().__init__(context, head, sink)
        self.scope = scope
        self._status = 0
        self._response: Response | None = None
        self._deflater: Deflater | None = None
        self._is_closed = False  # by the application
        if head.end_stream and head.http_version == "2":
            self._is_ended = True

    @property
    def status(self) -> int:
        """Status that answered the handshake, 0 before."""
        return self._response.status if self._response is not None else self._status

    def on_reset(self, error_code: int) -> None:
        """Note that the client has left, or the connection has gone."""
        if self._response is not None:
            self._response.lose()
        super().on_reset(error_code)

    def _accept(self, message: Mapping[str, object]) -> None:
        if self._state != CONNECTING or self.is_reset:
            raise self._refusal("websocket.accept")
        head = self._head
        subprotocol = choose_subprotocol(head, message.get("subprotocol"))
        defaults = self._context.default_headers
        fields, _, found = check_fields(message.get("headers", ()), defaults.noted)
        fields = check_accept_fields(fields)
        agreed = None
        if self._limits.per_message_deflate:
            agreed = negotiate(offered_extensions(head.headers))
        extensions = b"" if agreed is None else agreed.to_field()
        fields = accept_fields(head, subprotocol, extensions) + fields
        defaults.add_to(fields, found)
        status = 200 if head.http_version == "2" else 101
        self.sink.start(status, fields, False)
        self._status = status
        self._is_full = not self.sink.data(b"", False)
        self._state = OPEN
        if agreed is not None:
            self._deflater = Deflater(agreed)
        self._start_heartbeat()
        self._begin_reading(None if agreed is None else Inflater(agreed))
        self._note_answer()
        if self._stop_code and not self._is_ended:
            self._begin_close(self._stop_code, "")

    def _refusal(self, kind: str) -> Exception:
        """Make the exception for a message that cannot be taken now."""
        if self._is_closed:
            return RuntimeError(f"{kind} out of order, the application has closed the WebSocket")
        if self.is_reset or self._state >= CLOSING:
            return ClientDisconnected("the WebSocket is closed")
        if self._state == CONNECTING:
            return RuntimeError(f"{kind} out of order, the WebSocket is not accepted")
        if self._state == DENYING:
            return RuntimeError(f"{kind} out of order, the WebSocket is refused by a response")
        return RuntimeError(f"{kind} out of order, the WebSocket is accepted")

    # The response that refuses the handshake.

    def _answer(self) -> Response:
        response = self._response
        if response is None:
            response = self._response = Response(self._context, self._head, self.sink)
            if self.is_reset:
                response.lose()
        return response

    def _refuse(self, status: int, fields: list[Field], body: bytes) -> None:
        response = self._answer()
        response.start({"status": status, "headers": fields})
        response.body({"body": body})
        self._end_response(response)

    def _start_response(self, message: Mapping[str, object]) -> None:
        if self._state != CONNECTING or self.is_reset:
            raise self._refusal("websocket.http.response.start")
        status = message.get("status")
        if self._head.http_version == "2" and isinstance(status, int) and 200 <= status < 300:
            raise ValueError(f"over HTTP/2 a status of {int(status)} accepts a WebSocket")
        self._answer().start({"status": status, "headers": message.get("headers", ())})
        self._state = DENYING

    def _send_body(self, message: Mapping[str, object]) -> None:
        if self._state != DENYING or self.is_reset:
            raise self._refusal("websocket.http.response.body")
        response = self._answer()
        response.burst = 0
        try:
            self._is_full = response.body(message)
        except ValueError:
            # The sink has refused the head, which did not happen, unless it is out.
            self._state = DENYING if response.status else CONNECTING
            raise
        finally:
            self._burst += response.burst
            if response.state >= COMPLETE:
                self._is_closed = True
                self._end_response(response)

    def _end_response(self, response: Response) -> None:
        if response.state <= CUT:
            self.sink.finish()
        self._conclude()
