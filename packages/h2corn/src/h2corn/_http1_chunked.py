"""Owns a chunked request body (RFC 9112 section 7.1): where it ends, and what is in it.

Does not hold bytes that it has not understood: an incomplete line stays with the caller.

The work is shared with httptools. It decodes: the bytes of the chunks, their closing CRLF. It
cannot be stopped at the end of a message, nor bound what stands between chunks, and takes
extensions that are none, such as `;=`; so the bytes are cut here, and it gets those of this body.
"""

import re
from typing import Final

from httptools import HttpParserError, HttpRequestParser

from h2c_core import Field
from h2corn._http1_errors import BadRequestError
from h2corn._http1_fields import read_trailers
from h2corn._http1_head import find_end
from h2corn._http1_limits import Http1Limits

__all__ = ["ChunkedBody"]

# Brings the parser to where a body begins. The head of the request has been read already.
_HEAD: Final = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"

# Chunks that are cut and decoded in one turn: 3 ms of them.
_TURN: Final = 2048

# A line without extensions is no longer: 16 digits and CRLF.
_LONGEST_PLAIN_LINE: Final = 18

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# RFC 9110 section 5.6.4.
_QUOTED: Final = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
# Without the white space that a recipient is to pass over (RFC 9112 section 7.1.1): nobody sends
# any but those who hope that two servers find different ends.
_EXTENSION: Final = rb";" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?"

_chunk_line: Final = re.compile(rb"([0-9A-Fa-f]{1,16})(?:" + _EXTENSION + rb")*\r\n").match


class _Callbacks:
    """What httptools calls: a method of a list, so that no Python function runs for a chunk."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.on_body = pieces.append


class ChunkedBody:
    """One chunked body; a `RequestBody`, which says what the attributes are."""

    __slots__ = (
        "_extensions",
        "_is_last",
        "_limits",
        "_parser",
        "_pieces",
        "_to_come",
        "fault",
        "is_busy",
        "is_complete",
        "least_left",
        "trailers",
    )

    def __init__(self, limits: Http1Limits) -> None:
        self.least_left = 0  # nobody knows
        self.is_complete = False
        self.is_busy = False
        self.trailers: list[Field] = []
        self.fault: BadRequestError | None = None
        self._limits = limits
        self._extensions = 0  # bytes of lines that have some
        self._to_come = 0  # bytes of the present chunk and its CRLF
        self._is_last = False
        self._pieces: list[bytes] = []
        self._parser = HttpRequestParser(_Callbacks(self._pieces))
        self._parser.feed_data(_HEAD)

    def receive(self, buffer: bytes, start: int) -> int:
        """Take as much of `buffer` as is this body's; returns where the first other byte stands."""
        end = self._cut_chunks(buffer, start)
        if end > start:
            try:
                self._parser.feed_data(memoryview(buffer)[start:end])
            except HttpParserError:
                self.fault = BadRequestError(400, "malformed chunk")
        if self._is_last and self.fault is None:
            try:
                end = self._cut_trailers(buffer, end)
            except BadRequestError as fault:
                self.fault = fault
        return end

    def take(self) -> bytes:
        """Return the body bytes decoded since the last call."""
        pieces = self._pieces
        chunk = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        return chunk

    def _cut_chunks(self, buffer: bytes, position: int) -> int:
        longest = self._limits.max_chunk_line
        size = len(buffer)
        end = position + self._to_come
        left = _TURN
        while end <= size and not self._is_last and left:
            left -= 1
            match = _chunk_line(buffer, end)
            if match is None or match.end() - end > longest:
                self._judge_line(buffer, end)
                break
            line = match.end() - end
            if line > _LONGEST_PLAIN_LINE:
                self._extensions += line
                if self._extensions > self._limits.max_chunk_extensions:
                    self.fault = BadRequestError(400, "too many chunk extensions")
                    break
            end += line
            length = int(match[1], 16)
            if length:
                end += length + 2
            else:
                self._is_last = True
        self._to_come = max(end - size, 0)
        self.is_busy = not left and end < size and not self._is_last
        return min(end, size)

    def _judge_line(self, buffer: bytes, position: int) -> None:
        """Find the fault of what is no chunk line, unless it is only incomplete."""
        longest = self._limits.max_chunk_line
        if buffer.find(b"\n", position, position + longest) >= 0:
            self.fault = BadRequestError(400, "malformed chunk line")
        elif len(buffer) - position >= longest:
            self.fault = BadRequestError(400, "a chunk line is too long")

    def _cut_trailers(self, buffer: bytes, start: int) -> int:
        if buffer.startswith(b"\r\n", start):
            self.is_complete = True
            return start + 2
        if buffer.startswith(b"\n", start):
            raise BadRequestError(400, "a line does not end with CRLF")
        end = find_end(buffer, start)
        size = (end if end >= 0 else len(buffer) - 1) - start
        if size > self._limits.max_trailers:
            raise BadRequestError(431, "the trailer section is too large")
        if end < 0:
            return start
        self.trailers = read_trailers(buffer[start:end], self._limits)
        self.is_complete = True
        return end + 2
