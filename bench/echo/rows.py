"""Owns the rows of the table of WebSockets: what is compared with what, and the bar of each.

Does not start anything.
"""

from dataclasses import dataclass, replace

__all__ = ["BYTES_BAR", "IDLE", "IDLE_COUNT", "ROWS", "EchoRow"]

IDLE = "idle WebSocket, of the whole server"
"""The name of the row of memory."""

IDLE_COUNT = 2000
"""WebSockets that are open while memory is read."""

BYTES_BAR = 24 * 1024
"""Bytes that one of them may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoRow:
    """One comparison of the CPU time of a message that is echoed.

    Attributes:
        name: of the row, unique.
        size: bytes of a message.
        websockets: how many there are, each with one message under way.
        connections: how many of HTTP/2 they share; over HTTP/1.1 each has its own.
        messages: in one turn, over all of them.
        protocol: how ours is spoken to, `http1` or `http2`.
        deflated: messages are compressed both ways.
        rival: `uvicorn`, or ours over `http1`.
        bar: the most that ours may cost, as a ratio to the rival.
    """

    name: str
    size: int
    websockets: int
    connections: int = 1
    messages: int
    protocol: str = "http1"
    deflated: bool = False
    rival: str = "uvicorn"
    bar: float


def _small(websockets: int, *shared: int) -> list[EchoRow]:
    one = EchoRow(
        name=f"64 B, {websockets} WebSockets, to uvicorn".replace(" 1 WebSockets", " 1 WebSocket"),
        size=64,
        websockets=websockets,
        messages=1024,
        bar=0.8,
    )
    return [
        one,
        *(
            replace(
                one,
                name=one.name.replace("to uvicorn", f"{connections} HTTP/2 to HTTP/1.1"),
                connections=connections,
                protocol="http2",
                rival="http1",
                bar=1.1,
            )
            for connections in shared
        ),
    ]


ROWS = [
    *_small(1, 1),
    *_small(32, 4),
    EchoRow(
        name="64 KiB deflated, 1 WebSocket, to uvicorn",
        size=64 * 1024,
        websockets=1,
        messages=60,
        deflated=True,
        bar=1.0,
    ),
]
"""All that compare times, in the order of the table."""
