"""Owns the first bytes of a connection: whether they are the HTTP/2 preface, HTTP/1 or neither.

Does not parse more than tells them apart (RFC 9113 section 3.4). What follows is left to a
`ConnectionProtocol`, which gets every byte from the first one, or to nobody where there are too
many connections: those are told so in the protocol that they speak.
"""

import asyncio
import socket
import sys
from typing import Final, cast

from h2c_core import PREFACE
from h2corn._adapters import Peers
from h2corn._application import Application
from h2corn._connections import Connections
from h2corn._h2c_upgrade import H2cUpgrade, Http2Maker
from h2corn._http1_start import HTTP1_REFUSAL, Start, classify_start
from h2corn._linger import LingerProtocol
from h2corn._places import HTTP1_OVERLOAD, HTTP2_OVERLOAD, Places
from h2corn._protocol import ConnectionProtocol
from h2corn._proxies import NO_PROXIES, Proxies
from h2corn._shell import EngineMaker, Shell

__all__ = [
    "DRAIN_PATIENCE",
    "Acceptance",
    "StartProtocol",
    "peers_of",
]

DRAIN_PATIENCE: Final = 1.0
"""Seconds that a connection which has said nothing yet is left open when the server stops: its
first request may be under way."""

TLS_HANDSHAKE: Final = b"\x16"
"""Type of the record that a TLS client says first (RFC 8446 section 5.1)."""


class Acceptance:
    """What the server does with a new connection.

    Args:
        shell: what connections share.
        application: what their requests go to.
        make_http2: makes the engine of HTTP/2.
        make_http1: makes that of HTTP/1; None where it is not spoken.
        timeout: seconds until it must be known which of them it is.
        limit: how many connections may be open.
        proxies: those in front of the server.

    Attributes:
        expected: protocols of connections that were taken and have no transport yet.
        places: what there is of connections.
    """

    __slots__ = (
        "application",
        "expected",
        "go_on",
        "make_http1",
        "make_http2",
        "places",
        "proxies",
        "shell",
        "timeout",
    )

    def __init__(
        self,
        shell: Shell,
        application: Application,
        make_http2: Http2Maker,
        make_http1: EngineMaker | None,
        timeout: float,
        limit: int = sys.maxsize,
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        self.shell: Final = shell
        self.application: Final = application
        self.make_http2: Final = make_http2
        self.make_http1: Final = make_http1
        self.timeout: Final = timeout
        self.expected: Final[set[StartProtocol]] = set()
        self.places: Final = Places(shell, limit)
        self.go_on: Final = H2cUpgrade(shell, application, make_http2)
        self.proxies: Final = proxies


class StartProtocol(asyncio.Protocol):
    """A connection until it is known what it speaks."""

    __slots__ = ("_acceptance", "_connections", "_peers", "_received", "_timer", "_transport")

    _connections: Connections
    _peers: Peers
    _transport: asyncio.Transport
    _timer: asyncio.TimerHandle

    def __init__(self, acceptance: Acceptance) -> None:
        self._acceptance = acceptance
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the client its time."""
        self._transport = cast("asyncio.Transport", transport)
        acceptance = self._acceptance
        # From one count to the other in one step: the supervisor shares connections out by them.
        acceptance.expected.discard(self)
        shell = acceptance.shell
        connections = acceptance.places.choose()
        self._connections = acceptance.places.turned_away if connections is None else connections
        self._connections.add(self)
        self._timer = shell.loop.call_later(acceptance.timeout, self._on_timeout)
        peers = peers_of(transport)
        if peers is None or connections is None:
            self._transport.abort()
            return
        self._peers = acceptance.proxies.meet(peers)
        if shell.connections.is_draining:
            shell.connections.drain(self, shell.loop.time())

    def data_received(self, data: bytes) -> None:
        """Compare with the preface until they differ or it is whole."""
        if self._received:
            data = self._received + data
        acceptance = self._acceptance
        if data.startswith(PREFACE):
            if self._is_turned_away:
                self._tell(HTTP2_OVERLOAD)
            else:
                self._hand_over(acceptance.make_http2, data, is_serial=False)
        elif PREFACE.startswith(data):
            self._received = data
        elif data.startswith(TLS_HANDSHAKE):
            self._refuse("speaks TLS to a port without it")
        elif acceptance.make_http1 is None:
            self._judge(data)
        elif self._is_turned_away:
            self._tell(HTTP1_OVERLOAD)
        else:
            self._hand_over(acceptance.make_http1, data, is_serial=True)

    @property
    def _is_turned_away(self) -> bool:
        return self._connections is self._acceptance.places.turned_away

    def _judge(self, data: bytes) -> None:
        """Find the right end for a client that does not speak HTTP/2, where nothing else does."""
        match classify_start(data):
            case Start.HTTP1:
                self._transport.write(HTTP1_REFUSAL)
                self._refuse("speaks HTTP/1, which is switched off")
            case Start.MORE:
                self._received = data
            case Start.OTHER:
                self._refuse("speaks neither HTTP/2 nor HTTP/1")

    def _hand_over(self, make_engine: EngineMaker, data: bytes, *, is_serial: bool) -> None:
        shell = self._acceptance.shell
        self._timer.cancel()
        requests = self._acceptance.application.connect(self._peers, is_serial=is_serial)
        go_on = self._acceptance.go_on
        ConnectionProtocol(shell, self._transport, requests, make_engine, go_on).start(data)
        shell.connections.discard(self)

    def _refuse(self, reason: str) -> None:
        self._log(reason)
        self._end()

    def _log(self, reason: str) -> None:
        self._acceptance.shell.logger.warning("%s %s", self._peers.client_name, reason)

    def _tell(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._end()

    def _end(self) -> None:
        self._timer.cancel()
        loop = self._acceptance.shell.loop
        linger = LingerProtocol(self._transport, self._connections, loop, has_eof=False)
        self._transport.set_protocol(linger)
        linger.start()
        self._connections.discard(self)

    def _on_timeout(self) -> None:
        what = "only a part of its first line" if self._received else "nothing"
        self._log(f"said {what} for {self._acceptance.timeout:g} seconds")
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left, or was left, without saying what it speaks."""
        self._timer.cancel()
        self._connections.discard(self)

    def start_drain(self, now: float) -> bool:
        """Wait a moment for a request that may be under way."""
        when = now + DRAIN_PATIENCE
        if when < self._timer.when():
            self._timer.cancel()
            self._timer = self._acceptance.shell.loop.call_at(when, self._transport.close)
        return False

    def close_if_idle(self) -> None:
        """Nothing to do: the time that is left is short."""

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()


def peers_of(transport: asyncio.BaseTransport) -> Peers | None:
    """Return the two ends of a connection.

    Returns:
        None for a client that has left before it was looked at. Nothing tells who it was, and it
        must not be taken for one on a Unix socket, which has no address either.
    """
    ours: socket.socket = transport.get_extra_info("socket")
    name = transport.get_extra_info("sockname")
    peer = transport.get_extra_info("peername")
    if ours.family not in {socket.AF_INET, socket.AF_INET6}:
        path = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
        return Peers(None, (path, None) if path else None)
    # Four parts for IPv6.
    return Peers(peer[:2], name[:2]) if peer else None
