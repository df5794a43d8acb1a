"""Owns a connection whose bytes belong to another protocol: what HTTP/1 leaves after a 101.

Does not look at the bytes; the session at its other end does. There is one of these to every
WebSocket of HTTP/1, most of which are idle, and each message passes through it: it is small, and
writes to the transport what it gets, which a loop gathers by itself.
"""

import asyncio
from functools import partial
from typing import Final

from h2c_core import ErrorCodes, StreamHandler
from h2corn._adapters import Peers
from h2corn._http1_limits import Http1Limits
from h2corn._http1_tunnel import TunnelStream
from h2corn._linger import LingerProtocol
from h2corn._pacing import READ_LIMIT
from h2corn._shell import Shell

__all__ = ["TunnelProtocol"]

# Who has stopped the reading.
_BY_READER: Final = 1
_BY_OUTPUT: Final = 2


class TunnelProtocol(asyncio.Protocol):
    """The connection behind a `TunnelStream`.

    Args:
        shell: what it shares with the others.
        transport: taken over from HTTP/1.
        stream: what the session sends by.
        receiver: the session.
        peers: the two ends.
        limits: bytes that may wait for the session, and seconds that a client has to read.
    """

    __slots__ = (
        "_has_eof",
        "_is_full",
        "_limits",
        "_peers",
        "_reading_stops",
        "_receiver",
        "_shell",
        "_stream",
        "_timer",
        "_transport",
        "_unread",
    )

    def __init__(
        self,
        shell: Shell,
        transport: asyncio.Transport,
        stream: TunnelStream,
        receiver: StreamHandler,
        peers: Peers,
        limits: Http1Limits,
    ) -> None:
        self._shell = shell
        self._transport = transport
        self._stream = stream
        self._receiver: StreamHandler | None = receiver
        self._peers = peers
        self._limits = limits
        self._has_eof = False
        self._is_full = False
        self._unread = 0
        self._reading_stops = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self, rest: bytes, *, is_full: bool, has_eof: bool) -> None:
        """Begin.

        Args:
            rest: what came behind the request already.
            is_full: the transport has asked to pause writing.
            has_eof: the client has closed its half.
        """
        self._transport.set_protocol(self)
        self._shell.connections.add(self)
        self._stream.tunnel = self
        if is_full:
            self.pause_writing()
        if rest:
            self.data_received(rest)
        if has_eof:
            self.eof_received()

    # Reading

    def data_received(self, data: bytes) -> None:
        """Pass on what arrived, and read no more while too much of it is not taken."""
        receiver = self._receiver
        if receiver is None:
            return
        self._unread += len(data)
        if self._unread > self._limits.max_unread_body:
            self._stop_reading(_BY_READER)
        receiver.on_data(data)

    def eof_received(self) -> bool:
        """The client has no more to say: what there is for it is still written."""
        # A loop that is told to read again says so again.
        if self._receiver is not None and not self._has_eof:
            self._has_eof = True
            self._receiver.on_end([])
        return True

    def credit(self, size: int) -> None:
        """Let the client send more: `size` bytes were taken."""
        self._unread -= size
        if self._reading_stops and self._unread * 2 <= self._limits.max_unread_body:
            self._allow_reading(_BY_READER)

    def _stop_reading(self, reason: int) -> None:
        if not self._reading_stops:
            self._transport.pause_reading()
        self._reading_stops |= reason

    def _allow_reading(self, reason: int) -> None:
        if self._reading_stops == reason:
            self._transport.resume_reading()
        self._reading_stops &= ~reason

    # Writing

    def send(self, chunk: bytes, *, end: bool) -> bool:
        """Send bytes; False asks to wait for `on_writable` before the next ones."""
        if chunk:
            self._transport.write(chunk)
        if end:
            self._end()
        elif self._is_full:
            # Answers to pings go out however full it is: who does not take them asks for no more.
            if self._transport.get_write_buffer_size() > READ_LIMIT:
                self._stop_reading(_BY_OUTPUT)
            return False
        return True

    def pause_writing(self) -> None:
        """The transport is full, and the client has its time to take some of it."""
        self._is_full = True
        if self._receiver is not None:
            self._watch()

    def resume_writing(self) -> None:
        """The transport has room."""
        self._is_full = False
        self._cancel_timer()
        if self._receiver is not None:
            self._allow_reading(_BY_OUTPUT)
            self._receiver.on_writable()

    def _watch(self) -> None:
        patience = self._limits.timeout_response_stall
        if patience:
            shell = self._shell
            left = self._transport.get_write_buffer_size()
            look = partial(self._look, left)
            self._timer = shell.loop.call_later(patience, look, context=shell.context)

    def _look(self, left: int) -> None:
        """See whether the client has taken something: a large message may take it long."""
        self._timer = None
        if self._transport.get_write_buffer_size() < left:
            self._watch()
            return
        self._shell.logger.warning("%s: the client does not read", self._peers.client_name)
        self._transport.abort()
        self._lose()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # The end

    def cut(self) -> None:
        """End without waiting for a client that does not read."""
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        self._end()

    def _end(self) -> None:
        """Leave the transport to `LingerProtocol`: the session has said all it had to say."""
        shell = self._shell
        transport = self._transport
        self._forget()
        if transport.is_closing():
            return
        linger = LingerProtocol(
            transport,
            shell.connections,
            shell.loop,
            has_eof=self._has_eof,
            timeout_write=shell.timeout_write,
        )
        transport.set_protocol(linger)
        linger.start()
        shell.connections.discard(self)

    def _forget(self) -> None:
        self._cancel_timer()
        self._receiver = None
        self._stream.tunnel = None

    def _lose(self) -> None:
        receiver = self._receiver
        self._forget()
        if receiver is not None:
            receiver.on_reset(ErrorCodes.CANCEL)

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        self._lose()
        self._shell.connections.discard(self)

    def start_drain(self, now: float) -> bool:
        """Nothing to do: the session is told, and ends the connection."""
        return False

    def close_if_idle(self) -> None:
        """Nothing to do: it is not idle while there is a session."""

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()
