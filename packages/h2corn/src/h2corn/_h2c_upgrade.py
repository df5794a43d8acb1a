"""Owns the change of one connection from HTTP/1.1 to HTTP/2 (RFC 7540 section 3.2).

Does not decide whether a request asks for it; `_h2c_request` does.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from h2c_core import Connection, RemoteProtocolError
from h2corn._adapters import Peers
from h2corn._application import Application
from h2corn._h2c_request import Upgrade
from h2corn._http1_encoding import encode_error
from h2corn._http1_errors import BadRequestError
from h2corn._linger import LingerProtocol
from h2corn._protocol import ConnectionProtocol
from h2corn._shell import EngineHandler, Shell

__all__ = ["H2cUpgrade", "Http2Maker"]

Http2Maker = Callable[[EngineHandler], Connection]

SWITCHING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
)
"""What the client is told before the first frame."""


class H2cUpgrade:
    """Goes on in HTTP/2 with connections of HTTP/1.1.

    Args:
        shell: what connections share.
        application: what their requests go to.
        make_http2: makes the engine of HTTP/2.
    """

    __slots__ = ("_application", "_make_http2", "_shell")

    def __init__(self, shell: Shell, application: Application, make_http2: Http2Maker) -> None:
        self._shell = shell
        self._application = application
        self._make_http2 = make_http2

    def __call__(
        self, transport: asyncio.Transport, peers: Peers, upgrade: Upgrade, *, is_full: bool
    ) -> None:
        """Take over a transport that its protocol has let go of.

        Args:
            transport: of the connection.
            peers: its ends.
            upgrade: the request that asks for it.
            is_full: the transport has asked to pause writing.
        """
        requests = self._application.connect(peers, is_serial=False)

        def make_engine(handler: EngineHandler) -> Connection:
            head = upgrade.head
            engine = self._make_http2(handler)
            engine.upgrade(head.method, head.target, head.scheme, head.headers, upgrade.settings)
            return engine

        shell = self._shell
        try:
            protocol = ConnectionProtocol(shell, transport, requests, make_engine)
        except RemoteProtocolError as error:
            refusal = BadRequestError(400, str(error))
            shell.logger.warning("%s: 400, %s", peers.client_name, error)
            linger = LingerProtocol(transport, shell.connections, shell.loop, has_eof=False)
            transport.set_protocol(linger)
            transport.write(encode_error(refusal, with_body=upgrade.head.method != b"HEAD"))
            linger.start()
            return
        # Before the write, which may fill the transport.
        transport.set_protocol(protocol)
        if is_full:
            # A transport asks once, until it has room.
            protocol.pause_writing()
        transport.write(SWITCHING)
        protocol.start(upgrade.rest)
