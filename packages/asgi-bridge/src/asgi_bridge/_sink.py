"""Owns what the bridge asks of the wire: a request's head, and where its response goes.

Does not know which HTTP version is spoken, nor any number that names a stream.
"""

from collections.abc import Awaitable
from io import FileIO
from typing import Protocol

__all__ = ["RequestHead", "ResponseSink"]


class RequestHead(Protocol):
    """The head of one request, already checked and with lower-case field names."""

    @property
    def method(self) -> bytes:
        """The method as sent."""

    @property
    def target(self) -> bytes:
        """The request target as sent; empty for CONNECT."""

    @property
    def scheme(self) -> bytes:
        """The scheme that the client named, empty where the protocol carries none."""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The fields in order; the list becomes the application's."""

    @property
    def http_version(self) -> str:
        """The version as ASGI names it: "1.0", "1.1" or "2"."""

    @property
    def end_stream(self) -> bool:
        """Whether the request has no body; nothing calls `on_data` or `on_end` then."""

    @property
    def expect_continue(self) -> bool:
        """Whether the client waits for a 100 before it sends its body (RFC 9110, 10.1.1)."""

    @property
    def protocol(self) -> bytes:
        """What the client wants to speak instead of HTTP (RFC 8441, 4; RFC 9110, 7.8).

        `websocket`, or empty for an ordinary request.
        """


class ResponseSink(Protocol):
    """The sending half of one exchange.

    Every call on a sink whose stream is gone does nothing, and `data` returns True; the exchange
    learns of it through `on_reset`. Calls come in the order `start`, `data`..., `trailers`:
    unless `start` ends the response, one `data` follows it at once.
    """

    @property
    def bytes_sent(self) -> int:
        """Body bytes of the response that were accepted."""

    @property
    def can_trailers(self) -> bool:
        """Whether trailers can be sent to this client."""

    @property
    def weight(self) -> int | None:
        """Weight of the request's stream, 1 to 256 (RFC 7540, 5.3.2).

        None where the protocol has no priorities; the next three are not read then.
        """

    @property
    def depends_on(self) -> int:
        """What the client put the request below, 0 for nothing (RFC 7540, 5.3.1)."""

    @property
    def urgency(self) -> int:
        """0 to 7, 0 being the most urgent (RFC 9218, 4.1)."""

    @property
    def incremental(self) -> bool:
        """Whether the client has a use for parts of the response (RFC 9218, 4.2)."""

    def start(self, status: int, headers: list[tuple[bytes, bytes]], end: bool) -> None:
        """Send the head; with `end` the response has no body.

        The list may go out with other responses too, and is not to be changed.

        Raises:
            ValueError: a field has a bad name or a value that would break the framing. Nothing
                was sent.
        """

    def data(self, chunk: bytes, end: bool) -> bool:
        """Send body bytes; an empty chunk only flushes the head or, with `end`, ends the response.

        HEAD, 204 and 304 responses have no body: the sink drops the bytes.

        Returns:
            False when the next call has to wait for `on_writable`. Nothing waits after `end`.
        """

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> Awaitable[None] | None:
        """Send a part of a file as body bytes, in place of a `data` that follows `start`.

        Nothing else is called until it has ended, unless the exchange gives up and calls `abort`
        when it has cancelled it.

        Args:
            file: a regular file, open for as long as it takes.
            offset: where to begin, in bytes; the file's own position counts for nothing.
            count: bytes to send, at least one.
            end: the response ends with them.

        Returns:
            None where the wire cannot send files by itself: nothing has happened, and the bytes
            are to be sent by `data`. Else what is to be awaited, at once. It raises OSError when
            the file could not be sent whole, a ConnectionError when that is the client's doing.
        """

    def informational(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send a 1xx head before the response's own; not to a client that knows none.

        Raises:
            ValueError: as `start`. Nothing was sent.
        """

    def trailers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Send trailing fields, which end the response.

        Raises:
            ValueError: as `start`. Nothing was sent.
        """

    def credit(self, size: int) -> None:
        """Let the client send `size` bytes more: the application took them."""

    def finish(self) -> None:
        """Discard what is unread of the request: the response is complete.

        The application may go on, and receives no more.
        """

    def abort(self) -> None:
        """Tell the client that the response cannot be completed."""
