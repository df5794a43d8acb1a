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
from h2corn._http1_errors import BadRequestError
from h2corn._http1_exchange import ExchangingConnection
from h2corn._http1_gate import ReadGate, ReadingHandler
from h2corn._http1_head import RequestHead, read_head
from h2corn._http1_input import Http1Input
from h2corn._http1_limits import Http1Limits
from h2corn._http1_output import Http1Output, OutputHandler
from h2corn._http1_response import Http1Stream
from h2corn._http1_tunnel import TunnelStream

__all__ = ["Http1Connection", "Http1Handler"]

DEFAULT_LIMITS: Final = Http1Limits()


class Http1Handler(OutputHandler, ReadingHandler, Protocol):
    """The shell of a connection."""

    def open_stream(self, stream: Http1Stream, head: RequestHead) -> StreamHandler:
        """Take a request; it only records, and the application starts afterwards."""


class Http1Connection(ExchangingConnection):
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
        "_handler",
        "offers_h2c",
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
        super().__init__(limits, added_fields)
        self.upgrade: Upgrade | None = None
        self.offers_h2c = offers_h2c
        self.output = Http1Output(handler, limits.max_queued_output)
        self._handler = handler
        self._input = Http1Input(limits)
        self._gate = ReadGate(handler, limits)

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

    def receive_data(self, data: bytes, now: float) -> bool:
        """Read what the peer sent, up to the end of one request; ignored when closed.

        Args:
            data: bytes as they came, in pieces of any size; none to go on with what is buffered.
            now: the time in seconds, of any clock that does not jump.

        Returns:
            True: there may be something to write or to look at.
        """
        if self.is_closed:
            if self.tunnel is not None:
                self._input.add(data)
            return True
        if not self._is_watched:
            self._watch(now)
        try:
            self._input.add(data)
            while self._receive_head(now) if self._body is None else self._receive_body(self._body):
                pass
        except BadRequestError as error:
            self._refuse(error)
        self._regulate_reading()
        return True

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
        if stream.timeout_body is not None:
            self._watch(now)
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
