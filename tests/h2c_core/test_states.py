"""Owns the walk over every state of a stream and every input. Does not test the frames."""

import itertools

from h2c_core._states import (
    CLOSED,
    HALF_CLOSED_LOCAL,
    HALF_CLOSED_REMOTE,
    IDLE,
    INVALID,
    OPEN,
    OPENED,
    RECEIVED_END,
    RESET,
    SENT_END,
    TRANSITIONS,
)

STATES = [IDLE, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED]
INPUTS = [OPENED, RECEIVED_END, SENT_END, RESET]

# RFC 9113 section 5.1, figure 2, without the reserved states.
ALLOWED = {
    (IDLE, OPENED): OPEN,
    (OPEN, RECEIVED_END): HALF_CLOSED_REMOTE,
    (OPEN, SENT_END): HALF_CLOSED_LOCAL,
    (OPEN, RESET): CLOSED,
    (HALF_CLOSED_LOCAL, RECEIVED_END): CLOSED,
    (HALF_CLOSED_LOCAL, RESET): CLOSED,
    (HALF_CLOSED_REMOTE, SENT_END): CLOSED,
    (HALF_CLOSED_REMOTE, RESET): CLOSED,
    (CLOSED, RESET): CLOSED,
}


def test_every_state_and_every_input() -> None:
    assert len({*STATES}) == 5
    assert len({*INPUTS}) == 4
    assert INVALID not in STATES
    for state, given in itertools.product(STATES, INPUTS):
        assert TRANSITIONS[state][given] == ALLOWED.get((state, given), INVALID), (state, given)


def test_table_has_no_other_rows() -> None:
    assert len(TRANSITIONS) == len(STATES)
    assert {len(row) for row in TRANSITIONS} == {len(INPUTS)}
