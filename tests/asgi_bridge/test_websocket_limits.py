"""Tests of the bounds' defaults."""

from dataclasses import FrozenInstanceError, fields

import pytest

from asgi_bridge import WebSocketLimits


def test_that_the_defaults_are_those_of_the_manual() -> None:
    limits = WebSocketLimits()
    assert limits.max_message_size == 16 * 1024 * 1024
    assert limits.per_message_deflate
    assert (limits.ping_interval, limits.ping_timeout, limits.close_timeout) == (60, 30, 10)


def test_that_they_stay_as_they_are() -> None:
    limits = WebSocketLimits()
    for field in fields(limits):
        with pytest.raises(FrozenInstanceError):
            setattr(limits, field.name, 0)
