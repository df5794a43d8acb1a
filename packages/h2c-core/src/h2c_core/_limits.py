"""Owns the limits of one connection: what a peer may make the engine hold or do.

Does not enforce them; each is enforced where the thing that it bounds is kept.
"""

from dataclasses import dataclass

__all__ = ["Limits"]

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one connection. Sizes are bytes.

    Raises:
        ValueError: a limit lies outside the range that RFC 9113 gives it.
    """

    max_concurrent_streams: int = 256
    """Open and half-closed streams of the peer (SETTINGS_MAX_CONCURRENT_STREAMS). nghttp2, Go and
    Envoy announce 100 to 250; a proxy that puts all its traffic on few connections wants room."""

    max_header_list_size: int = MIB
    """Decoded field section, 32 bytes a field more than its text (RFC 9113 section 6.5.2). Above
    it the request is answered with 431 and the connection lives."""

    max_header_fields: int = 1000
    """Fields of one field section. 1,000 are ten times what browsers and proxies add together;
    every field costs about 150 bytes of objects however short it is."""

    max_header_block_size: int = MIB
    """Compressed field block of HEADERS and its CONTINUATION frames. Above it the connection ends,
    since a block that is not decoded leaves the HPACK tables of the two sides apart."""

    max_continuation_frames: int = 64
    """CONTINUATION frames of one field block: with 16 KiB frames they carry all of the largest
    block, and a flood of empty ones (CVE-2024-27316 and its kin) ends here."""

    max_inbound_frame_size: int = 64 * KIB
    """Largest frame payload accepted (SETTINGS_MAX_FRAME_SIZE), 16,384 to 16,777,215. A payload is
    passed on as it arrives, so that this bounds only frames that must be whole to be read."""

    initial_stream_window: int = 256 * KIB
    """Body bytes that one stream may have under way, unread by its application
    (SETTINGS_INITIAL_WINDOW_SIZE)."""

    initial_connection_window: int = 4 * MIB
    """Body bytes that may be under way on the connection, 65,535 or more."""

    max_buffered_body: int = 64 * MIB
    """Body bytes received and not yet taken, over all streams. Below it the connection's window
    is credited on receipt, so that a stalled upload does not stop the others. The default is
    256 streams of 256 KiB: the window of no stream is held back by another's."""

    header_table_size: int = 4096
    """HPACK dynamic table of the peer's encoder (SETTINGS_HEADER_TABLE_SIZE)."""

    max_queued_control: int = 64 * KIB
    """Bytes of control frames (acknowledgements, resets, credit) waiting for a peer that does not
    read: 3,855 PING acknowledgements. Above it the connection ends."""

    max_queued_heads: int = 2 * MIB
    """Bytes of response heads and trailers waiting for a peer that does not read; they are not
    held back by windows. 256 streams with 8 KiB each. Above it the connection ends."""

    def __post_init__(self) -> None:
        """Check the ranges that RFC 9113 section 6.5.2 gives."""
        if not 16384 <= self.max_inbound_frame_size <= 16777215:
            msg = "max_inbound_frame_size must be 16384 to 16777215 bytes"
            raise ValueError(msg)
        if not 0 <= self.initial_stream_window <= 2**31 - 1:
            msg = "initial_stream_window must be 0 to 2147483647 bytes"
            raise ValueError(msg)
        if not 65535 <= self.initial_connection_window <= 2**31 - 1:
            msg = "initial_connection_window must be 65535 to 2147483647 bytes"
            raise ValueError(msg)
        for name in (
            "max_concurrent_streams",
            "max_header_list_size",
            "max_header_fields",
            "max_header_block_size",
            "max_continuation_frames",
            "max_buffered_body",
            "max_queued_control",
            "max_queued_heads",
        ):
            if getattr(self, name) < 1:
                msg = f"{name} must be at least 1"
                raise ValueError(msg)
        if self.header_table_size < 0:
            msg = "header_table_size must be at least 0 bytes"
            raise ValueError(msg)
