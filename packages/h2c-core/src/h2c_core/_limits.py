"""Owns the limits of one connection: what a peer may make the engine hold or do.

Does not enforce them; each is enforced where the thing that it bounds is kept.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["Limits"]

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one connection. Sizes are bytes, times seconds; a time of 0 is no limit.

    What a budget lets a peer do at once, it may do again over `flood_interval`; above it the
    connection ends with ENHANCE_YOUR_CALM.

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
    """Body bytes received and not yet taken, over all streams; a chunk under 1 KiB counts 64 bytes
    more, which are its objects. Below it the connection's window is credited on receipt, so that a
    stalled upload does not stop the others; above it what the window still admits may come. The
    default is 256 streams of 256 KiB: the window of no stream is held back by another's."""

    enable_connect_protocol: bool = False
    """Announce and serve extended CONNECT (RFC 8441), by which WebSockets come. Off unless the
    handler knows what to do with `RequestHead.protocol`; `:protocol` is malformed then."""

    header_table_size: int = 4096
    """HPACK dynamic table of the peer's encoder (SETTINGS_HEADER_TABLE_SIZE)."""

    max_queued_control: int = 64 * KIB
    """Bytes of control frames (acknowledgements, resets, credit) waiting for a peer that does not
    read: 3,855 PING acknowledgements. Above it the connection ends."""

    max_queued_heads: int = 2 * MIB
    """Bytes of response heads and trailers waiting for a peer that does not read; they are not
    held back by windows. 256 streams with 8 KiB each. Above it the connection ends."""

    max_held_headers: int = 8 * MIB
    """Decoded fields held by open streams, counted as the objects that they are: 130 bytes a field
    and its text. 256 streams with 32 KiB of cookies each. A request above it is refused with
    REFUSED_STREAM, so that the peer may send it again."""

    max_discarded_body: int = MIB
    """Body bytes of one stream that are received and dropped after its response is complete. Above
    it the stream is reset with NO_ERROR, which some clients (curl 7.88) do not outlive: they lose
    the response, so that common forms and JSON should fit. A MiB costs what reading it would."""

    flood_interval: float = 10.0
    """Seconds over which the budgets below come back. In plain Python, the engine's work for each
    of these floods, sent at once, is 70 milliseconds at most until the connection ends; field
    sections count for what their decoding costs anybody, those above the limits too."""

    max_peer_resets: int = 1000
    """Streams that the peer resets before their response is complete (CVE-2023-44487), beside one
    for every four served. Each may have started an application. Proxies pass the aborts of
    thousands of clients on."""

    max_provoked_resets: int = 500
    """Streams that a fault of the peer makes us reset or answer with 431 (CVE-2025-8671), beside
    one for every ten served. An application may go on behind each; honest clients provoke none."""

    max_pings: int = 500
    """PING frames and their acknowledgements, beside one for each DATA frame sent and stream opened
    (gRPC measures the way so). 17 bytes of answer each: 8.5 KiB."""

    max_settings: int = 100
    """SETTINGS frames and their acknowledgements; eight parameters count as one frame more. One
    that moves the windows of 256 open streams takes 50 microseconds in plain Python."""

    max_priority_frames: int = 1000
    """PRIORITY and PRIORITY_UPDATE frames, beside two for each stream opened. Browsers send up to
    two for each stream, and five at the beginning."""

    max_window_updates: int = 2000
    """WINDOW_UPDATE frames, beside 16 for each DATA frame that was not cut short by a window, and
    two for each stream opened. A peer that opens its windows byte by byte gets 200 frames of one
    byte a second."""

    max_empty_data: int = 500
    """DATA frames without a body byte, padded or not, that do not end their stream either
    (CVE-2019-9518), beside two for each stream opened."""

    max_stray_frames: int = 1000
    """Frames that do nothing: of unknown types, on closed streams, a second GOAWAY; beside 16 for
    each stream opened."""

    timeout_preface: float = 5.0
    """From the first bytes to the client's SETTINGS, which it sends without waiting for ours."""

    timeout_header_block: float = 10.0
    """From the first bytes of a frame to its last, and from HEADERS to END_HEADERS: nothing else
    can be read in between."""

    timeout_idle: float = 120.0
    """Without an open stream, before the connection is drained, which loses no request. Longer than
    proxies keep idle connections (60 to 90), so that it is they who close."""

    timeout_body: float = 60.0
    """Without a byte of a body that the peer may send, until the response begins; 408 then."""

    timeout_response_stall: float = 60.0
    """Without progress of a response for which the peer opens no window; then its stream is
    reset."""

    timeout_write: float = 60.0
    """Without anything that a full transport took; then the connection ends."""

    timeout_discard: float = 5.0
    """For the rest of a request whose response is complete; then its stream is reset."""

    ping_interval: float = 60.0
    """Silence of the peer, while a stream is open, after which it is asked by a PING whether it is
    there: the other end may have gone without a word."""

    ping_timeout: float = 20.0
    """From that PING to any byte; then the connection ends."""

    def __post_init__(self) -> None:
        """Check the ranges that RFC 9113 section 6.5.2 gives, and that all else is possible."""
        for name, least, most in _RANGES:
            if not least <= getattr(self, name) <= most:
                msg = f"{name} must be {least} to {most}"
                raise ValueError(msg)
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                msg = f"{name} must be at least 1"
                raise ValueError(msg)
        for name in _AT_LEAST_ZERO:
            # Refuses a NaN as well.
            if not getattr(self, name) >= 0:
                msg = f"{name} must be at least 0"
                raise ValueError(msg)
        if not self.flood_interval > 0:
            msg = "flood_interval must be above 0 seconds"
            raise ValueError(msg)
        if self.ping_timeout == 0 and self.ping_interval > 0:
            msg = "ping_timeout must be above 0 seconds where there is a ping_interval"
            raise ValueError(msg)


_MAX_WINDOW: Final = 2**31 - 1
_MAX_SETTING: Final = 2**32 - 1
"""A parameter of SETTINGS has four bytes."""

_RANGES: Final = (
    ("max_concurrent_streams", 1, _MAX_SETTING),
    ("max_header_list_size", 1, _MAX_SETTING),
    ("max_inbound_frame_size", 16384, 16777215),
    ("initial_stream_window", 0, _MAX_WINDOW),
    ("initial_connection_window", 65535, _MAX_WINDOW),
    ("header_table_size", 0, _MAX_SETTING),
    # The window of a stream is opened for all of it at once.
    ("max_discarded_body", 0, _MAX_WINDOW),
)
_AT_LEAST_ONE: Final = (
    "max_header_fields",
    "max_header_block_size",
    "max_continuation_frames",
    "max_buffered_body",
    "max_queued_control",
    "max_queued_heads",
    "max_held_headers",
    "max_peer_resets",
    "max_provoked_resets",
    "max_pings",
    "max_settings",
    "max_priority_frames",
    "max_window_updates",
    "max_empty_data",
    "max_stray_frames",
)
_AT_LEAST_ZERO: Final = (
    "timeout_preface",
    "timeout_header_block",
    "timeout_idle",
    "timeout_body",
    "timeout_response_stall",
    "timeout_write",
    "timeout_discard",
    "ping_interval",
    "ping_timeout",
)
