"""Processes of the server are killed or stopped under constant load.

A minute of it with TEST_H2CORN_FULL=1 in the environment, seconds without.
"""

import os
import random
import re
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.chaos.noise import H2load, Sessions
from tests.server.chaos.processes import state, wait_until
from tests.server.chaos.siege import Siege, assert_nothing_runs, siege
from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.reload.careful import CarefulClient
from tests.server.reload.load import SEED, Load
from tests.server.reload.supervised import SupervisedServer, write_version

IS_FULL = bool(os.environ.get("TEST_H2CORN_FULL"))
KILLS = 40 if IS_FULL else 6
YOUNG_KILLS = 8
"""Fewer than the supervisor takes for a crash loop where no worker is of age."""
PROVEN_AGE = 6.0
"""Seconds after which a worker surely is."""
ORPHAN_TIMEOUT = 10.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_workers_are_killed(tmp_path: Path) -> None:
    """All but one, again and again: a crash loop is when not one of them lasts."""
    write_version(tmp_path, "0.0")
    chance = random.Random(SEED)
    with siege(tmp_path) as found:
        spared = found.server.workers[0]
        end = time.monotonic() + PROVEN_AGE
        for number in range(KILLS):
            while number >= YOUNG_KILLS and time.monotonic() < end:
                found.load.wait_answers(10)
            victim = chance.choice([pid for pid in found.server.workers if pid != spared])
            found.load.wait_answers(chance.randrange(50))
            found.kill(victim)
            found.wait_workers({victim})
    assert len(found.killed) == KILLS


@pytest.mark.slow
def test_two_workers_are_killed_at_once(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0")
    with siege(tmp_path) as found:
        victims = found.server.workers[:2]
        for pid in victims:
            found.kill(pid)
        found.wait_workers(set(victims))


@pytest.mark.slow
def test_a_stopped_worker_is_replaced(tmp_path: Path) -> None:
    """It neither beats nor takes what was passed to it, which another worker takes."""
    write_version(tmp_path, "0.0")
    with siege(tmp_path, "--timeout-worker-healthcheck", "2") as found:
        victim = found.server.workers[1]
        found.halt(victim)
        found.load.wait_answers(100)
        found.wait_workers({victim})
    assert any(re.search(rf"worker \[{victim}\].*SIGKILL", line) for line in found.server.log)


@pytest.mark.slow
def test_the_supervisor_is_killed(tmp_path: Path) -> None:
    """Its workers finish what they have and end; the port is free, and the next server takes it."""
    write_version(tmp_path, "0.0")
    with ExitStack() as servers:
        first = SupervisedServer(tmp_path)
        servers.callback(first.kill_all)
        slow = servers.enter_context(H2Client(first.endpoint))
        stream = slow.request("/slow?seconds=1")
        slow.flush()
        with (
            Load("requests", lambda: CarefulClient(first.endpoint, renewal=10)) as load,
            H2load(first.url) as h2load,
            Sessions(first.url) as sessions,
        ):
            found = Siege(first, load, h2load, sessions)
            load.wait_answers(100)
            found.be_patient(True)
            workers = first.workers
            found.kill(first.pid)
            assert slow.response(stream).body == b"seconds=1"
            slow.read_until(lambda: slow.is_closed)
            assert slow.goaways == [(LARGEST_WINDOW, 0), (stream, 0)]
            wait_until(
                lambda: not any(map(state, workers)),
                lambda: f"the workers run on: {[(pid, state(pid)) for pid in workers]}",
                ORPHAN_TIMEOUT,
            )
            host, port = first.endpoint
            socket.create_server((host, port)).close()
            second = servers.enter_context(SupervisedServer(tmp_path, bind=f"{host}:{port}"))
            load.wait_answers(50)
            found.be_patient(False)
            load.wait_answers(100)
        found.judge()
        assert len(second.workers) == second.count
    assert_nothing_runs(tmp_path)
