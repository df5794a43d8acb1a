"""All cases of Autobahn's test suite behave, over HTTP/1.1 and, through HAProxy, over HTTP/2."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.websocket.autobahn import behind_haproxy, run, wait_until_answers
from tests.server.process import ServerProcess

APP = "tests.server.wsapps:app"
LONG = ("9.*", "12.*", "13.*")
"""Cases of large messages and of compression, which take minutes; the others take seconds."""

DEFLATED = tuple(f"12.{number}.{number}" for number in range(1, 6))
SOME = ("9.1.*", "9.2.*", "9.7.1", "9.8.1", *DEFLATED, "13.3.6", "13.7.7")
"""Some of them that take seconds."""

IS_FULL = bool(os.environ.get("TEST_H2CORN_AUTOBAHN"))


def words(option: str, patterns: tuple[str, ...]) -> list[str]:
    """Return the options that name cases."""
    return [word for pattern in patterns for word in (option, pattern)]


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Run a server and return where its sessions are asked for."""
    if request.param == "HTTP/1.1":
        with ServerProcess(APP, "--no-access-log") as server:
            yield server.endpoint
        return
    # Without HTTP/1 nothing but RFC 8441 is left.
    with ServerProcess(APP, "--no-http1") as server:
        with behind_haproxy(server.endpoint, tmp_path) as front:
            wait_until_answers(front)
            yield front
        sessions = [line for line in server.log if '"WEBSOCKET ' in line]
        assert sessions
        assert all(re.search(r'"WEBSOCKET \S+ HTTP/2" ', line) for line in sessions)


@pytest.mark.slow
def test_cases(endpoint: tuple[str, int], tmp_path: Path) -> None:
    faults = run(endpoint, tmp_path / "report", *words("-x", LONG), parallel=2)
    assert len(faults) == 247
    assert {case: fault for case, fault in faults.items() if fault} == {}


@pytest.mark.slow
@pytest.mark.timeout(1700)
def test_long_cases(endpoint: tuple[str, int], tmp_path: Path) -> None:
    """All 270 with TEST_H2CORN_AUTOBAHN=1 in the environment, some without.

    Each has 60 seconds, of which some need a third on a machine that does nothing else: those of
    one protocol run one after the other, and should run beside no other test but the other's.
    """
    faults = run(endpoint, tmp_path / "report", *words("-i", LONG if IS_FULL else SOME))
    assert len(faults) == (270 if IS_FULL else 21)
    assert {case: fault for case, fault in faults.items() if fault} == {}
