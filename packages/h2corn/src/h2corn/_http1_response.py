"""Owns one response: its framing (RFC 9112 section 6), and where its parts go.

Does not order them, nor compare the length announced with the one sent: the bridge has done both
when a call arrives here. What would break the framing all the same is not written.
"""

from collections.abc import Awaitable
from io import FileIO
from typing import Final, Protocol

from h2c_core import Field
from h2corn._http1_encoding import (
    HOP_BY_HOP,
    KNOWN_FIELDS,
    KNOWN_LENGTHS,
    STATUS_LINES,
    encode_field,
    encode_length,
    encode_section,
    status_line,
)
from h2corn._http1_fields import list_members
from h2corn._http1_head import RequestHead
from h2corn._http1_output import FileSender, Http1Output

__all__ = ["Http1Stream", "ResponseTarget"]

# How the client learns where the body ends.
_CHUNKED: Final = 0
_LENGTH: Final = 1
_CLOSE: Final = 2
_NO_BODY: Final = 3  # 204, 304, and all that comes behind the end
_NO_BODY_TO_HEAD: Final = 4  # the same, but a length describes what GET would get

_NO_CONTENT: Final = 204
_WITHOUT_BODY: Final = frozenset({_NO_CONTENT, 304})

_CONTINUE: Final = 100
_SWITCHING_PROTOCOLS: Final = 101


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


class Http1Stream:
    """The response to one request. Calls on a stream that is gone do nothing.

    Attributes:
        request: what it answers.
        connection: where it goes; None when the stream is gone.
        bytes_sent: body bytes of the response accepted so far.
        can_trailers: trailers can be sent, unless the response has a content-length.
        is_started: the head of the final response has been written.
        is_ended: its end has.
        closes: the connection ends with the exchange.
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
        self._framing = _CHUNKED
        self._left = -1  # of the length announced
        self.closes = not request.keep_alive
        self.is_ended = False

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
            self._framing = _NO_BODY
        elif self.request.method == b"HEAD":
            self._framing = _NO_BODY_TO_HEAD
        if end:
            self.data(b"", True)

    def data(self, chunk: bytes, end: bool) -> bool:
        """Send body bytes; False asks to wait for `on_writable` before the next ones."""
        connection = self.connection
        if connection is None:
            return True
        head = b"" if self.is_started else self._complete_head(connection, len(chunk), end)
        framing = self._framing
        if framing == _LENGTH:
            if len(chunk) > self._left:
                chunk = chunk[: self._left]
            self._left -= len(chunk)
            self.bytes_sent += len(chunk)
            if end and self._left:
                # Only the end of the connection tells that something is missing.
                self.closes = True
        elif framing >= _NO_BODY:
            chunk = b""
        else:
            self.bytes_sent += len(chunk)
            if framing == _CHUNKED:
                if chunk:
                    chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
                if end:
                    chunk += b"0\r\n\r\n"
        data = head + chunk
        if end:
            self._end(connection, data)
            return True
        return connection.output.send(data) if data else True

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> Awaitable[None] | None:
        """Send a part of a file as body bytes.

        Returns:
            What sends it, to be awaited at once; None where that cannot be done, with nothing
            sent. It raises OSError where the file was not sent whole, and the response is to be
            aborted; a ConnectionError where that is the client's doing.
        """
        connection = self.connection
        if connection is None or self._framing >= _NO_BODY:
            return None
        transfer = connection.output.make_transfer(file, offset, count)
        return None if transfer is None else self._send_file(connection, transfer, count, end)

    async def _send_file(
        self, connection: ResponseTarget, transfer: FileSender, count: int, end: bool
    ) -> None:
        before = b"" if self.is_started else self._complete_head(connection, count, end)
        behind = b""
        if self._framing == _CHUNKED:
            before += b"%x\r\n" % count
            behind = b"\r\n0\r\n\r\n" if end else b"\r\n"
        elif self._framing == _LENGTH:
            self._left -= count
            self.closes |= end and self._left != 0
        if before:
            connection.output.send(before)
        try:
            await transfer.run()
        finally:
            self.bytes_sent += transfer.sent
        if self.connection is None:
            return
        if end:
            self._end(connection, behind)
        elif behind:
            connection.output.send(behind)

    def informational(self, status: int, headers: list[Field]) -> None:
        """Send an interim response (RFC 9110 section 15.2); HTTP/1.0 does not know them.

        Raises:
            ValueError: a field is unsafe, or the status is not 100 or 102 to 199; nothing was sent.
        """
        connection = self.connection
        if connection is None or self.is_started or self.request.http_version == "1.0":
            return
        if not _CONTINUE <= status < 200 or status == _SWITCHING_PROTOCOLS:
            raise ValueError(f"not the status of an interim response: {status}")
        section = encode_section(headers)
        if status == _CONTINUE:
            connection.continue_sent()
        connection.output.send(status_line(status) + section + b"\r\n")

    def trailers(self, headers: list[Field]) -> None:
        """Send trailing fields, which end the response (RFC 9112 section 7.1.2).

        They are left out where the client did not ask for them or the body is not chunked.

        Raises:
            ValueError: a field is unsafe; nothing was sent.
        """
        connection = self.connection
        if connection is None:
            return
        section = encode_section(headers) if self.can_trailers else b""
        head = b"" if self.is_started else self._complete_head(connection, 0, not section)
        if self._framing == _CHUNKED:
            head += b"0\r\n%b\r\n" % section
        self._end(connection, head)

    def credit(self, size: int) -> None:
        """Let the client send more: the application took `size` body bytes."""
        if self.connection is not None:
            self.connection.take_credit(size)

    def finish(self) -> None:
        """Discard what is unread of the request, or close when that is too much.

        A response that is not complete is aborted.
        """
        if not self.is_ended:
            self.abort()
        elif self.connection is not None:
            self.connection.end_exchange(closes=self.closes)

    def abort(self) -> None:
        """Close the connection: the response cannot be completed."""
        if self.connection is not None:
            self.connection.end_exchange(closes=True)

    def _complete_head(self, connection: ResponseTarget, size: int, is_whole: bool) -> bytes:
        """Decide about framing and persistence, and return the head."""
        self.is_started = True
        request = self.request
        lines = self._head
        if self._framing == _CHUNKED:
            if self._left >= 0:
                self._framing = _LENGTH
            elif is_whole:
                self._framing = _LENGTH
                self._left = size
                lines.append(b"content-length: %d\r\n" % size)
            elif request.http_version == "1.1":
                lines.append(b"transfer-encoding: chunked\r\n")
            else:
                self._framing = _CLOSE
                self.closes = True
        elif self._framing == _NO_BODY_TO_HEAD and is_whole and size and self._left < 0:
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

    def _end(self, connection: ResponseTarget, data: bytes) -> None:
        self.is_ended = True
        self._framing = _NO_BODY
        connection.end_response(data)
