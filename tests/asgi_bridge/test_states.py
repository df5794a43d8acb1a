"""Owns the tests of what is said of messages that come too late."""

import pytest

from asgi_bridge import ClientDisconnected, _states
from asgi_bridge._states import DEPARTED, refusal

STATES = sorted(
    value for name, value in vars(_states).items() if name.isupper() and isinstance(value, int)
)


def test_states_are_in_order_without_a_gap() -> None:
    assert list(range(len(STATES))) == STATES
    assert _states.HELD < _states.UNHEARD < _states.COMPLETE < _states.CUT < _states.ABORTED


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_exception(state: int) -> None:
    error = refusal("http.response.x", state)
    assert type(error) is (ClientDisconnected if state in DEPARTED else RuntimeError)
    assert str(error)
    if state not in DEPARTED:
        assert str(error).startswith("http.response.x out of order, expected ")
