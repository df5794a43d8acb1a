"""Owns the sink that remembers a response's fields, for logs that tell of them.

Does not change anything that goes through it.
"""

from collections.abc import Awaitable
from io import FileIO

from h2corn._adapters import WireSink
from h2corn._log_entry import Field

__all__ = ["SeenSink"]


class SeenSink:
    """Passes a response on.

    Args:
        sink: the wire's.

    Attributes:
        fields: of the response's head; empty until it is sent.
    """

    __slots__ = (
        "_sink",
        "abort",
        "can_trailers",
        "credit",
        "data",
        "fields",
        "finish",
        "informational",
        "set_timeouts",
        "trailers",
    )

    def __init__(self, sink: WireSink) -> None:
        self._sink = sink
        self.fields: list[Field] = []
        self.can_trailers = sink.can_trailers
        self.data = sink.data
        self.informational = sink.informational
        self.trailers = sink.trailers
        self.credit = sink.credit
        self.finish = sink.finish
        self.abort = sink.abort
        self.set_timeouts = sink.set_timeouts

    @property
    def bytes_sent(self) -> int:
        """Bytes of the body so far."""
        return self._sink.bytes_sent

    @property
    def weight(self) -> int | None:
        """The priority of RFC 7540."""
        return self._sink.weight

    @property
    def depends_on(self) -> int:
        """What it depends on by that."""
        return self._sink.depends_on

    @property
    def urgency(self) -> int:
        """The priority of RFC 9218."""
        return self._sink.urgency

    @property
    def incremental(self) -> bool:
        """Whether it may share by that."""
        return self._sink.incremental

    def start(self, status: int, headers: list[Field], end: bool) -> None:
        """Send the head."""
        self._sink.start(status, headers, end)
        self.fields = headers

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> Awaitable[None] | None:
        """Send a part of a file."""
        return self._sink.file(file, offset, count, end)
