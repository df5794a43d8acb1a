"""Owns the limits of one HTTP/1 connection: what a peer may make it hold or do, and how slowly.

Does not enforce them; each is enforced where the thing that it bounds is kept.
"""

from dataclasses import dataclass, fields

__all__ = ["Http1Limits"]

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Http1Limits:
    """The limits of one connection. Sizes are bytes, times are seconds and 0 is no limit.

    Raises:
        ValueError: a size is below 1 or a time below 0.
    """

    max_request_line: int = 16 * KIB
    """Request line without its CRLF; above it 414. RFC 9112 section 3 asks for 8,000 at least;
    nginx takes 8 KiB, Envoy counts it into 60 KiB of head."""

    max_head: int = MIB
    """Request line and fields together; above it 431. Bounds what a connection holds before its
    request means anything."""

    max_fields: int = 100
    """Field lines of one request or of one trailer section; above it 431. Apache's and gunicorn's
    default; browsers and proxies together send about 30."""

    max_field: int = 32 * KIB
    """One field line without its CRLF; above it 431. Room for the largest Kerberos tickets, which
    are the largest fields seen in practice."""

    max_chunk_line: int = 256
    """Size and extensions of one chunk with their CRLF; above it 400. Nobody is known to send
    extensions, and 16 digits of size need 18 bytes (RFC 9112 section 7.1.1 wants a limit)."""

    max_chunk_extensions: int = 16 * KIB
    """Bytes of all lines of chunks that have extensions in one body; above it 400. What stands
    between chunks is read and thrown away: Go's net/http draws the line at 16 KiB, too."""

    max_trailers: int = 8 * KIB
    """Trailer section of a request; above it 431. It is held until it is whole."""

    max_unread_body: int = 64 * KIB
    """Body bytes passed on and not yet taken by the application; above it reading pauses. One
    more read of the transport may follow."""

    max_pipelined: int = 64 * KIB
    """Bytes of later requests that wait for the present one; above it reading pauses. One more
    read of the transport may follow."""

    max_queued_output: int = 64 * KIB
    """Output that waits to be taken; above it the shell is asked to write at once, and a response
    that is still above it then waits."""

    max_discarded_body: int = 256 * KIB
    """Bytes of a body that nobody wants any more that are read to keep the connection; above it
    the connection is closed instead. Go's net/http draws the line at the same place."""

    timeout_keep_alive: float = 120.0
    """Time between two requests, and for the rest of a body that nobody wants; after it the
    connection is closed. Longer than proxies keep idle connections (nginx 60, Envoy 60 minutes but
    Amazon's balancer 60), so that they close and no request meets a closing connection."""

    timeout_request_header: float = 10.0
    """Time for a request head from its first byte on; after it 408. A head is one packet or two:
    who takes longer holds connections on purpose. Apache gives 20 to 40."""

    timeout_request_body_idle: float = 60.0
    """Time without a byte of a body, until the response has begun; after it 408. The default of
    nginx (client_body_timeout)."""

    timeout_response_stall: float = 60.0
    """Time in which a client must take some of what waits in a full transport; after it the
    connection is aborted. The default of nginx (send_timeout)."""

    def __post_init__(self) -> None:
        for field in fields(self):
            least = 0 if field.name.startswith("timeout_") else 1
            if not getattr(self, field.name) >= least:
                raise ValueError(f"{field.name} is {least} or more")
