"""Owns the log's lines of JSON: one object each, and what stands in it for every kind of event.

Does not write. Every object has `level`, `event`, `pid` and `time` (RFC 3339, UTC). JSON escapes
what would end a line, and everything that is not ASCII.
"""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from h2corn._log_entry import Facts, request_id, trace_id
from h2corn._query_mask import QueryMask

__all__ = ["JsonForm", "event_line", "put_facts", "record_line"]

_FIELDS: Final = ("worker_pid",)
"""What records say beside their message, as attributes."""
_TELLING: Final = frozenset({b"x-request-id", b"traceparent"})


def event_line(event: str, facts: Mapping[str, object], level: str = "info") -> str:
    """Return the line of something that has happened now."""
    import json  # noqa: PLC0415 - few logs are JSON, and what loads this module is in all of them

    time = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    head = {"level": level, "event": event, "pid": os.getpid(), "time": f"{time}Z"}
    # DEL is the one control character that JSON leaves as it is.
    return json.dumps(head | dict(facts), default=str).replace("\x7f", "\\u007f")


def put_facts(named: dict[str, object], facts: Facts, mask: QueryMask | None) -> None:
    """Put down what a log says of a request, by the names that it has in JSON and in records."""
    client, method, target, http_version, status, seconds, sent, received, fields, _, closed = facts
    named["client"] = client.rstrip()
    named["method"] = method.decode("latin-1")
    named["target"] = (target if mask is None else mask(target)).decode("latin-1")
    named["protocol"] = f"HTTP/{http_version}"
    named["close_code" if closed else "status"] = status
    # A third of what `round` costs.
    named["duration_ms"] = int(seconds * 1_000_000 + 0.5) / 1000
    named["rx_bytes"] = received
    named["tx_bytes"] = sent
    telling = [field for field in fields if field[0] in _TELLING]
    if telling:
        if text := request_id(telling):
            named["request_id"] = text
        if text := trace_id(telling):
            named["trace_id"] = text


class JsonForm:
    """Words requests as lines of JSON.

    Args:
        mask: Hides what query parameters carry; None hides nothing.
    """

    __slots__ = ("_mask",)

    def __init__(self, mask: QueryMask | None = None) -> None:
        self._mask = mask

    def __call__(self, facts: Facts) -> str:
        """Return the line of a request."""
        event = "websocket_closed" if facts[-1] else "request"
        named: dict[str, object] = {}
        put_facts(named, facts, self._mask)
        return event_line(event, named)


def record_line(record: logging.LogRecord) -> str:
    """Return the line of a record of Python's logging.

    Its `event` is the record's own, where it has such an attribute; else `failed` for an error,
    and `warning`, `info` or `debug` for what is less.
    """
    level = record.levelname.lower()
    message = record.getMessage()
    event = getattr(record, "event", None)
    facts: dict[str, object] = {
        name: getattr(record, name) for name in _FIELDS if hasattr(record, name)
    }
    if record.levelno >= logging.ERROR:
        event = event or "failed"
        facts["subject"] = record.name
    facts["detail"] = message
    if record.exc_info:
        facts["traceback"] = logging.Formatter().formatException(record.exc_info)
    return event_line(str(event or level), facts, level)
