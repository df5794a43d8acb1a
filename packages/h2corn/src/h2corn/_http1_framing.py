"""Owns the head of one response: the framing (RFC 9112 section 6), and what the connection becomes.

Does not send it: it goes out with the first body bytes, which may decide how the rest is framed.
"""

from abc import abstractmethod
from typing import Final, Protocol

from h2c_core import Field
from h2corn._http1_encoding import (
    HOP_BY_HOP,
    KNOWN_FIELDS,
    KNOWN_LENGTHS,
    STATUS_LINES,
    encode_field,
    encode_length,
    status_line,
)
from h2corn._http1_fields import list_members
from h2corn._http1_head import RequestHead
from h2corn._http1_output import Http1Output

__all__ = [
    "CHUNKED",
    "LENGTH",
    "NO_BODY",
    "FramedResponse",
    "ResponseTarget",
]

# How the client learns where the body ends.
CHUNKED: Final = 0
LENGTH: Final = 1
CLOSE: Final = 2
NO_BODY: Final = 3  # 204, 304, and all that comes behind the end
NO_BODY_TO_HEAD: Final = 4  # the same, but a length describes what GET would get

_NO_CONTENT: Final = 204
_WITHOUT_BODY: Final = frozenset({_NO_CONTENT, 304})


class ResponseTarget(Protocol):
    """What a response asks of its connection."""

    is_draining: bool
    output: Http1Output

    def must_close(self, *, is_whole: bool) -> bool:
        """Whether what is unread of the request keeps the connection from taking another one."""

    def continue_sent(self) -> None:
        """The client has been told to send its body."""

    def end_response(self, data: bytes) -> None:
        """Queue the last part; the stream is detached when the request is complete, too."""

    def end_exchange(self, *, closes: bool) -> None:
        """Nothing more is wanted of a request that is still coming, and nothing will be said."""

    def take_credit(self, size: int) -> None:
        """The application took body bytes."""

    def begin_tunnel(self) -> None:
        """Say and read nothing more in HTTP/1: what follows belongs to another protocol."""


class FramedResponse:
    """The side of a response that frames it.

    A base class and not a part: how a body goes on depends on all that its head has said.

    Attributes:
        request: what it answers.
        connection: where it goes; None when the stream is gone.
        bytes_sent: body bytes of the response accepted so far.
        can_trailers: trailers can be sent, unless the response has a content-length.
        is_started: the head of the final response has been written.
        is_ended: its end has.
        closes: the connection ends with the exchange.
        timeout_body: seconds without a byte of the request's body, where they are its own;
            infinite for no limit.
        weight: none; HTTP/1 has no priorities, and the following ones mean nothing.
        depends_on: see above.
        urgency: see above.
        incremental: see above.
    """

    __slots__ = (
        "_framing",
        "_head",
        "_left",
        "bytes_sent",
        "can_trailers",
        "closes",
        "connection",
        "is_ended",
        "is_started",
        "request",
        "timeout_body",
    )

    weight: int | None = None
    depends_on: int = 0
    urgency: int = 3
    incremental: bool = False

    def __init__(self, connection: ResponseTarget, request: RequestHead) -> None:
        self.request = request
        self.bytes_sent = 0
        self.can_trailers = request.accepts_trailers
        self.is_started = False
        self.connection: ResponseTarget | None = connection
        self._head: list[bytes] = []  # until the first body bytes decide about the framing
        self._framing = CHUNKED
        self._left = -1  # of the length announced
        self.closes = not request.keep_alive
        self.is_ended = False
        self.timeout_body: float | None = None

    def start(self, status: int, headers: list[Field], end: bool) -> None:
        """Take the head of the final response; it is written with the first body bytes.

        Connection-specific fields are left out; `connection: close` closes the connection.

        Raises:
            ValueError: a field is unsafe (CR, LF, NUL, not a token); nothing was sent.
        """
        if self.connection is None:
            return
        lines = [STATUS_LINES.get(status) or status_line(status)]
        length = -1
        closes = False
        known = KNOWN_FIELDS.get
        for field in headers:
            line = known(field)
            if line is None:
                name = field[0].lower()
                if name == b"content-length":
                    length, line = KNOWN_LENGTHS.get(field) or encode_length(field)
                    if status == _NO_CONTENT:  # RFC 9110 section 8.6.
                        line = b""
                elif name in HOP_BY_HOP:
                    closes |= name == b"connection" and b"close" in list_members(field[1])
                    line = b""
                else:
                    line = encode_field(field)
            lines.append(line)
        self._head = lines
        self._left = length
        if closes:
            self.closes = True
        if status in _WITHOUT_BODY:
            self._framing = NO_BODY
        elif self.request.method == b"HEAD":
            self._framing = NO_BODY_TO_HEAD
        if end:
            self.data(b"", True)

    @abstractmethod
    def data(self, chunk: bytes, end: bool) -> bool:
        """Send body bytes."""

    def _complete_head(self, connection: ResponseTarget, size: int, is_whole: bool) -> bytes:
        """Decide about framing and persistence, and return the head."""
        self.is_started = True
        request = self.request
        lines = self._head
        if self._framing == CHUNKED:
            if self._left >= 0:
                self._framing = LENGTH
            elif is_whole:
                self._framing = LENGTH
                self._left = size
                lines.append(b"content-length: %d\r\n" % size)
            elif request.http_version == "1.1":
                lines.append(b"transfer-encoding: chunked\r\n")
            else:
                self._framing = CLOSE
                self.closes = True
        elif self._framing == NO_BODY_TO_HEAD and is_whole and size and self._left < 0:
            lines.append(b"content-length: %d\r\n" % size)
        if connection.is_draining or (
            not request.end_stream and connection.must_close(is_whole=is_whole)
        ):
            self.closes = True
        # RFC 9112 section 9.3: each version says what it does not do by default.
        if self.closes:
            lines.append(b"connection: close\r\n")
        elif request.http_version == "1.0":
            lines.append(b"connection: keep-alive\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)
