"""Owns the states of a stream and what leads from one to another (RFC 9113 section 5.1).

Does not hold a stream's state.
"""

from typing import Final

__all__ = [
    "CLOSED",
    "HALF_CLOSED_LOCAL",
    "HALF_CLOSED_REMOTE",
    "IDLE",
    "INVALID",
    "OPEN",
    "OPENED",
    "RECEIVED_END",
    "RESET",
    "SENT_END",
    "TRANSITIONS",
]

IDLE: Final = 0
OPEN: Final = 1
HALF_CLOSED_LOCAL: Final = 2
HALF_CLOSED_REMOTE: Final = 3
CLOSED: Final = 4

OPENED: Final = 0
RECEIVED_END: Final = 1
SENT_END: Final = 2
RESET: Final = 3

INVALID: Final = -1

# One row a state, one column an input. The reserved states do not exist: a client cannot push, and
# this server does not.
TRANSITIONS: Final[list[list[int]]] = [
    # OPENED   RECEIVED_END        SENT_END           RESET
    [OPEN, INVALID, INVALID, INVALID],  # IDLE
    [INVALID, HALF_CLOSED_REMOTE, HALF_CLOSED_LOCAL, CLOSED],  # OPEN
    [INVALID, CLOSED, INVALID, CLOSED],  # HALF_CLOSED_LOCAL
    [INVALID, INVALID, CLOSED, CLOSED],  # HALF_CLOSED_REMOTE
    [INVALID, INVALID, INVALID, CLOSED],  # CLOSED
]
