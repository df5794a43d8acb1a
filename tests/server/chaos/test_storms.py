"""Signals come faster than they can be followed, under constant load."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.server.chaos.siege import siege
from tests.server.reload.load import SEED
from tests.server.reload.supervised import SupervisedServer, write_version

IS_FULL = bool(os.environ.get("TEST_H2CORN_FULL"))
RELOADS = 400 if IS_FULL else 50
RELOAD_PAUSE = 0.05
STEPS = 600 if IS_FULL else 100
STEP_PAUSE = 0.02
SETTLE_STEPS = 200
SETTLE_PAUSE = 0.1


@pytest.mark.slow
def test_reloads_without_end(tmp_path: Path) -> None:
    """One every 50 ms; the last one counts."""
    write_version(tmp_path, "0")
    with siege(tmp_path, workers=2, is_rolling=True) as found:
        for number in range(RELOADS):
            write_version(tmp_path, f"{number}")
            found.server.signal(signal.SIGHUP)
            time.sleep(RELOAD_PAUSE)
        write_version(tmp_path, "last")
        found.server.reload()
        found.load.expect("last")
        found.load.wait_answers(50, "last")


@pytest.mark.slow
def test_more_and_fewer_workers_without_end(tmp_path: Path) -> None:
    """Also from one worker, which accepts by itself, to two, to whom connections are passed."""
    write_version(tmp_path, "0")
    chance = random.Random(SEED)
    with siege(tmp_path, workers=2, is_rolling=True) as found:
        for _ in range(STEPS):
            found.server.signal(chance.choice((signal.SIGTTIN, signal.SIGTTOU)))
            time.sleep(STEP_PAUSE)
        found.load.wait_answers(50)
        settle(found.server)
        found.load.wait_answers(50)


def settle(server: SupervisedServer) -> None:
    """Bring the server to one worker, and then to as many as it has had."""
    for _ in range(SETTLE_STEPS):
        server.signal(signal.SIGTTOU)
        time.sleep(SETTLE_PAUSE)
        if len(server.workers) == 1:
            break
    assert len(server.workers) == 1
    for count in range(2, server.count + 1):
        server.signal(signal.SIGTTIN)
        server.wait_workers(lambda found: len(found) == count)  # noqa: B023 - called before the next
