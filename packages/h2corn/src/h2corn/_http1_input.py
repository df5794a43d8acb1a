"""Owns what was received and not understood yet, and cuts request heads out of it.

Does not read heads: it refuses what can only be refused before a head is whole. Both are decided by
the bytes alone, never by the pieces in which they came.
"""

from typing import Final

from h2corn._http1_errors import BadRequestError
from h2corn._http1_head import check_request_line, find_end
from h2corn._http1_limits import Http1Limits

__all__ = ["Http1Input"]

_CRLF: Final = b"\r\n"
_CR: Final = 0x0D


class Http1Input:
    """The received bytes of a connection.

    Attributes:
        buffer: bytes that came, an incomplete head excepted.
        position: where in the buffer those begin that were not understood yet.
    """

    __slots__ = ("_has_line", "_head", "_limits", "_partial", "buffer", "position")

    def __init__(self, limits: Http1Limits) -> None:
        self.buffer = b""
        self.position = 0
        self._head = 0  # where the newest one begins in the buffer
        self._limits = limits
        # An incomplete head grows here, where no piece is copied or searched twice.
        self._partial: bytearray | None = None
        self._has_line = False

    @property
    def has_begun(self) -> bool:
        """Whether there is anything of a next message."""
        return self._partial is not None or self.position < len(self.buffer)

    @property
    def has_head(self) -> bool:
        """Whether there is a part of a head, and not only the empty line that may precede one."""
        return self._partial is not None and not _CRLF.startswith(bytes(self._partial[:3]))

    @property
    def is_head(self) -> bool:
        """Whether the newest head is one of a HEAD request, be it malformed or incomplete."""
        if self._partial is not None:
            return self._partial.removeprefix(_CRLF).startswith(b"HEAD ")
        return self.buffer.startswith(b"HEAD ", self._head)

    def clear(self) -> None:
        """Forget everything."""
        self._partial = None
        self.buffer = b""
        self.position = 0

    def add(self, data: bytes) -> None:
        """Take what came.

        Raises:
            BadRequestError: it belongs to a head, and that can only be refused.
        """
        if self._partial is not None:
            whole = self._extend(self._partial, data)
            if whole is None:
                return
            self._partial = None
            data = whole
        if self.position == len(self.buffer):
            self.buffer = data
            self.position = 0
        elif data:
            self.buffer = self.buffer[self.position :] + data
            self.position = 0

    def take_head(self) -> bytes | None:
        """Cut out the next head, all lines with their CRLF; None while it is not whole.

        Raises:
            BadRequestError: it can only be refused.
        """
        buffer = self.buffer
        start = position = self.position
        if position == len(buffer):
            return None
        # RFC 9112 section 2.2: an empty line before the request line is passed over.
        if buffer[start] == _CR and buffer.startswith(_CRLF, start):
            start += 2
        end = find_end(buffer, start)
        if end < 0:
            self._partial = bytearray()
            self._has_line = False
            self._extend(self._partial, buffer[position:])
            self.buffer = b""
            self.position = 0
            return None
        self._head = start
        self.position = end + 2
        return buffer[start:end]

    def _extend(self, partial: bytearray, data: bytes) -> bytes | None:
        """Return all that came since the head began when the head is whole, else None."""
        searched = len(partial)
        partial += data
        start = 2 if partial.startswith(_CRLF) else 0
        size = len(partial) - start
        if not self._has_line:
            longest = self._limits.max_request_line + 2
            if size >= longest or partial.find(b"\n", start) >= 0:
                check_request_line(partial[start : start + longest], self._limits)
                self._has_line = True
        if find_end(partial, max(searched - 2, start)) >= 0:
            return bytes(partial)
        # The CR of the empty line may be there already.
        if size > self._limits.max_head + 1:
            raise BadRequestError(431, "the request head is too large")
        return None
