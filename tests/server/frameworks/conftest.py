"""Owns the fixtures of the framework tests: a server for each framework, and clients of both kinds.

Does not say what the applications answer; the tests do.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

import httpx
import pytest

from tests.server.process import ServerProcess

FRAMEWORKS = ["django", "fastapi", "litestar", "quart", "starlette"]
VERSIONS = {"1.1": (True, False), "2": (False, True)}

Running: TypeAlias = Callable[[str], ServerProcess]


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Start the server of a framework when it is first asked for."""
    servers: dict[str, ServerProcess] = {}
    with contextlib.ExitStack() as stack:

        def start(framework: str) -> ServerProcess:
            pytest.importorskip(framework)
            if framework not in servers:
                server = ServerProcess(f"tests.server.frameworks.{framework}_app:app")
                servers[framework] = stack.enter_context(server)
            return servers[framework]

        yield start


@pytest.fixture(params=FRAMEWORKS)
def server(running: Running, request: pytest.FixtureRequest) -> ServerProcess:
    """Give the server of each framework."""
    return running(request.param)


@pytest.fixture(params=list(VERSIONS))
def version(request: pytest.FixtureRequest) -> str:
    """Name each protocol as ASGI does."""
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture
def client(server: ServerProcess, version: str) -> Iterator[httpx.Client]:
    """Give a client that speaks one protocol alone."""
    with connect(server, version) as client:
        yield client


def connect(server: ServerProcess, version: str) -> httpx.Client:
    """Make a client that speaks one protocol alone."""
    http1, http2 = VERSIONS[version]
    # Nothing is encrypted here, and a store of certificates takes long to load.
    return httpx.Client(base_url=server.url, http1=http1, http2=http2, timeout=30, verify=False)
