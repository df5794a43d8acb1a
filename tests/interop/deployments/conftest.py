"""Owns the fixtures that the tests of deployments share: a certificate, and each of them running.

Does not say what goes through; the tests do.
"""

from collections.abc import Iterator

import pytest

from tests.interop.deployments.deployment import (
    KINDS,
    Certificate,
    Deployment,
    Kind,
    make_certificate,
)
from tests.server.process import ServerProcess

APP = "tests.interop.deployments.application:app"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Make what all fronts show."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Give each way that the README shows."""
    found: Kind = request.param
    found.program()
    return found


@pytest.fixture(scope="module")
def deployment(
    kind: Kind, tmp_path_factory: pytest.TempPathFactory, certificate: Certificate
) -> Iterator[Deployment]:
    """Run it, for the tests of a module."""
    with (
        ServerProcess(APP, *kind.options()) as server,
        Deployment(kind, tmp_path_factory.mktemp(kind.name), certificate, server) as running,
    ):
        yield running
