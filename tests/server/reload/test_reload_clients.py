"""No request fails while the server is reloaded, with clients that connect to it themselves.

Ten times with TEST_H2CORN_FULL=1 in the environment, twice without.
"""

import os
from pathlib import Path

import pytest

from tests.server.reload.careful import CarefulClient
from tests.server.reload.load import Load, reload_under
from tests.server.reload.nodeload import NodeLoad
from tests.server.reload.supervised import SupervisedServer, write_version

RELOADS = 10 if os.environ.get("TEST_H2CORN_FULL") else 2


def test_a_client_that_follows_the_rfc(tmp_path: Path) -> None:
    """What the server says is 30 ms on its way to every second connection."""
    write_version(tmp_path, "0.0")
    with SupervisedServer(tmp_path) as server:

        def make() -> CarefulClient:
            return CarefulClient(server.endpoint, connections=8, delay=0.03)

        with Load(f"client of the RFC, {RELOADS} reloads", make) as load:
            reload_under((load,), server, RELOADS)
    assert load.failures == []
    assert load.notes["ends without GOAWAY"] == 0
    assert load.notes["connections"] >= 8 * (RELOADS + 1)


def test_a_client_that_renews_its_connections(tmp_path: Path) -> None:
    """There is always a new connection on its way through the supervisor."""
    write_version(tmp_path, "0.0")
    with SupervisedServer(tmp_path) as server:

        def make() -> CarefulClient:
            return CarefulClient(server.endpoint, connections=8, delay=0.03, renewal=3)

        with Load(f"new connections, {RELOADS} reloads", make) as load:
            reload_under((load,), server, RELOADS)
    assert load.failures == []
    assert load.notes["ends without GOAWAY"] == 0


@pytest.mark.slow
def test_client_of_node(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0")
    with SupervisedServer(tmp_path) as server, NodeLoad(server.url) as load:
        for number in range(1, RELOADS + 1):
            write_version(tmp_path, f"{number}.0")
            server.reload()
            load.wait_hundreds(2, f"{number}.0")
    assert load.counts["failures"] == []
    assert set(load.counts["versions"]) == {f"{number}.0" for number in range(RELOADS + 1)}
    assert load.counts["sessions"] >= 4 * (RELOADS + 1)
