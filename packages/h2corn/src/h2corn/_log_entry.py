"""Owns what is known of a request when it is logged, and what follows from its fields.

Does not word it; the forms (`_access_line`, `_access_format`, `_json_log`) do.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

__all__ = ["Entry", "Facts", "Field", "field_of", "request_id", "trace_id"]

Field = tuple[bytes, bytes]

MAX_REQUEST_ID: Final = 128
_TRACE: Final = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)


Facts = tuple[
    str, bytes, bytes, str, int, float, int, int, list[Field], list[Field] | tuple[()], bool
]
"""What an `Entry` is made of: the display of a tuple costs a tenth of what a named one does."""


class Entry(NamedTuple):
    """One request, or one WebSocket that is over."""

    client: str
    """From `client_text`."""
    method: bytes
    target: bytes
    """As received; of a CONNECT request its authority."""
    http_version: str
    """As ASGI has it: "2", "1.1" or "1.0"."""
    status: int
    """Of the response; 0 when there was none. Of a WebSocket that is over, its close code."""
    seconds: float
    """From the request's head to the end of its response."""
    sent: int
    """Bytes of the response body."""
    received: int
    """Bytes of the request body."""
    fields: list[Field]
    """Of the request."""
    response_fields: list[Field] | tuple[()] = ()
    """Of the response, where the form of the log asks for them."""
    is_closed_websocket: bool = False


def field_of(fields: Iterable[Field], name: bytes) -> bytes | None:
    """Return the value of the first field of a name in lower case."""
    for known, value in fields:
        if known.lower() == name:
            return value
    return None


def request_id(fields: Iterable[Field]) -> str:
    """Return the value of x-request-id; empty where there is none that a log can hold.

    Args:
        fields: of a request, whose names are in lower case.
    """
    for name, value in fields:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            is_fit = len(text) <= MAX_REQUEST_ID and text.isascii() and text.isprintable()
            return text if is_fit else ""
    return ""


def trace_id(fields: Iterable[Field]) -> str:
    """Return the trace id of a valid `traceparent` (W3C Trace Context, 3.2); empty without one.

    Args:
        fields: of a request, whose names are in lower case.
    """
    values = [value for name, value in fields if name == b"traceparent"]
    if len(values) != 1:
        return ""
    match = _TRACE.fullmatch(values[0])
    if match is None or (match[1] == b"00" and match[3] is not None):
        return ""
    return match[2].decode()
