"""Owns the answer to a request that asks for another protocol: a tunnel, or a response like others.

Does not know the protocol that is spoken in the tunnel, nor read its bytes: `_tunnel` does that,
to which the connection is left when the 101 is written.
"""

from typing import Final, Protocol

from h2c_core import Field
from h2corn._http1_encoding import STATUS_LINES, encode_section
from h2corn._http1_framing import ResponseTarget
from h2corn._http1_head import RequestHead
from h2corn._http1_response import Http1Stream

__all__ = ["Tunnel", "TunnelStream"]

_SWITCHING_PROTOCOLS: Final = 101
_UPGRADE_REQUIRED: Final = 426


class Tunnel(Protocol):
    """A connection that carries bytes, and no messages of HTTP any more."""

    def send(self, chunk: bytes, *, end: bool) -> bool:
        """Send bytes; False asks to wait for `on_writable` before the next ones."""

    def credit(self, size: int) -> None:
        """Let the client send more: `size` bytes were taken."""

    def cut(self) -> None:
        """End it; nothing more is wanted of either side."""


class TunnelStream(Http1Stream):
    """The answer to an upgrade (RFC 9110 section 7.8). Calls on one that is gone do nothing.

    Attributes:
        tunnel: where bytes go; None before the connection is left to it, and behind its end.
        is_accepted: the 101 was sent.
    """

    __slots__ = ("is_accepted", "tunnel")

    def __init__(self, connection: ResponseTarget, request: RequestHead) -> None:
        super().__init__(connection, request)
        self.tunnel: Tunnel | None = None
        self.is_accepted = False

    def start(self, status: int, headers: list[Field], end: bool) -> None:
        """Change to the other protocol with 101, or refuse that with any other status.

        Fields that are about the connection, or would frame a body, are left out of a 101.

        Raises:
            ValueError: a field is unsafe (CR, LF, NUL, not a token); nothing was sent.
        """
        if status != _SWITCHING_PROTOCOLS:
            self._refuse(status, headers, end)
            return
        connection = self.connection
        if connection is None:
            return
        section = encode_section(headers)
        self.is_accepted = self.is_started = True
        connection.begin_tunnel()
        connection.output.send(
            b"%b%bconnection: upgrade\r\nupgrade: %b\r\n\r\n"
            % (STATUS_LINES[status], section, self.request.protocol)
        )

    def _refuse(self, status: int, headers: list[Field], end: bool) -> None:
        super().start(status, headers, end and status != _UPGRADE_REQUIRED)
        if status == _UPGRADE_REQUIRED:
            # RFC 9110 section 15.5.22.
            protocol = self.request.protocol
            self._head.append(b"connection: upgrade\r\nupgrade: %b\r\n" % protocol)
            if end:
                self.data(b"", True)

    def data(self, chunk: bytes, end: bool) -> bool:
        """Send bytes; `end` is the last that is said, and ends the connection."""
        tunnel = self.tunnel
        if tunnel is not None:
            self.bytes_sent += len(chunk)
            return tunnel.send(chunk, end=end)
        if not self.is_accepted:
            return super().data(chunk, end)
        connection = self.connection
        if connection is None:
            return True
        self.bytes_sent += len(chunk)
        if not end:
            return connection.output.send(chunk) if chunk else True
        self.is_ended = self.closes = True
        connection.end_response(chunk)
        return True

    def credit(self, size: int) -> None:
        """Let the client send more: `size` bytes were taken."""
        if self.tunnel is not None:
            self.tunnel.credit(size)

    def finish(self) -> None:
        """Nothing more is wanted of the client; a tunnel that was not ended is aborted."""
        if self.tunnel is not None:
            self.tunnel.cut()
        else:
            super().finish()

    def abort(self) -> None:
        """End the tunnel without having said all, or close the connection."""
        if self.tunnel is not None:
            self.tunnel.cut()
        else:
            super().abort()
