"""Owns the fixture that the tests with real processes share: a server.

Does not say what it does; the test modules do.
"""

from collections.abc import Iterator

import pytest

from tests.server.process import APP, ServerProcess


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Run a server without options for the tests of a module that leave it as it was."""
    with ServerProcess(APP) as process:
        yield process
