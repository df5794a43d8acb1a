"""gRPC behind each proxy of the README, by the client of its makers."""

from collections.abc import Iterator

import grpc
import pytest

from tests.interop.deployments.deployment import NAME, Deployment
from tests.server.grpc.conftest import LONG, Stub


@pytest.fixture
def stub(deployment: Deployment) -> Iterator[Stub]:
    """Give a connection to a front."""
    credentials = grpc.ssl_channel_credentials(deployment.certificate.chain.read_bytes())
    target = f"{NAME}:{deployment.port}"
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.secure_channel(target, credentials, options=options) as channel:
        grpc.channel_ready_future(channel).result(LONG)
        yield Stub(channel)


def test_every_kind_of_call(stub: Stub) -> None:
    assert stub.unary("/echo.Echo/Say")(b"hello", timeout=LONG) == b"hello"
    assert list(stub.answers("/echo.Echo/Repeat")(b"a", timeout=LONG)) == [b"a"] * 3
    stub.join(500)
    stub.chat(20)


def test_a_refusal(stub: Stub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.unary("/test.Test/Refuse")(b"", timeout=LONG)
    assert caught.value.code() is grpc.StatusCode.ABORTED
    assert caught.value.details() == "not today: 100 % caf\u00e9\n"


def test_a_failure_behind_messages(stub: Stub) -> None:
    answers = stub.answers("/test.Test/FailInTheMiddle")(b"", timeout=LONG)
    found: list[bytes] = []
    with pytest.raises(grpc.RpcError) as caught:
        found.extend(answers)
    assert caught.value.code() is grpc.StatusCode.ABORTED


def test_a_call_that_is_cancelled(stub: Stub) -> None:
    answers = stub.answers("/test.Test/Wait")(b"behind a proxy", timeout=LONG)
    assert next(answers) == b"waiting"
    answers.cancel()
    assert stub.how("behind a proxy") == "cancelled"
