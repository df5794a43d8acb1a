"""Owns what the server does with a new connection: what that takes, and how it begins.

Does not accept; `_accept` and the supervisor do.
"""

import sys
from typing import Final

from h2corn._application import Application
from h2corn._h2c_upgrade import H2cUpgrade, Http2Maker
from h2corn._places import Places
from h2corn._proxies import NO_PROXIES, Proxies
from h2corn._proxy_start import ProxyStartProtocol
from h2corn._shell import EngineMaker, Shell
from h2corn._sniff import StartProtocol

__all__ = ["Acceptance"]


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

    def __call__(self) -> StartProtocol:
        """Return the protocol of a connection that was just accepted."""
        if self.proxies.mode is None:
            return StartProtocol(self)
        return ProxyStartProtocol(self, self.proxies.mode)
