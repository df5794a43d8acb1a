"""Owns what an application may send on a stream: interim heads, the head, the body, trailers.

Does not own the state of the stream, only looks at it, and does not order what waits.
"""

from io import FileIO
from typing import Final

from h2c_core._outbound import Outbound
from h2c_core._request_head import Field
from h2c_core._states import CLOSED, HALF_CLOSED_LOCAL, IDLE, OPENED, TRANSITIONS
from h2c_core._waiting import WaitingBody
from h2c_core.errors import LocalProtocolError

__all__ = ["Response"]

_FIRST_INTERIM: Final = 100
_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL: Final = 200
_FIRST_REDIRECT: Final = 300
_LAST_STATUS: Final = 999
_NO_CONTENT: Final = 204
_NOT_MODIFIED: Final = 304


class Response(WaitingBody):
    """The sending half of a stream. Calls on a stream that is gone do nothing.

    Attributes:
        state: one of the states of `_states`.
        has_started: the head of the final response has been sent.
        is_head: the request is HEAD: there is no body to send.
        is_tunnel: the request is CONNECT, and has not been refused: bytes go both ways, and either
            side ends its half on its own (RFC 9113 section 8.5, RFC 8441).
        bytes_sent: body bytes of the response accepted so far.
        can_trailers: trailers can be sent; always so on HTTP/2 but in a tunnel.
    """

    __slots__ = (
        "_outbound",
        "bytes_sent",
        "can_trailers",
        "has_started",
        "is_head",
        "is_tunnel",
        "state",
    )

    def __init__(self, stream_id: int, outbound: Outbound) -> None:
        super().__init__(stream_id, outbound.initial_window)
        self._outbound = outbound
        self.has_started = False
        self.state = TRANSITIONS[IDLE][OPENED]
        self.is_head = False
        self.is_tunnel = False
        self.bytes_sent = 0
        self.can_trailers = True

    def start(self, status: int, headers: list[Field], end: bool) -> None:
        """Send the head of the final response, and END_STREAM with it when `end`.

        Names are lower-cased and connection-specific fields left out (RFC 9113 section 8.2).

        Raises:
            ValueError: the status is not one of 200 to 999, or a field unsafe (CR, LF, NUL, not a
                token); nothing was sent.
            LocalProtocolError: the response has started already.
        """
        if self._cannot_send():
            return
        if self.has_started:
            msg = "a second final response"
            raise LocalProtocolError(msg)
        if not _FIRST_FINAL <= status <= _LAST_STATUS:
            raise ValueError(f"no status of a final response: {status}")
        if self.is_tunnel and status < _FIRST_REDIRECT:
            # A tunnel has no length, and none of its statuses ends it (RFC 9110 section 9.3.6).
            headers = [it for it in headers if it[0].lower() != b"content-length"]
        # Responses without content end with their head (RFC 9110 section 6.4.1).
        elif self.is_head or status in (_NO_CONTENT, _NOT_MODIFIED):
            end = True
        self._outbound.headers(self.stream_id, status, headers, end=end)
        self.has_started = True
        if status >= _FIRST_REDIRECT:
            self.is_tunnel = False
        if end:
            self.end_sent()

    def data(self, chunk: bytes, end: bool) -> bool:
        """Send body bytes; False asks to wait for `on_writable` before the next ones.

        Raises:
            LocalProtocolError: the response has not started, or the last chunk still waits.
        """
        if self._cannot_send():
            return True
        self._check_ready()
        self.bytes_sent += len(chunk)
        if self.is_tunnel and not end:
            return self._outbound.tunnel_data(self, chunk)
        return self._outbound.data(self, chunk, end=end)

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> None:
        """Send no file: its bytes would have to be cut into frames, and come by `data` instead.

        It is here for applications that ask each kind of response alike, and use what can send
        files itself.
        """

    def informational(self, status: int, headers: list[Field]) -> None:
        """Send an interim response, 100 to 199 but not 101 (RFC 9113 sections 8.1 and 8.6).

        Raises:
            ValueError: the status is another one, or a field unsafe; nothing was sent.
            LocalProtocolError: the final response has started.
        """
        if self._cannot_send():
            return
        if self.has_started:
            msg = "an interim response after the final one"
            raise LocalProtocolError(msg)
        if not _FIRST_INTERIM <= status < _FIRST_FINAL or status == _SWITCHING_PROTOCOLS:
            raise ValueError(f"no status of an interim response: {status}")
        self._outbound.headers(self.stream_id, status, headers, end=False)

    def trailers(self, headers: list[Field]) -> None:
        """Send trailers, which end the response.

        Raises:
            ValueError: a field is unsafe; nothing was sent.
            LocalProtocolError: the response has not started, the last chunk still waits, or the
                stream is a tunnel.
        """
        if self._cannot_send():
            return
        self._check_ready()
        if self.is_tunnel:
            msg = "trailers in a tunnel"
            raise LocalProtocolError(msg)
        self._outbound.headers(self.stream_id, 0, headers, end=True)
        self._outbound.forget(self)
        self.end_sent()

    def prioritize(self, priority: int) -> None:
        """Be sent as a priority signal says, from the next turn on (RFC 9218 section 7).

        Args:
            priority: as `parse_priority` returns it, and not NO_PRIORITY.
        """
        self._outbound.prioritize(self, priority)

    def _check_ready(self) -> None:
        if not self.has_started:
            msg = "body or trailers before the head of the response"
            raise LocalProtocolError(msg)
        if self.chunk is not None:
            msg = "body or trailers while the last chunk still waits for room"
            raise LocalProtocolError(msg)

    def _cannot_send(self) -> bool:
        return self.state == CLOSED or self.state == HALF_CLOSED_LOCAL or self.ends  # noqa: PLR1714
