"""Owns bodies that wait for room, and the rings in which they wait.

Does not decide who is next, and does not send.
"""

from h2c_core._priority import DEFAULT_URGENCY

__all__ = ["Ring", "WaitingBody"]


class WaitingBody:
    """The sending half of a stream: its window, and the one chunk that waits for room.

    Attributes:
        stream_id: the stream.
        send_window: bytes that the peer admits on this stream; below zero after it shrank
            SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.9.2).
        tail: the `data_tail` of the stream, once that is used.
        chunk: the body bytes that wait, by reference; None when nothing waits.
        offset: how many of them have been sent.
        ends: END_STREAM goes with the last of them.
        is_blocked: the sender was told to wait, and is owed `room_again`.
        is_queued: the stream waits for its turn.
        urgency: 0 to 7, 0 being the most urgent (RFC 9218 section 4.1).
        incremental: the client has a use for parts of the response (RFC 9218 section 4.2).
        is_sequential: the client said that it has none; one that said nothing at all did not.
        before: who is in front of it in its ring.
        after: who is behind it in its ring.
    """

    __slots__ = (
        "after",
        "before",
        "chunk",
        "ends",
        "incremental",
        "is_blocked",
        "is_queued",
        "is_sequential",
        "offset",
        "send_window",
        "stream_id",
        "tail",
        "urgency",
    )

    def __init__(self, stream_id: int, send_window: int) -> None:
        self.stream_id = stream_id
        self.send_window = send_window
        self.tail = b""
        self.chunk: bytes | None = None
        self.offset = 0
        self.ends = False
        self.is_blocked = False
        self.is_queued = False
        self.urgency = DEFAULT_URGENCY
        self.incremental = False
        self.is_sequential = False
        self.before: WaitingBody | None = None
        self.after: WaitingBody | None = None

    def room_again(self) -> None:
        """All that waited has been sent, and more may come."""
        raise NotImplementedError

    def end_sent(self) -> None:
        """END_STREAM has been sent."""
        raise NotImplementedError


class Ring:
    """Bodies in the order in which they joined; each is in one ring at most.

    They are linked to one another, so that one in the middle leaves at no cost.

    Attributes:
        first: the one that waits longest; None when nobody waits.
    """

    __slots__ = ("_last", "first")

    def __init__(self) -> None:
        self.first: WaitingBody | None = None
        self._last: WaitingBody | None = None

    def append(self, body: WaitingBody) -> None:
        """Let a body join behind the others."""
        last = self._last
        if last is None:
            self.first = body
        else:
            last.after = body
            body.before = last
        self._last = body

    def remove(self, body: WaitingBody) -> None:
        """Take out a body that is in this ring."""
        before = body.before
        after = body.after
        if before is None:
            self.first = after
        else:
            before.after = after
            body.before = None
        if after is None:
            self._last = before
        else:
            after.before = before
            body.after = None
