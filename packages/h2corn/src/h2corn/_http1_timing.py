"""Owns what an HTTP/1 connection waits for from its client, since when, and for how long.

Does not read a clock: the shell calls `on_timer` when `next_deadline` says so. What happens between
two calls has no time of its own, as no request is to pay for a clock. While there is traffic the
connection is therefore looked at every quarter of the shortest time, and a wait is counted from the
look that found it: never too short, and too long by a quarter at most.
"""

from abc import abstractmethod
from enum import Enum
from math import inf
from typing import Final

from h2corn._http1_body import RequestBody
from h2corn._http1_errors import BadRequestError
from h2corn._http1_gate import ReadGate
from h2corn._http1_input import Http1Input
from h2corn._http1_limits import Http1Limits
from h2corn._http1_output import Http1Output
from h2corn._http1_response import Http1Stream

__all__ = ["TimedConnection", "Wait"]

LOOKS: Final = 4
"""Looks in the shortest time that a client has."""


class Wait(Enum):
    """What a client is waited for to do."""

    NOTHING = "it is the application's turn"
    REQUEST = "begin a request"
    HEAD = "complete the head of a request"
    BODY = "send more of a body"
    ROOM = "take what is written"


_REASONS: Final = {
    Wait.HEAD: "the request head was not whole in time",
    Wait.BODY: "the request body did not go on in time",
    Wait.ROOM: "the client does not read",
}


class TimedConnection:
    """The side of a connection that time can end.

    A base class and not a part: what is waited for depends on all that the connection knows, and
    every read notes that there is traffic.

    Args:
        limits: the seconds that a client has for each thing.
    """

    __slots__ = (
        "_body",
        "_deadline",
        "_gate",
        "_input",
        "_is_watched",
        "_limits",
        "_moves",
        "_progress",
        "_since",
        "_stream",
        "_wait",
        "_waits_for_continue",
        "is_closed",
        "output",
    )

    is_closed: bool
    output: Http1Output
    _body: RequestBody | None
    _gate: ReadGate
    _input: Http1Input
    _stream: Http1Stream | None
    _waits_for_continue: bool

    def __init__(self, limits: Http1Limits) -> None:
        self._limits = limits
        self._moves = 0  # counts requests, and the pieces of their bodies
        self._deadline: float | None = None
        self._is_watched = False  # the next look is near
        self._wait = Wait.NOTHING
        self._progress = (0, 0)
        self._since = 0.0

    def next_deadline(self) -> float | None:
        """Return when to call `on_timer`; None where nothing depends on time."""
        return self._deadline

    def on_timer(self, now: float) -> None:
        """Look at what the client is waited for, and close where it had its time.

        A part of a request is refused with 408 if no response has begun. A client that takes no
        output is sent nothing more.
        """
        self._deadline = None
        self._is_watched = False
        if self.is_closed:
            return
        wait = self._awaited()
        due = self._note(wait, now)
        if now < due:
            # Other waits begin without a time, while this one lasts or right after it.
            if wait is not Wait.REQUEST:
                self._watch(now)
            self._advance(due)
        elif wait is Wait.REQUEST:
            self._close()
        else:
            self._refuse(BadRequestError(408, _REASONS[wait]))

    def _watch(self, now: float) -> None:
        """Look again soon: there is traffic."""
        self._is_watched = True
        limits = self._limits
        patience = [limits.timeout_keep_alive, self._patience(Wait.BODY)]
        patience.append(limits.timeout_response_stall)
        self._advance(now + min(filter(None, patience), default=inf) / LOOKS)

    def _expect_head(self, now: float) -> None:
        """Give the client its time for the rest of a head, which has begun by now."""
        self._advance(self._note(Wait.HEAD, now))

    def _awaited(self) -> Wait:
        if self.output.is_paused:
            return Wait.ROOM
        stream = self._stream
        if stream is None:
            # The rest of a body that nobody wants has as much time as the next request.
            return Wait.HEAD if self._input.has_head else Wait.REQUEST
        # A response may depend on the body and take its time, and one that has begun does not
        # wait for it.
        is_served = self._body is None or stream.is_started
        if is_served or self._gate.is_shut or self._waits_for_continue:
            return Wait.NOTHING
        return Wait.BODY

    def _note(self, wait: Wait, now: float) -> float:
        """Count from now unless nothing has moved since the last time; returns the end."""
        # Not even a client that goes on sending need not read.
        progress = self.output.taken() if wait is Wait.ROOM else (self._moves, 0)
        if wait is not self._wait or progress != self._progress:
            self._wait = wait
            self._progress = progress
            self._since = now
        return self._since + (self._patience(wait) or inf)

    def _patience(self, wait: Wait) -> float:
        limits = self._limits
        match wait:
            case Wait.NOTHING:
                return 0
            case Wait.REQUEST:
                return limits.timeout_keep_alive
            case Wait.HEAD:
                return limits.timeout_request_header
            case Wait.BODY:
                own = None if self._stream is None else self._stream.timeout_body
                return limits.timeout_request_body_idle if own is None else own
            case Wait.ROOM:
                return limits.timeout_response_stall

    def _advance(self, deadline: float) -> None:
        if deadline != inf and (self._deadline is None or deadline < self._deadline):
            self._deadline = deadline

    @abstractmethod
    def _refuse(self, error: BadRequestError) -> None:
        """Answer what is wrong, unless a response has begun, and close."""

    @abstractmethod
    def _close(self) -> None:
        """Say and read nothing more."""
