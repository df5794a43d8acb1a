"""Owns how many connections there may be, and what those are told that are too many.

Does not read what they say: `_sniff` finds out in which protocol they are to be told.
"""

import sys
from math import inf
from typing import Final

from h2corn._connections import Connections
from h2corn._http1_encoding import encode_error
from h2corn._http1_errors import BadRequestError
from h2corn._shell import Shell

__all__ = ["HTTP1_OVERLOAD", "HTTP2_OVERLOAD", "MAX_TURNED_AWAY", "WARNING_PAUSE", "Places"]

HTTP1_OVERLOAD: Final = encode_error(BadRequestError(503, "too many connections"), with_body=True)
"""What HTTP/1 gets above the limit of connections (RFC 9110 section 15.6.4)."""

HTTP2_OVERLOAD: Final = (
    b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    b"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0b"
)
"""What HTTP/2 gets: SETTINGS, which have to come first (RFC 9113 section 3.4), and GOAWAY. Its last
stream is 0, so that everything can be sent again elsewhere (section 6.8), and its code
ENHANCE_YOUR_CALM rather than NO_ERROR, with which clients come back at once (section 10.5)."""

MAX_TURNED_AWAY: Final = 256
"""Connections above the limit that may be open until they have been told so. Those above that are
closed without a word."""

WARNING_PAUSE: Final = 10.0
"""Seconds in which the log says once that there are too many connections."""


class Places:
    """The places for connections of one server.

    Args:
        shell: has the list of those that are served.
        limit: how many these may be; by default any number.

    Attributes:
        turned_away: those above the limit, until they are closed.
    """

    __slots__ = ("_limit", "_shell", "_warned_at", "turned_away")

    def __init__(self, shell: Shell, limit: int = sys.maxsize) -> None:
        self._shell: Final = shell
        self._limit: Final = limit
        self._warned_at = -inf
        self.turned_away: Final = Connections()

    def choose(self) -> Connections | None:
        """Return where a new connection is to be listed; None where it is to be closed at once."""
        connections = self._shell.connections
        if len(connections) < self._limit:
            return connections
        now = self._shell.loop.time()
        if now >= self._warned_at + WARNING_PAUSE:
            self._warned_at = now
            self._shell.logger.warning("limit of %d connections reached", self._limit)
        return self.turned_away if len(self.turned_away) < MAX_TURNED_AWAY else None

    async def close(self) -> None:
        """Close those above the limit that are left, and wait until they are gone."""
        self.turned_away.abort()
        await self.turned_away.wait_idle()
