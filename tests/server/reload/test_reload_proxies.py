"""No request fails while the server is reloaded behind a proxy, whatever its clients speak.

Ten times with TEST_H2CORN_FULL=1 in the environment, twice without.
"""

import os
from pathlib import Path

import pytest

from tests.interop.proxies.proxy import ProxyProcess
from tests.server.reload.careful import CarefulClient
from tests.server.reload.fronts import FRONTS
from tests.server.reload.load import Load, reload_under
from tests.server.reload.plain import PlainClient
from tests.server.reload.supervised import SupervisedServer, write_version

RELOADS = 10 if os.environ.get("TEST_H2CORN_FULL") else 2


@pytest.mark.slow
@pytest.mark.parametrize("front", FRONTS)
def test_proxy(front: str, tmp_path: Path) -> None:
    write_version(tmp_path, "0.0")
    with (
        SupervisedServer(tmp_path) as server,
        ProxyProcess(FRONTS[front], tmp_path, server.endpoint) as proxy,
    ):

        def make_http2() -> CarefulClient:
            return CarefulClient(proxy.front, may_retry=False)

        def make_http1() -> PlainClient:
            return PlainClient(proxy.front)

        with (
            Load(f"HTTP/2 to {front}, {RELOADS} reloads", make_http2, tasks=8) as http2,
            Load(f"HTTP/1.1 to {front}, {RELOADS} reloads", make_http1, tasks=8) as http1,
        ):
            reload_under((http1, http2), server, RELOADS)
    assert http2.failures == []
    assert http1.failures == []
    # The proxy's own end is not reloaded.
    assert http2.notes["connections"] == 4
