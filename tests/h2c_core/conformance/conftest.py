"""Owns the two ways in which each conformance test gives its bytes: whole, and byte by byte.

Does not hold tests.
"""

from collections.abc import Callable
from functools import partial

import pytest

from tests.h2c_core import wire
from tests.h2c_core.peer import Peer

MakePeer = Callable[..., Peer]


@pytest.fixture(params=[0, 1], ids=["whole", "bytewise"])
def step(request: pytest.FixtureRequest) -> int:
    value: int = request.param
    return value


@pytest.fixture
def make_peer(step: int) -> MakePeer:
    return partial(Peer, step=step)


@pytest.fixture
def peer(step: int) -> Peer:
    """A connection that has exchanged SETTINGS."""
    return Peer(step=step)


@pytest.fixture
def open_peer(step: int) -> Peer:
    """A connection with stream 1 open: a POST without its body."""
    made = Peer(step=step)
    made.send(wire.headers(1, wire.POST))
    return made
