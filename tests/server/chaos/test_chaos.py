"""All that can happen to the workers of a server happens, in any order, under constant load.

A minute of it with TEST_H2CORN_FULL=1 in the environment, seconds without.
"""

import os
import random
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.server.chaos.siege import Siege, siege
from tests.server.reload.load import SEED
from tests.server.reload.supervised import write_version

ROUNDS = 12 if os.environ.get("TEST_H2CORN_FULL") else 2
NUMBER = re.compile(r"number of workers is now (\d+)")

Event = Callable[[Siege, random.Random], None]


def choose(found: Siege, chance: random.Random) -> int:
    """Return a worker that lives, or has ended only now."""
    return chance.choice([pid for pid in found.server.workers if pid not in found.killed])


def kill(found: Siege, chance: random.Random) -> None:
    """End a worker at once."""
    with suppress(ProcessLookupError):
        found.kill(choose(found, chance))


def halt(found: Siege, chance: random.Random) -> None:
    """Stop a worker, which is found to hang."""
    with suppress(ProcessLookupError):
        found.halt(choose(found, chance))


def retire(found: Siege, chance: random.Random) -> None:
    """Ask a worker itself to end, as systemd asks all processes of a service."""
    with suppress(ProcessLookupError):
        os.kill(choose(found, chance), signal.SIGTERM)


def reload(found: Siege, chance: random.Random) -> None:
    """Replace all of them."""
    found.server.signal(signal.SIGHUP)


def scale(found: Siege, chance: random.Random) -> None:
    """Have one more, and one less."""
    for number in (signal.SIGTTIN, signal.SIGTTOU):
        start = len(found.server.log)
        found.server.signal(number)
        found.server.wait_line(NUMBER, start=start)
        found.load.wait_answers(chance.randrange(1, 30))


EVENTS: list[Event] = [kill, kill, halt, retire, reload, reload, scale]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_everything_at_once(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0")
    chance = random.Random(SEED)
    options = (
        *("--timeout-worker-healthcheck", "2"),
        *("--timeout-graceful-shutdown", "4", "--timeout-lifespan-shutdown", "1"),
    )
    with siege(tmp_path, *options, is_rolling=True) as found:
        for number in range(ROUNDS):
            events = chance.sample(EVENTS, len(EVENTS))
            print(f"round {number}: {', '.join(event.__name__ for event in events)}")  # noqa: T201
            for event in events:
                event(found, chance)
                found.load.wait_answers(chance.randrange(10, 60))
        found.wait_workers(set(found.killed))
