"""Owns the calls of the engine: bytes and time in, bytes out, and the end of a connection.

Does not do input or output, and does not look at a clock: whoever owns the transport passes what
arrived and the time, and writes what `data_to_send` returns.
"""

from typing import Final

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._credit import ConnectionCredit
from h2c_core._deadlines import Deadlines
from h2c_core._drain import Drain
from h2c_core._limits import Limits
from h2c_core._outbound import Outbound
from h2c_core._receiver import Receiver
from h2c_core._request_head import Field
from h2c_core._requests import ConnectionHandler
from h2c_core._settings import local_settings
from h2c_core._stream_table import StreamTable
from h2c_core._upgrade import read_settings, request_fields
from h2c_core.errors import RemoteProtocolError

__all__ = ["DEFAULT_LIMITS", "Connection"]

DEFAULT_LIMITS: Final = Limits()


class Connection:
    """The server's end of one HTTP/2 connection (RFC 9113).

    The server's preface is among the bytes to send from the beginning. Calls out of the engine to
    the handlers only record: none of them calls back, and applications start afterwards.

    Attributes:
        has_pending: never; a connection that reads one message at a time has a use for it.
    """

    __slots__ = (
        "_abuse",
        "_deadlines",
        "_is_over",
        "_outbound",
        "_receiver",
        "_streams",
        "has_pending",
    )

    def __init__(self, handler: ConnectionHandler, limits: Limits = DEFAULT_LIMITS) -> None:
        self.has_pending = False
        self._is_over = False
        outbound = Outbound(handler, limits)
        outbound.in_turn = True
        outbound.control(local_settings(limits))
        self._outbound = outbound
        credit = ConnectionCredit(outbound, limits)
        self._streams = StreamTable(outbound, credit, Drain(outbound), limits)
        self._abuse = self._streams.abuse
        self._receiver = Receiver(handler, limits, outbound, self._streams)
        self._deadlines = Deadlines(limits, outbound, self._streams, self._receiver)
        outbound.in_turn = False

    @property
    def is_closed(self) -> bool:
        """Nothing more will be said: write what is left, then close."""
        return self._is_over or (self._streams.drain.is_final and not self._streams.live)

    @property
    def is_idle(self) -> bool:
        """No stream is open."""
        return not self._streams.live

    def receive_data(self, data: bytes, now: float) -> bool:
        """Do what the peer's bytes ask for; ignored when the connection is closed.

        Args:
            data: bytes as they came, in pieces of any size.
            now: the time in seconds, of any monotonic clock.

        Returns:
            Whether there is something to write, `next_deadline` may have come nearer, or the
            connection is closed. Else none of the three has to be asked for.

        Raises:
            RemoteProtocolError: the peer broke a rule that ends the connection. GOAWAY is among
                the bytes to send, and all streams have been told.
        """
        if self.is_closed:
            return True
        outbound = self._outbound
        outbound.in_turn = True
        self._abuse.now = now
        try:
            self._receiver.receive(data)
            outbound.pump()
            mark = self._receiver.unfinished()
            is_marked = mark != self._deadlines.mark
            if is_marked:
                self._deadlines.on_mark(now, mark)
        except RemoteProtocolError as error:
            self._end(error)
            raise
        finally:
            outbound.in_turn = False
        return is_marked or outbound.has_output() or self.is_closed

    def upgrade(
        self, method: bytes, target: bytes, scheme: bytes, headers: list[Field], settings: bytes
    ) -> None:
        """Serve a request of HTTP/1.1 that asked for HTTP/2, as stream 1 (RFC 7540 section 3.2).

        To be called before anything else. The answer is 101 in HTTP/1.1, then `data_to_send`; the
        client sends its preface next, for `receive_data`, which is to be called in any case.

        Args:
            method: the method; not CONNECT.
            target: path and query, or `*`.
            scheme: `http` or `https`.
            headers: the fields. Those that concern the connection alone are left out.
            settings: value of the HTTP2-Settings field.

        Raises:
            RemoteProtocolError: `settings` are wrong; nothing must be sent of the connection.
        """
        payload = read_settings(settings)
        self._outbound.in_turn = True
        try:
            self._receiver.upgrade(payload, request_fields(method, target, scheme, headers))
        finally:
            self._outbound.in_turn = False

    def data_to_send(self) -> bytes:
        """Return what is to be written, and forget it; ask again after 64 KiB or more."""
        return self._outbound.take()

    def next_deadline(self) -> float | None:
        """Return when `on_timer` should be called, on the clock of `now`; None for never."""
        if self.is_closed:
            return None
        deadline = self._deadlines.next()
        drain = self._streams.drain.deadline
        if drain is None or (deadline is not None and deadline < drain):
            return deadline
        return drain

    def on_timer(self, now: float) -> None:
        """Do what time asks for; harmless when it is early.

        Raises:
            RemoteProtocolError: the peer took too long for something that ends the connection; as
                for `receive_data`.
        """
        if self.is_closed:
            return
        outbound = self._outbound
        outbound.in_turn = True
        try:
            self._streams.drain.on_timer(now)
            self._deadlines.on_timer(now)
        except RemoteProtocolError as error:
            self._end(error)
            raise
        finally:
            outbound.in_turn = False

    def start_drain(self, now: float) -> None:
        """Begin to end the connection without losing a request (RFC 9113 section 6.8)."""
        self._outbound.in_turn = True
        self._streams.drain.start(now, is_idle=not self._streams.live)
        self._outbound.in_turn = False

    def pause_output(self) -> None:
        """The transport is full: body bytes stay in the engine, and senders are told to wait."""
        self._outbound.is_paused = True
        self._outbound.pauses += 1

    def resume_output(self) -> None:
        """The transport has room: streams that wait take their turns."""
        outbound = self._outbound
        outbound.is_paused = False
        outbound.in_turn = True
        outbound.pump()
        outbound.in_turn = False

    def connection_lost(self) -> None:
        """The transport is gone: streams are told, and calls on them do nothing from now on."""
        if not self._is_over:
            self._close(ErrorCodes.CANCEL)
        self._outbound.drop()

    def _end(self, error: RemoteProtocolError) -> None:
        last_stream_id = self._streams.drain.last_stream_id
        debug_data = str(error).encode()
        self._outbound.control(_frames.goaway(last_stream_id, error.error_code, debug_data))
        self._close(error.error_code)

    def _close(self, error_code: int) -> None:
        self._is_over = True
        self._outbound.close()
        self._streams.drain.stop()
        for stream in list(self._streams.live.values()):
            stream.fail(error_code)
