"""Owns the states of a response, in their order, and what is said of a message that comes too late.

Does not change any of them; `_response` and its base do.
"""

from typing import Final

from asgi_bridge.errors import ClientDisconnected

__all__ = [
    "ABORTED",
    "BODY",
    "COMPLETE",
    "CUT",
    "DEPARTED",
    "HELD",
    "LOST",
    "OVERRULED",
    "START",
    "TRAILERS",
    "UNHEARD",
    "refusal",
]

# From UNHEARD on nobody waits for more, from COMPLETE on nothing more can be sent; up to CUT the
# client got all that there was for it.
START: Final = 0
HELD: Final = 1  # the start waits for the first body message
BODY: Final = 2
TRAILERS: Final = 3  # the body is complete, and trailers were announced
UNHEARD: Final = 4  # all has gone out, and the body that follows is dropped
COMPLETE: Final = 5
OVERRULED: Final = 6  # the server has answered in the application's place
CUT: Final = 7  # complete as well, but the application would not come to an end
ABORTED: Final = 8
LOST: Final = 9  # the client has left, or was made to

DEPARTED: Final = frozenset({OVERRULED, CUT, LOST})
"""Where an application learns from `ClientDisconnected` that it is no longer listened to."""

_EXPECTED: Final = {
    START: "http.response.start",
    HELD: "http.response.body",
    BODY: "http.response.body",
    TRAILERS: "http.response.trailers",
    UNHEARD: "http.response.body",
    COMPLETE: "nothing: the response is complete",
    ABORTED: "nothing: the response was aborted",
}

_TRAILERS: Final = "http.response.trailers"

_DEPARTURES: Final = {
    OVERRULED: "the server has answered, as the request body is too large",
    CUT: "nobody waits for the body of a response without one",
    LOST: "the client has left",
}


def refusal(kind: object, state: int) -> Exception:
    """Make the exception for a message that cannot be taken in this state.

    Args:
        kind: the type of the message.
        state: one of those above.

    Returns:
        `ClientDisconnected` where nobody listens any more, else a RuntimeError.
    """
    departure = _DEPARTURES.get(state)
    if departure is not None:
        return ClientDisconnected(departure)
    hint = " (a start announces trailers by `trailers: True`)" if kind == _TRAILERS else ""
    return RuntimeError(f"{kind} out of order, expected {_EXPECTED[state]}{hint}")
