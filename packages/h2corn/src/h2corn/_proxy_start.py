"""Owns the reading of a PROXY header in front of a connection.

Does not know what is in it (`proxyproto` does) or what that means (`_proxies` does). What follows
is left to `_sniff`. Until it is known which protocol that is, both have `timeout_handshake`.
"""

import asyncio

from h2corn._sniff import Acceptance, StartProtocol
from proxyproto import Decoder, InvalidHeaderError, Mode

__all__ = ["ProxyStartProtocol", "begin"]


class ProxyStartProtocol(StartProtocol):
    """A connection that must begin with a PROXY header.

    Args:
        acceptance: what the server does with new connections.
        mode: the versions that are taken.
    """

    __slots__ = ("_decoder", "_has_left", "_is_begun", "_proxies")

    def __init__(self, acceptance: Acceptance, mode: Mode) -> None:
        super().__init__(acceptance)
        self._proxies = acceptance.proxies
        self._decoder: Decoder | None = Decoder(mode)
        self._is_begun = False
        self._has_left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the client its time, where it is one whose header is taken."""
        super().connection_made(transport)
        if not transport.is_closing() and not self._proxies.trust(self._peers):
            self._drop("is not trusted with a PROXY header")

    def data_received(self, data: bytes) -> None:
        """Read the header, and leave what follows to the protocol that it is in front of."""
        if self._decoder is None:
            super().data_received(data)
            return
        if self._transport.is_closing():
            return
        self._is_begun = True
        try:
            header = self._decoder.receive_data(data)
        except InvalidHeaderError as error:
            self._drop(f"sent no PROXY header that is taken: {error}")
            return
        if header is not None:
            rest = self._decoder.left_over
            self._decoder = None
            self._peers = self._proxies.follow(self._peers, header)
            if rest:
                super().data_received(rest)

    def eof_received(self) -> None:
        """The client has no more to say; the connection is closed then."""
        self._has_left = True

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left, or was left, before it was known what it speaks."""
        if self._decoder is not None and self._is_begun and (self._has_left or exc is not None):
            self._log("left in the middle of its PROXY header")
        super().connection_lost(exc)

    def _on_timeout(self) -> None:
        if self._decoder is None:
            super()._on_timeout()
            return
        self._drop(f"sent no whole PROXY header in {self._acceptance.timeout:g} seconds")

    def _drop(self, reason: str) -> None:
        """Close at once, with a line in the log: whoever sends no header has nothing to be told."""
        self._is_begun = False
        self._log(reason)
        self._transport.abort()


def begin(acceptance: Acceptance) -> StartProtocol:
    """Return the protocol of a connection that was just accepted."""
    mode = acceptance.proxies.mode
    return StartProtocol(acceptance) if mode is None else ProxyStartProtocol(acceptance, mode)
