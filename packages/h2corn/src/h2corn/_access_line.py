"""Owns the access log's own line: what it says of a request, and how.

Does not know connections or streams, and does not write; `_access_log` does. A line is

    127.0.0.1:42952     "GET /ws HTTP/1.1" 200  0.93ms tx=25b rx=5b

with the bytes of the response body as `tx` and of the request body as `rx` where there were any.
A WebSocket has one when it is accepted or refused, and one when it is over, with its close code and
the bytes of its messages:

    127.0.0.1:42952     "WEBSOCKET /ws HTTP/1.1" 1000  202ms rx=5b

Nothing that a client sends can end the line, the quotes, or start a terminal sequence.
"""

from functools import lru_cache
from typing import Final

from h2corn._console import Color, painted
from h2corn._escape import escape_quoted, escape_unprintable
from h2corn._log_entry import Facts
from h2corn._query_mask import QueryMask

__all__ = ["TextForm", "client_text", "forwarded_client_text", "request_line"]

CLIENT_WIDTH: Final = 19
_STATUS_COLORS: Final = (Color.CYAN, Color.GREEN, Color.CYAN, Color.YELLOW, Color.RED)
"""Of 1xx to 5xx."""
_UNITS: Final = ("KiB", "MiB", "GiB", "TiB")
_KIB: Final = 1024


class TextForm:
    """Words requests as lines of text.

    Args:
        mask: Hides what query parameters carry; None hides nothing.
        is_colored: Whether they show colours.
    """

    __slots__ = ("_mask", "_statuses")

    def __init__(self, mask: QueryMask | None = None, *, is_colored: bool = False) -> None:
        self._mask = mask
        self._statuses = {
            status: painted(str(status), _STATUS_COLORS[status // 100 - 1], is_colored=is_colored)
            for status in range(100, 600)
        }
        # The client left before there was one.
        self._statuses[0] = "-"

    def __call__(self, facts: Facts) -> str:
        """Return the line of a request."""
        client, method, target, http_version, status, seconds, sent, received, _, _, _ = facts
        if self._mask is not None:
            target = self._mask(target)
        # What `request_line` does.
        name = _METHODS.get(method) or escape_quoted(method)
        shown = self._statuses.get(status) or str(status)
        hundredths = int(seconds * 100_000 + 0.5)
        took = _SHORT_TIMES[hundredths] if hundredths < 1000 else _long_time(hundredths)
        line = f'{client} "{name} {escape_quoted(target)} HTTP/{http_version}" {shown}  {took}ms'
        if sent:
            line += f" tx={sent}b" if sent < _KIB else f" tx={_size_text(sent)}"
        if received:
            line += f" rx={received}b" if received < _KIB else f" rx={_size_text(received)}"
        return line


def client_text(client: tuple[str, int] | None) -> str:
    """Return how a client stands in its lines.

    Args:
        client: address and port, 0 where it is not known; None is one of a Unix socket.
    """
    if client is None:
        return "unix".ljust(CLIENT_WIDTH)
    host, port = client
    shown = escape_unprintable(f"[{host}]" if ":" in host and port else host)
    return (f"{shown}:{port}" if port else shown).ljust(CLIENT_WIDTH)


@lru_cache(maxsize=1024)
def forwarded_client_text(client: tuple[str, int] | None) -> str:
    """Return the same of a client that a proxy has named; None is one whose address it hides."""
    return "unknown".ljust(CLIENT_WIDTH) if client is None else client_text(client)


def request_line(method: bytes, target: bytes, http_version: str) -> str:
    """Return how a request stands between the quotes of its line.

    Args:
        method: As received.
        target: As received; of a CONNECT request its authority.
        http_version: As ASGI has it: "2", "1.1" or "1.0".
    """
    name = _METHODS.get(method) or escape_quoted(method)
    return f"{name} {escape_quoted(target)} HTTP/{http_version}"


def _long_time(hundredths: int) -> str:
    return f"{hundredths / 100:.{1 if hundredths < 9995 else 0}f}"


def _size_text(size: int) -> str:
    """Return a size of a KiB or more."""
    value = float(size)
    for unit in _UNITS[:-1]:
        value /= _KIB
        # What would be shown as 1024.0 is 1.0 of the next.
        if value < 1023.95:
            return f"{value:.1f}{unit}"
    return f"{value / _KIB:.1f}{_UNITS[-1]}"


# The two save a quarter of a line's time.
_SHORT_TIMES: Final = [f"{hundredths / 100:.2f}" for hundredths in range(1000)]
_METHODS: Final = {
    name.encode(): name for name in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
}
