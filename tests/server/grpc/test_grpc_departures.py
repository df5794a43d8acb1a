"""gRPC clients that do not wait for the end: deadlines, cancellation, a channel closed."""

import json

import grpc
import pytest

from tests.server.grpc.conftest import LONG, Questions, Stub, open_channel
from tests.server.process import ServerProcess

DEADLINE = 2.0
"""Seconds in which a call has surely come to the application."""


def test_a_deadline(stub: Stub) -> None:
    answers = stub.answers("/test.Test/Wait")(b"deadline", timeout=DEADLINE)
    assert next(answers) == b"waiting"
    with pytest.raises(grpc.RpcError):
        next(answers)
    assert answers.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert stub.how("deadline") == "cancelled"


def test_a_deadline_that_the_client_keeps_alone(stub: Stub) -> None:
    """Its reset is `http.disconnect` behind the whole request."""
    with pytest.raises(grpc.RpcError) as caught:
        stub.unary("/test.Test/WaitRaw")(b"raw deadline", timeout=DEADLINE)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert json.loads(stub.how("raw deadline")) == ["end", "OSError", "http.disconnect"]


def test_cancelled_while_the_application_waits(stub: Stub) -> None:
    answers = stub.answers("/test.Test/Wait")(b"waiting", timeout=LONG)
    assert next(answers) == b"waiting"
    answers.cancel()
    assert answers.code() is grpc.StatusCode.CANCELLED
    assert stub.how("waiting") == "cancelled"


def test_cancelled_in_the_middle_of_the_questions(stub: Stub) -> None:
    """The stream of the client is open still."""
    questions = Questions()
    answers = stub.both("/test.Test/Wait")(iter(questions), timeout=LONG)
    questions.put(b"open")
    assert next(answers) == b"waiting"
    answers.cancel()
    assert stub.how("open") == "cancelled"
    questions.put(None)


def test_cancelled_while_the_application_sends(stub: Stub) -> None:
    answers = stub.answers("/test.Test/Flood")(b"flood", timeout=LONG)
    for _ in range(10):
        assert len(next(answers)) == 10_000
    answers.cancel()
    assert stub.how("flood") in {"cancelled", "OSError"}


def test_other_calls_go_on(stub: Stub) -> None:
    questions = Questions()
    answers = stub.both("/echo.Echo/Chat")(iter(questions), timeout=LONG)
    for number in range(20):
        other = stub.answers("/test.Test/Wait")(b"other %d" % number, timeout=LONG)
        assert next(other) == b"waiting"
        other.cancel()
        questions.put(b"%d" % number)
        assert next(answers) == b"%d" % number
        assert stub.how(f"other {number}") == "cancelled"
    questions.put(None)
    assert list(answers) == []


def test_a_client_that_goes(server: ServerProcess, stub: Stub) -> None:
    with open_channel(server) as channel:
        answers = Stub(channel).answers("/test.Test/Flood")(b"gone", timeout=LONG)
        assert len(next(answers)) == 10_000
    assert stub.how("gone") in {"cancelled", "OSError"}
