"""Owns the test of what the actions have in common.

Does not test who asks for them.
"""

import logging
from typing import get_args

from prefork._actions import Action, End, Level, Say
from prefork._value import Value


def test_actions_are_values() -> None:
    for kind in get_args(Action):
        assert issubclass(kind, Value)
    assert End(1, "text") == End(1, "text")
    assert len({Say(Level.INFO, "text"), Say(Level.INFO, "text")}) == 1


def test_levels_are_those_of_logging() -> None:
    assert {it.name: it.value for it in Level} == {
        "INFO": logging.INFO,
        "WARNING": logging.WARNING,
        "ERROR": logging.ERROR,
    }
