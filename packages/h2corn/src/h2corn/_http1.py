"""Owns one HTTP/1 connection behind the calls of `h2c_core.Connection`: bytes in, bytes out.

Does not do input or output, and does not raise for what a peer sends: a request that is refused is
answered and the connection closed, so that nothing behind it is ever read as a request.

One message is read at a time. Its head is cut out whole and read in one strict pass; a body with a
length is cut by counting; a chunked one is cut here and decoded by httptools (`_http1_head` and
`_http1_chunked` say why). The next message waits, unread, until the response is complete and the
shell asks for it: `has_pending`.
"""

from collections.abc import Callable
from typing import Final, Protocol

from h2c_core import ErrorCodes, Field, StreamHandler
from h2corn._h2c_request import Upgrade, asked_settings
from h2corn._http1_body import LengthBody, RequestBody
from h2corn._http1_chunked import ChunkedBody
from h2corn._http1_encoding import encode_error, encode_section
from h2corn._http1_errors import BadRequestError
from h2corn._http1_gate import ReadGate, ReadingHandler
from h2corn._http1_head import RequestHead, read_head
from h2corn._http1_input import Http1Input
from h2corn._http1_limits import Http1Limits
from h2corn._http1_output import Http1Output, OutputHandler
from h2corn._http1_response import Http1Stream
from h2corn._http1_timing import TimedConnection
from h2corn._http1_tunnel import TunnelStream

__all__ = ["Http1Connection", "Http1Handler"]

DEFAULT_LIMITS: Final = Http1Limits()


class Http1Handler(OutputHandler, ReadingHandler, Protocol):
    """The shell of a connection."""

    def open_stream(self, stream: Http1Stream, head: RequestHead) -> StreamHandler:
        """Take a request; it only records, and the application starts afterwards."""


