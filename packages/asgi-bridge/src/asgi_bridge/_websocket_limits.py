"""Owns the bounds of a WebSocket: what one session may hold, and how long it waits.

Does not enforce them.
"""

from dataclasses import dataclass

__all__ = ["WebSocketLimits"]


@dataclass(frozen=True, slots=True)
class WebSocketLimits:
    """What one session may hold, and how long it waits."""

    max_message_size: int = 16 * 1024 * 1024
    """Bytes of one message of the client, after inflating and over all its fragments; 0 for any
    number. A larger one closes the session with code 1009."""
    per_message_deflate: bool = True
    """Whether to agree to compression (RFC 7692) where the client offers it."""
    ping_interval: float = 60.0
    """Seconds between pings, 0 for none."""
    ping_timeout: float = 30.0
    """Seconds in which something has to arrive after a ping, 0 to wait for ever. A client that is
    silent for longer is closed with code 1011."""
    close_timeout: float = 10.0
    """Seconds that the client has to answer a close frame, and to take what is sent before it."""
    max_queued_messages: int = 64
    """Messages that wait for the application; at that many no more are read."""
    max_queued_bytes: int = 64 * 1024
    """Bytes of messages that wait for the application; at that many no more are read. The last
    message may exceed it."""
