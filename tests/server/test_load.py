"""h2load: no request fails, and no connection is opened twice.

200,000 requests each with TEST_H2CORN_FULL=1 in the environment, 20,000 without.
"""

import os

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess
from tests.server.programs import h2load

REQUESTS = 200_000 if os.environ.get("TEST_H2CORN_FULL") else 20_000


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("options", "connections"),
    [("-c 8 -m 10", 8), ("-c 1 -m 256", 1), ("--h1 -c 64", 64)],
)
def test_h2load(options: str, connections: int) -> None:
    with ServerProcess(APP, "--no-access-log") as server:
        h2load("-n", str(REQUESTS), *options.split(), f"{server.url}/tracked")
        with Http1Client(server.endpoint) as client:
            assert client.get_json("/peers") == connections


def test_flow_control_does_not_deadlock_in_small_windows(server: ServerProcess) -> None:
    h2load(
        *("-n", "400", "-c", "4", "-m", "25", "-w", "12", "-W", "14"),
        f"{server.url}/download?bytes=100000",
    )