class Http1Connection(TimedConnection):
    """The server's end of one HTTP/1.1 or HTTP/1.0 connection (RFC 9112).

    Args:
        handler: whom it calls.
        limits: what the peer may make it hold or do, and how slowly.
        offers_h2c: the attribute.
        added_fields: gives the fields of an answer that refuses, beside those about its body.

    Attributes:
        is_closed: nothing more will be said: write what is left, shut down writing, and read until
            EOF or a second has passed.
        is_draining: the next response is the last.
        offers_h2c: a request that asks for HTTP/2 gets it; to be switched off for a client that has
            no more to say.
        output: what waits to be written, for the stream.
        refusal: what the connection was closed for, None when the peer did nothing wrong.
        tunnel: whose bytes all that follows is, when the connection was closed for a tunnel; None
            when it was not.
        upgrade: the request that it was closed for, to go on with HTTP/2, None when there was none.
    """

    __slots__ = (
        "_added_fields",
        "_discardable",
        "_handler",
        "_receiver",
        "is_draining",
        "offers_h2c",
        "refusal",
        "tunnel",
        "upgrade",
    )

    def __init__(
        self,
        handler: Http1Handler,
        limits: Http1Limits = DEFAULT_LIMITS,
        *,
        offers_h2c: bool = False,
        added_fields: Callable[[], list[Field]] = list,
    ) -> None:
        super().__init__(limits)
        self.is_closed = False
        self.is_draining = False
        self.refusal: BadRequestError | None = None
        self.tunnel: TunnelStream | None = None
        self.upgrade: Upgrade | None = None
        self.offers_h2c = offers_h2c
        self._added_fields = added_fields
        self.output = Http1Output(handler, limits.max_queued_output)
        self._handler = handler
        self._input = Http1Input(limits)
        self._gate = ReadGate(handler, limits)
        # The present exchange. A body without a receiver is discarded.
        self._stream: Http1Stream | None = None
        self._receiver: StreamHandler | None = None
        self._body: RequestBody | None = None
        self._waits_for_continue = False
        self._discardable = 0

    @property
    def limits(self) -> Http1Limits:
        """What the peer may make it hold or do, and how slowly."""
        return self._limits

    @property
    def is_idle(self) -> bool:
        """No stream is open."""
        return self._stream is None

    @property
    def is_mid_request(self) -> bool:
        """Whether a part of the present request is still to come: of its body, or of a tunnel."""
        stream = self._stream
        return self._body is not None or (
            isinstance(stream, TunnelStream) and not stream.is_started
        )

    @property
    def has_pending(self) -> bool:
        """Bytes of a next request, or more of a body, wait for `receive_data(b"", now)`.

        To be asked after each turn and after `resume_output`: while the transport is full, no
        further request is begun.
        """
        if self.output.is_paused:
            return False
        if self._body is not None:
            return self._body.is_busy
        source = self._input
        return self._stream is None and source.position < len(source.buffer)

    def receive_data(self, data: bytes, now: float) -> None:
        """Read what the peer sent, up to the end of one request; ignored when closed.

        Args:
            data: bytes as they came, in pieces of any size; none to go on with what is buffered.
            now: the time in seconds, of any clock that does not jump.
        """
        if self.is_closed:
            if self.tunnel is not None:
                self._input.add(data)
            return
        if not self._is_watched:
            self._watch(now)
        try:
            self._input.add(data)
            while self._receive_head(now) if self._body is None else self._receive_body(self._body):
                pass
        except BadRequestError as error:
            self._refuse(error)
        self._regulate_reading()

    def data_to_send(self) -> bytes:
        """Return what is to be written, and forget it."""
        return self.output.take()

    def start_drain(self, now: float) -> None:
        """Make the next response the last, and close at once when no request has begun."""
        self.is_draining = True
        if self._stream is None and (self._body is not None or not self._input.has_begun):
            self._close()

    def pause_output(self) -> None:
        """The transport is full: `Http1Stream.data` says False, and no other request begins."""
        self.output.is_paused = True

    def resume_output(self) -> None:
        """The transport has room."""
        self.output.resume()

    def connection_lost(self) -> None:
        """The transport is gone: the request is told, and its response goes nowhere."""
        self._fail(ErrorCodes.CANCEL)

    def take_tunnel(self) -> tuple[TunnelStream, StreamHandler, bytes] | None:
        """Let go of the tunnel that the connection was closed for; None when there is none.

        Returns:
            Where it sends, who takes what comes, and what has come behind the request.
        """
        stream, receiver = self.tunnel, self._receiver
        if stream is None or receiver is None:
            return None
        rest = self._input.buffer[self._input.position :]
        self._close()
        return stream, receiver, rest

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

    # Reading. Both say whether there may be more to read.

    def _receive_head(self, now: float) -> bool:
        if self._stream is not None or self.output.is_paused:
            return False
        block = self._input.take_head()
        if block is None:
            if self._input.has_head:
                self._expect_head(now)
            return False
        self._moves += 1
        head = read_head(block, self._limits)
        if self.offers_h2c and not self.is_draining and self._change(head):
            return False
        kind = TunnelStream if head.protocol else Http1Stream
        self._stream = stream = kind(self, head)
        if not head.end_stream:
            self._waits_for_continue = head.expect_continue
            length = head.content_length
            self._body = ChunkedBody(self._limits) if head.is_chunked else LengthBody(length)
        self._receiver = receiver = self._handler.open_stream(stream, head)
        self.output.waiter = receiver
        self.output.is_blocked = False
        return not head.end_stream

    def _change(self, head: RequestHead) -> bool:
        """Leave the connection to HTTP/2 if that is asked for, with all that follows the head."""
        settings = asked_settings(head)
        if settings is None:
            return False
        source = self._input
        self.upgrade = Upgrade(head, settings, source.buffer[source.position :])
        self._close()
        return True

    def _receive_body(self, body: RequestBody) -> bool:
        source = self._input
        start = source.position
        source.position = end = body.receive(source.buffer, start)
        chunk = body.take()
        self._moves += 1
        receiver = self._receiver
        if receiver is None:
            self._discardable -= end - start
            if self._discardable < 0:
                self._close()
                return False
        elif chunk:
            self._waits_for_continue = False
            self._gate.unread += len(chunk)
            receiver.on_data(chunk)
        if body.fault is not None:
            raise body.fault
        if not body.is_complete:
            return False
        self._body = None
        if receiver is not None:
            receiver.on_end(body.trailers)
        if self._stream is not None and self._stream.is_ended:
            self._release()
        return True

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
