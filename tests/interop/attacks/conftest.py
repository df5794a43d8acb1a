"""Owns the server under attack, as it comes: limits and timeouts are the default.

Does not attack them.
"""

from collections.abc import Iterator

import pytest

from tests.server.process import ServerProcess

APP = "tests.interop.counted:app"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Run a server as it comes, for the attacks of a module."""
    with ServerProcess(APP, "--no-access-log") as process:
        yield process
