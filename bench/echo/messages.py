"""Owns the messages that are echoed, and the frames of them that a client sends.

Does not send. Frames are made once and before any clock runs, so that the client is quick.
"""

import json
import random
from functools import cache
from typing import Final

from bench.echo.frames import Deflate, text_frame

__all__ = ["Script", "make_script", "texts"]

Script = list[tuple[bytes, bytes]]
"""What a connection sends, in order: frames, and the texts that are to come back."""

_VARIETY: Final = 64
_SEED: Final = 20


def texts(size: int, count: int) -> list[bytes]:
    """Return messages of so many bytes: lists of records as JSON, cut off where they are full."""
    source = random.Random(_SEED)  # noqa: S311 - the same ones in each run
    return [_text(size, number, source) for number in range(count)]


def _text(size: int, number: int, source: random.Random) -> bytes:
    records: list[dict[str, object]] = []
    length = 0
    while length < size:
        records.append(
            {
                "id": number * 1000 + len(records),
                "name": f"{source.choice(_FIRST)} {source.choice(_LAST)}",
                "price": round(source.uniform(1, 1000), 2),
                "tags": source.sample(_TAGS, 3),
                "is_active": source.random() < 0.5,
                "updated": f"2026-11-{source.randint(1, 30):02}T{source.randint(0, 23):02}:00:00Z",
            }
        )
        length += len(json.dumps(records[-1])) + 2
    return json.dumps(records).encode()[:size]


_FIRST: Final = ("Ada", "Barbara", "Donald", "Edsger", "Grace", "John", "Margaret", "Niklaus")
_LAST: Final = ("Dijkstra", "Hamilton", "Hopper", "Knuth", "Liskov", "Lovelace", "McCarthy")
_TAGS: Final = ("alpha", "archived", "beta", "draft", "gamma", "internal", "public", "urgent")


@cache
def make_script(size: int, count: int, agreed: Deflate | None) -> Script:
    """Return frames of one connection, each with a mask of its own.

    Args:
        size: bytes of a text.
        count: how many the connection sends.
        agreed: how they are compressed; None where they are not.
    """
    source = random.Random(_SEED)  # noqa: S311 - see above
    variety = texts(size, min(count, _VARIETY))
    expected = [variety[number % len(variety)] for number in range(count)]
    payloads = expected if agreed is None else agreed.compress(expected)
    frames = [
        text_frame(payload, source.randbytes(4), is_compressed=agreed is not None)
        for payload in payloads
    ]
    return list(zip(frames, expected, strict=True))
