"""gRPC with its own client: calls of every kind, and how they fail."""

import grpc
import pytest

from tests.server.grpc.conftest import LONG, Questions, Stub, open_channel
from tests.server.grpc.service import PARALLEL
from tests.server.process import ServerProcess

LARGE = bytes(range(256)) * (1 << 14)
"""A message as large as gRPC takes without being told: 4 MiB."""


@pytest.mark.parametrize("message", [b"", b"hello", bytes(70_000)], ids=len)
def test_unary(stub: Stub, message: bytes) -> None:
    assert stub.unary("/echo.Echo/Say")(message, timeout=LONG) == message


def test_server_streaming(stub: Stub) -> None:
    assert list(stub.answers("/echo.Echo/Repeat")(b"a", timeout=LONG)) == [b"a"] * 3
    numbers = [int(message) for message in stub.answers("/test.Test/Count")(b"500")]
    assert numbers == list(range(500, 0, -1))


def test_client_streaming(stub: Stub) -> None:
    stub.join(500)


def test_no_message_at_all(stub: Stub) -> None:
    assert stub.questions("/echo.Echo/Join")(iter(()), timeout=LONG) == b""
    assert list(stub.both("/echo.Echo/Chat")(iter(()), timeout=LONG)) == []


def test_two_way_streaming(stub: Stub) -> None:
    stub.chat(50)


def test_answers_to_a_client_that_has_ended(stub: Stub) -> None:
    """The stream is half closed for all of the response."""
    messages = [b"%d" % number for number in range(200)]
    answers = stub.both("/echo.Echo/Chat")(iter(messages), timeout=LONG)
    assert list(answers) == messages


def test_an_answer_to_a_client_that_goes_on(stub: Stub) -> None:
    """The server ends the call in the middle of the client's messages."""
    questions = Questions()
    answers = stub.both("/test.Test/First")(iter(questions), timeout=LONG)
    questions.put(b"one")
    assert list(answers) == [b"one"]
    assert answers.code() is grpc.StatusCode.OK
    questions.put(b"two")
    questions.put(None)
    assert stub.unary("/echo.Echo/Say")(b"after it", timeout=LONG) == b"after it"


def test_large_messages(stub: Stub) -> None:
    assert stub.unary("/echo.Echo/Say")(LARGE, timeout=LONG) == LARGE
    answers = stub.both("/echo.Echo/Chat")(iter([LARGE] * 3), timeout=LONG)
    assert [answer == LARGE for answer in answers] == [True] * 3


def test_a_message_that_is_too_large(stub: Stub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.unary("/echo.Echo/Say")(LARGE + b"x", timeout=LONG)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.details() == f"a message has {len(LARGE) + 1} bytes"


def test_calls_in_parallel(stub: Stub) -> None:
    """All of them are under way at the same time, or none would be answered."""
    call = stub.unary("/test.Test/Meet")
    calls = [call.future(b"%d" % number, timeout=LONG) for number in range(PARALLEL)]
    assert [call.result(LONG) for call in calls] == [b"%d" % n for n in range(PARALLEL)]


def test_metadata(stub: Stub) -> None:
    metadata = (("x-trace", "1"), ("x-data-bin", b"\x00\xff"))
    _, call = stub.unary("/echo.Echo/Say").with_call(b"hello", metadata=metadata, timeout=LONG)
    assert call.code() is grpc.StatusCode.OK


# Errors


def test_no_such_method(stub: Stub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.unary("/echo.Echo/Sing")(b"la", timeout=LONG)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert caught.value.details() == "no such method"


def test_an_error_before_the_first_message(stub: Stub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.unary("/test.Test/Refuse")(b"", timeout=LONG)
    assert caught.value.code() is grpc.StatusCode.ABORTED
    assert caught.value.details() == "not today: 100 % caf\xe9\n"


def test_an_error_in_the_middle(stub: Stub) -> None:
    answers = stub.answers("/test.Test/FailInTheMiddle")(b"", timeout=LONG)
    assert [next(answers) for _ in range(3)] == [b"0", b"1", b"2"]
    with pytest.raises(grpc.RpcError):
        next(answers)
    assert (answers.code(), answers.details()) == (grpc.StatusCode.ABORTED, "halfway")


def test_a_message_that_is_compressed(stub: Stub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.unary("/echo.Echo/Say")(bytes(10_000), compression=grpc.Compression.Gzip, timeout=LONG)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_an_application_that_crashes() -> None:
    with ServerProcess("tests.server.grpc.service:app") as server:
        server.allows_traceback = True
        with open_channel(server) as channel:
            stub = Stub(channel)
            answers = stub.answers("/test.Test/CrashInTheMiddle")(b"", timeout=LONG)
            assert [next(answers) for _ in range(3)] == [b"0", b"1", b"2"]
            with pytest.raises(grpc.RpcError):
                next(answers)
            assert answers.code() is grpc.StatusCode.UNKNOWN
            server.wait_line("ValueError: crashed in the middle")
            assert stub.unary("/echo.Echo/Say")(b"still here") == b"still here"
