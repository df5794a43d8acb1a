"""Owns interim responses (RFC 9110, 15.2): their messages, and how much of them there may be.

Does not know whether it is time for one; `_response` does.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from asgi_bridge._messages import Field, as_bytes, check_fields, check_integer
from asgi_bridge._sink import ResponseSink

__all__ = ["EARLY_HINTS", "MAX_INTERIM", "InterimHeads", "read_informational", "read_links"]

EARLY_HINTS: Final = 103
"""RFC 8297."""

_SWITCHING_PROTOCOLS: Final = 101

MAX_INTERIM: Final = 16 * 1024
"""Bytes of interim heads to one request. They wait for no client, so that an application that sends
them in a loop would fill the memory of the server; 16 KiB are hints for 200 resources, or a sign
of life every 20 seconds for an hour and a half."""

_HEAD_COST: Final = 64
"""Bytes that a head counts above its fields."""

_NOTED: Final[Mapping[int, AbstractSet[bytes]]] = {14: frozenset({b"content-length"})}


class InterimHeads:
    """What goes out before the head of one response."""

    __slots__ = ("_left", "_sink")

    def __init__(self, sink: ResponseSink) -> None:
        self._left = MAX_INTERIM
        self._sink = sink

    def send(self, status: int, fields: list[Field]) -> None:
        """Send one.

        Raises:
            RuntimeError: it is one too many.
            ValueError: a field has a bad name or value.
        """
        left = self._left - _HEAD_COST - sum(len(name) + len(value) for name, value in fields)
        if left < 0:
            raise RuntimeError(f"more than {MAX_INTERIM} bytes of interim responses")
        self._sink.informational(status, fields)
        self._left = left


def read_informational(message: Mapping[str, object]) -> tuple[int, list[Field]]:
    """Return status and fields of a `http.response.informational`.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: the status is not 100 or 102 to 199, or there is a content-length, which no
            interim response has (RFC 9110, 8.6).
    """
    status = check_integer(message.get("status"), "a status")
    if not 100 <= status <= 199 or status == _SWITCHING_PROTOCOLS:
        raise ValueError(f"an interim status is 100 to 199 and not 101, not {status}")
    fields, length, _ = check_fields(message.get("headers", ()), _NOTED)
    if length is not None:
        raise ValueError("an interim response has no content-length")
    return status, fields


def read_links(message: Mapping[str, object]) -> list[Field]:
    """Return the links of a `http.response.early_hint` as fields.

    Raises:
        TypeError: they are no iterable of buffers.
    """
    links = message.get("links")
    if not isinstance(links, Iterable) or isinstance(links, (str, bytes, bytearray, memoryview)):
        raise TypeError("links is an iterable of bytes")
    return [(b"link", as_bytes(link)) for link in links]
