"""Owns the present exchange of an HTTP/1 connection: what its response asks, and how both end.

Does not read requests, nor decide when time is over: it is told of what was read, and of what is
wrong with it.
"""

from collections.abc import Callable

from h2c_core import ErrorCodes, Field, StreamHandler
from h2corn._http1_body import RequestBody
from h2corn._http1_encoding import encode_error, encode_section
from h2corn._http1_errors import BadRequestError
from h2corn._http1_limits import Http1Limits
from h2corn._http1_response import Http1Stream
from h2corn._http1_timing import TimedConnection
from h2corn._http1_tunnel import TunnelStream

__all__ = ["ExchangingConnection"]


class ExchangingConnection(TimedConnection):
    """The side of a connection that its response sees, and that ends it.

    A base class and not a part, for the reason that its base is one.

    Args:
        limits: what the peer may make it hold or do, and how slowly.
        added_fields: gives the fields of an answer that refuses, beside those about its body.
    """

    __slots__ = (
        "_added_fields",
        "_discardable",
        "_receiver",
        "is_draining",
        "refusal",
        "tunnel",
    )

    def __init__(self, limits: Http1Limits, added_fields: Callable[[], list[Field]]) -> None:
        super().__init__(limits)
        self.is_closed = False
        self.is_draining = False
        self.refusal: BadRequestError | None = None
        self.tunnel: TunnelStream | None = None
        self._added_fields = added_fields
        # The present exchange. A body without a receiver is discarded.
        self._stream: Http1Stream | None = None
        self._receiver: StreamHandler | None = None
        self._body: RequestBody | None = None
        self._waits_for_continue = False
        self._discardable = 0

    # What the stream asks.

    def begin_tunnel(self) -> None:
        """Say and read nothing more in HTTP/1: what follows belongs to another protocol."""
        stream = self._stream
        if isinstance(stream, TunnelStream):
            self.tunnel = stream
            self.is_closed = True

    def must_close(self, *, is_whole: bool) -> bool:
        """Whether what is unread of the request keeps the connection from taking another one."""
        if self._body is None:
            return False
        # RFC 9110 section 10.1.1: a client that was not told to go on may send the body or not.
        if self._waits_for_continue:
            return True
        return is_whole and self._body.least_left > self._limits.max_discarded_body

    def continue_sent(self) -> None:
        """The client has been told to send its body."""
        self._waits_for_continue = False

    def end_response(self, data: bytes) -> None:
        """Queue the last part; the stream is let go of when the request is complete, too."""
        if self._body is None:
            self._release()
        else:
            self.output.waiter = None
        if data:
            self.output.send(data)
        else:
            self.output.announce()

    def end_exchange(self, *, closes: bool) -> None:
        """Nothing more is wanted of a request that is still coming, and nothing will be said."""
        limit = self._limits.max_discarded_body
        is_large = self._body is not None and self._body.least_left > limit
        if closes or is_large or self.is_draining:
            self._close()
        else:
            self._discardable = limit
            self._release()
        self.output.announce()

    def take_credit(self, size: int) -> None:
        """The application took body bytes."""
        self._gate.unread -= size
        if self._gate.is_shut:
            self._regulate_reading()

    # Reading.

    def _regulate_reading(self) -> None:
        """Keep what waits here bounded: body that was not taken, and requests behind it."""
        source = self._input
        gate = self._gate
        body = self._body
        buffered = len(source.buffer) - source.position
        if not buffered:
            # What has been understood is not held until more comes.
            source.buffer = b""
            source.position = 0
            if body is None and not gate.unread and not gate.is_shut:
                return
        gate.regulate(buffered, is_busy=body is not None and body.is_busy)

    # Ends.

    def _release(self) -> None:
        """Let go of the stream: its exchange is over."""
        stream = self._stream
        self._stream = self._receiver = self.output.waiter = None
        self._gate.unread = 0
        if stream is not None:
            stream.connection = None
            if stream.closes or (self.is_draining and not self._input.has_begun):
                self._close()
        if self._gate.is_shut:
            self._regulate_reading()

    def _refuse(self, error: BadRequestError) -> None:
        """Answer what is wrong, unless a response has begun, and close."""
        self.refusal = error
        stream = self._stream
        added = encode_section(self._added_fields())
        if stream is not None and not stream.is_started:
            is_head = stream.request.method == b"HEAD"
            self.output.send_quietly(encode_error(error, with_body=not is_head, added=added))
        elif self._body is None:
            is_head = self._input.is_head
            self.output.send_quietly(encode_error(error, with_body=not is_head, added=added))
        self._fail(ErrorCodes.PROTOCOL_ERROR)

    def _fail(self, error_code: int) -> None:
        receiver = self._receiver
        self._close()
        if receiver is not None:
            receiver.on_reset(error_code)

    def _close(self) -> None:
        """Say and read nothing more. What is queued is still to be written."""
        self.is_closed = True
        self.tunnel = None
        self._body = None
        self._input.clear()
        self._release()
