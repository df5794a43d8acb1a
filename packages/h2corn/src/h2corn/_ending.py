"""Owns the ends of a connection: by a fault, for want of an answer, in order, or by leaving HTTP/1.

Does not decide that it ends; `_protocol` does. Does not read the last bytes; `_linger` does.
"""

import asyncio
from abc import abstractmethod
from typing import Protocol

from h2c_core import RemoteProtocolError
from h2corn._adapters import Peers, Request, Requests
from h2corn._h2c_request import Upgrade
from h2corn._http1 import Http1Connection
from h2corn._linger import LingerProtocol
from h2corn._pacing import BURST, PacedProtocol
from h2corn._shell import Engine, Shell
from h2corn._timer import DeadlineTimer
from h2corn._tunnel import TunnelProtocol

__all__ = ["EndingProtocol", "GoOn"]


class GoOn(Protocol):
    """Goes on in HTTP/2 with a connection."""

    def __call__(
        self, transport: asyncio.Transport, peers: Peers, upgrade: Upgrade, *, is_full: bool
    ) -> None:
        """Take over the transport; `is_full` says that it has asked to pause writing."""


class EndingProtocol(PacedProtocol):
    """The side of a connection's protocol that lets go of its transport.

    A base class and not a part, for the reason that its base is one.
    """

    __slots__ = ("_current", "_go_on", "_has_eof", "_requests", "_timer")

    _current: Request | None
    _timer: DeadlineTimer

    def __init__(
        self, shell: Shell, transport: asyncio.Transport, requests: Requests, go_on: GoOn | None
    ) -> None:
        super().__init__(shell, transport)
        self._requests = requests
        self._go_on = go_on
        self._has_eof = False

    def _hand_on(self, upgrade: Upgrade) -> None:
        """Leave the transport to the protocol that speaks HTTP/2 on it."""
        go_on = self._go_on
        if go_on is None or self._has_eof or self._transport.is_closing():
            self._end()
            return
        self._forget()
        if self._reading_stops:
            # Nobody here lets it go on any more.
            self._transport.resume_reading()
        go_on(self._transport, self._requests.peers, upgrade, is_full=self._is_paused)
        self._shell.connections.discard(self)

    def _hand_through(self, engine: Http1Connection) -> None:
        """Leave the transport to the session that has accepted a tunnel."""
        tunnel = None if self._transport.is_closing() else engine.take_tunnel()
        if tunnel is None:
            self._end()
            return
        stream, receiver, rest = tunnel
        shell = self._shell
        peers = self._requests.peers
        self._forget()
        if self._reading_stops:
            self._transport.resume_reading()
        protocol = TunnelProtocol(shell, self._transport, stream, receiver, peers, engine.limits)
        protocol.start(rest, is_full=self._is_paused, has_eof=self._has_eof)
        shell.connections.discard(self)

    def _fail(self, error: RemoteProtocolError) -> None:
        self._warn(str(error))
        self._write(BURST)
        self._end()

    def _abandon(self, fault: str) -> None:
        """Leave a client that has let its time pass and does not read: it gets no last word."""
        self._warn(fault)
        self._transport.abort()
        self._end()

    def _note_refusal(self, engine: Engine) -> None:
        if isinstance(engine, Http1Connection) and engine.refusal is not None:
            self._warn(f"{engine.refusal.status}, {engine.refusal.reason}")

    def _warn(self, fault: str) -> None:
        self._shell.logger.warning("%s: %s", self._requests.peers.client_name, fault)

    def _end(self) -> None:
        """Leave the transport to `LingerProtocol`."""
        shell = self._shell
        transport = self._transport
        has_eof = self._has_eof
        self._forget()
        if transport.is_closing():
            return
        linger = LingerProtocol(
            transport,
            shell.connections,
            shell.loop,
            has_eof=has_eof,
            timeout_write=shell.timeout_write,
        )
        transport.set_protocol(linger)
        linger.start()
        shell.connections.discard(self)

    def _forget(self) -> None:
        self._is_over = True
        if self._transfer is not None:
            self._transfer.stop()
        self._timer.cancel()
        self._current = None
        self._engine.connection_lost()
        # Both hold whom they call: without this every connection is a cycle.
        del self._engine, self._timer

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        if not self._is_over:
            self._forget()
        self._shell.connections.discard(self)

    @abstractmethod
    def start_drain(self, now: float) -> bool:
        """End when what runs is done; True when this is an idle connection of HTTP/1."""

    @abstractmethod
    def close_if_idle(self) -> None:
        """End now, or when the request has ended that runs."""

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()
