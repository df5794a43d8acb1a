"""Owns the order in which streams with waiting body bytes are served.

Does not send: the outbound half of the connection asks whose turn it is. Streams take turns of one
frame, so that each waits for at most one frame of every other.
"""

from collections import deque

__all__ = ["Scheduler", "WaitingBody"]


class WaitingBody:
    """The sending half of a stream: its window, and the one chunk that waits for room.

    Attributes:
        stream_id: the stream.
        send_window: bytes that the peer admits on this stream; below zero after it shrank
            SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.9.2).
        chunk: the body bytes that wait, by reference; None when nothing waits.
        offset: how many of them have been sent.
        ends: END_STREAM goes with the last of them.
        is_blocked: the sender was told to wait, and is owed `room_again`.
        is_queued: the stream is in the round.
    """

    __slots__ = (
        "chunk",
        "ends",
        "is_blocked",
        "is_queued",
        "offset",
        "send_window",
        "stream_id",
    )

    def __init__(self, stream_id: int, send_window: int) -> None:
        self.stream_id = stream_id
        self.send_window = send_window
        self.chunk: bytes | None = None
        self.offset = 0
        self.ends = False
        self.is_blocked = False
        self.is_queued = False

    def room_again(self) -> None:
        """All that waited has been sent, and more may come."""
        raise NotImplementedError

    def end_sent(self) -> None:
        """END_STREAM has been sent."""
        raise NotImplementedError


class Scheduler:
    """A round of the streams that wait and whose own window is open.

    It holds a stream once, and streams leave it when they end, so that it is never longer than
    the connection has streams.
    """

    __slots__ = ("_round",)

    def __init__(self) -> None:
        self._round: deque[WaitingBody] = deque()

    def is_empty(self) -> bool:
        """Nobody waits for a turn."""
        return not self._round

    def add(self, body: WaitingBody) -> None:
        """Let a stream join at the end of the round."""
        if not body.is_queued:
            body.is_queued = True
            self._round.append(body)

    def put_back(self, body: WaitingBody) -> None:
        """Give a stream that could not use its turn the next one again."""
        body.is_queued = True
        self._round.appendleft(body)

    def next(self) -> WaitingBody | None:
        """Take the stream whose turn it is out of the round; None when nobody waits."""
        if not self._round:
            return None
        body = self._round.popleft()
        body.is_queued = False
        return body

    def discard(self, body: WaitingBody) -> None:
        """Take out a stream that ended."""
        if body.is_queued:
            body.is_queued = False
            self._round.remove(body)
