"""Owns the head of a request as an application wants it, and the error of a malformed one.

Does not read field sections.
"""

from h2c_core._priority import (
    DEFAULT_URGENCY,
    INCREMENTAL,
    MAX_PRIORITY_SIZE,
    NO_PRIORITY,
    parse_priority,
)

__all__ = ["Field", "MalformedFieldsError", "RequestHead"]

Field = tuple[bytes, bytes]


class MalformedFieldsError(ValueError):
    """A field section that section 8.1.1 calls malformed: the stream ends with PROTOCOL_ERROR."""


class RequestHead:
    """The head of a request as a server application wants it.

    Attributes:
        method: the method, as sent.
        target: path and query of the request, as sent; empty for CONNECT without `:protocol`.
        scheme: `http` or `https`, as sent; empty for CONNECT without `:protocol`.
        authority: the `:authority` pseudo-header field, empty when there was none.
        headers: fields in the order received. `host` comes first when there was an `:authority`
            (section 8.3.1), and `cookie` fields are joined with `; ` (section 8.2.3).
        http_version: `2`.
        end_stream: no body follows.
        expect_continue: the client waits for 100 before it sends the body (RFC 9110 10.1.1).
        content_length: the announced length of the body in bytes, -1 for none; -1 for CONNECT,
            which has no body but bytes both ways (RFC 9110 section 9.3.6).
        protocol: the `:protocol` of an extended CONNECT (RFC 8441), empty for all others.
        priority: what the client said of the priority of the response, as `parse_priority`
            returns it; NO_PRIORITY when it said nothing that can be read.
    """

    __slots__ = (
        "_priority_text",
        "authority",
        "content_length",
        "end_stream",
        "expect_continue",
        "headers",
        "http_version",
        "method",
        "priority",
        "protocol",
        "scheme",
        "target",
    )

    def __init__(self, headers: list[Field], *, end_stream: bool) -> None:
        self.method = b""
        self.target = b""
        self.scheme = b""
        self.authority = b""
        self.headers = headers
        self.http_version = "2"
        self.end_stream = end_stream
        self.expect_continue = False
        self.content_length = -1
        self.protocol = b""
        self.priority = NO_PRIORITY
        self._priority_text: bytes | None = None

    @property
    def has_priority(self) -> bool:
        """The client said something of the priority of the response."""
        return self.priority != NO_PRIORITY

    @property
    def urgency(self) -> int:
        """0 to 7, 0 being the most urgent; 3 unless the client said something else."""
        return DEFAULT_URGENCY if self.priority == NO_PRIORITY else self.priority % INCREMENTAL

    @property
    def incremental(self) -> bool:
        """The client has a use for parts of the response."""
        return self.priority >= INCREMENTAL

    def add_priority(self, value: bytes) -> None:
        """Take a `priority` field (RFC 9218 section 5); several are one list."""
        text = self._priority_text
        if text is not None:
            if len(text) > MAX_PRIORITY_SIZE:
                return
            value = b"%b, %b" % (text, value)
        self._priority_text = value
        self.priority = parse_priority(value)
