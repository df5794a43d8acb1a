"""What the proxies of the README do while a server is replaced, or gone."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.deployments.clients import browser
from tests.interop.deployments.deployment import NAME, Certificate, Deployment, Kind
from tests.server.reload.careful import CarefulClient
from tests.server.reload.load import Load, reload_under
from tests.server.reload.plain import PlainClient
from tests.server.reload.supervised import SupervisedServer, write_version

RELOADS = 10 if os.environ.get("TEST_H2CORN_FULL") else 2


@pytest.fixture
def reloaded(
    kind: Kind, tmp_path: Path, certificate: Certificate
) -> Iterator[tuple[SupervisedServer, Deployment]]:
    """Run four workers behind each proxy."""
    write_version(tmp_path, "0.0")
    with (
        SupervisedServer(tmp_path, *kind.options()) as server,
        Deployment(kind, tmp_path, certificate, server) as running,
    ):
        yield server, running


@pytest.mark.slow
def test_no_request_fails_while_the_server_is_reloaded(
    reloaded: tuple[SupervisedServer, Deployment], tmp_path: Path
) -> None:
    server, running = reloaded
    endpoint = ("127.0.0.1", running.port)
    name = running.kind.name

    def make_http2() -> CarefulClient:
        context = running.certificate.context("h2")
        return CarefulClient(endpoint, may_retry=False, tls=context, server_name=NAME)

    def make_http1() -> PlainClient:
        context = running.certificate.context("http/1.1")
        return PlainClient(endpoint, tls=context, server_name=NAME)

    with (
        Load(f"HTTP/2 to {name}, {RELOADS} reloads", make_http2, tasks=8) as http2,
        Load(f"HTTP/1.1 to {name}, {RELOADS} reloads", make_http1, tasks=8) as http1,
    ):
        reload_under((http1, http2), server, RELOADS)
    assert http2.failures == []
    assert http1.failures == []


@pytest.mark.slow
def test_a_server_that_is_gone_and_comes_back(
    reloaded: tuple[SupervisedServer, Deployment],
) -> None:
    """What its health checks are for: they are answered, and seen to fail."""
    server, running = reloaded
    is_haproxy = running.kind.is_haproxy
    with browser(running) as client:
        assert client.get("/quick?a").text == "a"
        pids = [server.pid, *server.workers]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            failed = "is DOWN" if is_haproxy else '"HTTP request failed"'
            line = running.wait_line(failed)
            if not is_haproxy:
                # Caddy says so before it acts: the next one is of a host that it has given up.
                line = running.wait_line(failed, line)
            assert client.get("/quick?b").status_code == 503
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        running.wait_line("is UP" if is_haproxy else '"msg":"host is up"', line)
        assert client.get("/quick?c").text == "c"
