"""Owns one response as it goes out: its parts, in their framing, and where they go.

Does not order them, nor compare the length announced with the one sent: the bridge has done both
when a call arrives here. What would break the framing all the same is not written.
"""

from collections.abc import Awaitable
from io import FileIO
from typing import Final

from h2c_core import Field
from h2corn._http1_encoding import encode_section, status_line
from h2corn._http1_framing import CHUNKED, LENGTH, NO_BODY, FramedResponse, ResponseTarget
from h2corn._http1_output import FileSender

__all__ = ["Http1Stream"]

_CONTINUE: Final = 100
_SWITCHING_PROTOCOLS: Final = 101


class Http1Stream(FramedResponse):
    """The response to one request. Calls on a stream that is gone do nothing."""

    __slots__ = ()

    def data(self, chunk: bytes, end: bool) -> bool:
        """Send body bytes; False asks to wait for `on_writable` before the next ones."""
        connection = self.connection
        if connection is None:
            return True
        head = b"" if self.is_started else self._complete_head(connection, len(chunk), end)
        framing = self._framing
        if framing == LENGTH:
            if len(chunk) > self._left:
                chunk = chunk[: self._left]
            self._left -= len(chunk)
            self.bytes_sent += len(chunk)
            if end and self._left:
                # Only the end of the connection tells that something is missing.
                self.closes = True
        elif framing >= NO_BODY:
            chunk = b""
        else:
            self.bytes_sent += len(chunk)
            if framing == CHUNKED:
                if chunk:
                    chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
                if end:
                    chunk += b"0\r\n\r\n"
        data = head + chunk
        if end:
            self._end(connection, data)
            return True
        return connection.output.send(data) if data else True

    def set_timeouts(self, body: float, response_stall: float) -> None:
        """Take another time for the body than the connection's; to be called in `open_stream`.

        Args:
            body: infinite for no limit.
            response_stall: nothing here; only windows of HTTP/2 make one response stall.
        """
        self.timeout_body = body

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> Awaitable[None] | None:
        """Send a part of a file as body bytes.

        Returns:
            What sends it, to be awaited at once; None where that cannot be done, with nothing
            sent. It raises OSError where the file was not sent whole, and the response is to be
            aborted; a ConnectionError where that is the client's doing.
        """
        connection = self.connection
        if connection is None or self._framing >= NO_BODY:
            return None
        transfer = connection.output.make_transfer(file, offset, count)
        return None if transfer is None else self._send_file(connection, transfer, count, end)

    async def _send_file(
        self, connection: ResponseTarget, transfer: FileSender, count: int, end: bool
    ) -> None:
        before = b"" if self.is_started else self._complete_head(connection, count, end)
        behind = b""
        if self._framing == CHUNKED:
            before += b"%x\r\n" % count
            behind = b"\r\n0\r\n\r\n" if end else b"\r\n"
        elif self._framing == LENGTH:
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
        if self._framing == CHUNKED:
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

    def _end(self, connection: ResponseTarget, data: bytes) -> None:
        self.is_ended = True
        self._framing = NO_BODY
        connection.end_response(data)
