"""Owns the access log's line: what it says of a request, and how.

Does not know connections or streams, and does not write; a `LineWriter` does. A line is

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
from h2corn._line_writer import LineWriter

__all__ = ["AccessLog", "client_text", "forwarded_client_text", "request_line"]

CLIENT_WIDTH: Final = 19
_STATUS_COLORS: Final = (Color.CYAN, Color.GREEN, Color.CYAN, Color.YELLOW, Color.RED)
"""Of 1xx to 5xx."""
_UNITS: Final = ("KiB", "MiB", "GiB", "TiB")
_KIB: Final = 1024


class AccessLog:
    """Makes a line for each request.

    Args:
        writer: Where the lines go.
        is_colored: Whether it shows colours.
    """

    __slots__ = ("_statuses", "_writer")

    def __init__(self, writer: LineWriter, *, is_colored: bool) -> None:
        self._writer = writer
        self._statuses = {
            status: painted(str(status), _STATUS_COLORS[status // 100 - 1], is_colored=is_colored)
            for status in range(100, 600)
        }
        # The client left before there was one.
        self._statuses[0] = "-"

    def add(
        self, client: str, request: str, status: int, seconds: float, *, sent: int, received: int
    ) -> None:
        """Log one request.

        Args:
            client: From `client_text`.
            request: From `request_line`.
            status: Of the response; 0 when there was none. Of a WebSocket that is over, the code
                that it was closed with.
            seconds: From the request's head to the end of its response.
            sent: Bytes of the response body.
            received: Bytes of the request body.
        """
        shown = self._statuses.get(status) or str(status)
        hundredths = int(seconds * 100_000 + 0.5)
        took = _SHORT_TIMES[hundredths] if hundredths < 1000 else _long_time(hundredths)
        line = f'{client} "{request}" {shown}  {took}ms'
        if sent:
            line += f" tx={_size_text(sent)}"
        if received:
            line += f" rx={_size_text(received)}"
        self._writer.add(line)

    def close(self) -> None:
        """Write what is left, as far as that needs no waiting."""
        self._writer.close()


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
    if size < _KIB:
        return f"{size}b"
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
