"""Owns the fixtures of the gRPC tests: the service, a client of it, and messages sent one by one.

Does not say how calls should go; the tests do.
"""

import queue
from collections.abc import Iterator

import grpc
import pytest

from tests.server.process import ServerProcess

LONG = 30.0
"""Seconds that nothing takes."""


class Stub:
    """Makes calls whose messages are bytes.

    Args:
        channel: the connection.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def unary(self, method: str) -> "grpc.UnaryUnaryMultiCallable[bytes, bytes]":
        """Make calls with one message each way."""
        return self._channel.unary_unary(method)

    def answers(self, method: str) -> "grpc.UnaryStreamMultiCallable[bytes, bytes]":
        """Make calls whose answer is a stream."""
        return self._channel.unary_stream(method)

    def questions(self, method: str) -> "grpc.StreamUnaryMultiCallable[bytes, bytes]":
        """Make calls that send a stream."""
        return self._channel.stream_unary(method)

    def both(self, method: str) -> "grpc.StreamStreamMultiCallable[bytes, bytes]":
        """Make calls with a stream each way."""
        return self._channel.stream_stream(method)

    def join(self, count: int) -> None:
        """Send so many messages, and see all of them come back as one."""
        messages = [b"%d," % number for number in range(count)]
        answer = self.questions("/echo.Echo/Join")(iter(messages), timeout=LONG)
        assert answer == b"".join(messages)

    def chat(self, count: int) -> None:
        """Send so many messages, each behind the answer to the one before."""
        questions = Questions()
        answers = self.both("/echo.Echo/Chat")(iter(questions), timeout=LONG)
        for number in range(count):
            message = b"question %d" % number
            questions.put(message)
            assert next(answers) == message
        questions.put(None)
        assert list(answers) == []
        assert answers.code() is grpc.StatusCode.OK

    def how(self, name: str) -> str:
        """Return how the application saw a call end."""
        return self.unary("/test.Test/How")(name.encode(), timeout=LONG).decode()


class Questions:
    """Messages that a test sends one by one."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def put(self, message: bytes | None) -> None:
        """Send a message, or the end for None."""
        self._queue.put(message)

    def __iter__(self) -> Iterator[bytes]:
        while (message := self._queue.get()) is not None:
            yield message


def open_channel(server: ServerProcess) -> grpc.Channel:
    """Connect to a server, whatever proxy the environment names."""
    host, port = server.endpoint
    return grpc.insecure_channel(f"{host}:{port}", options=[("grpc.enable_http_proxy", 0)])


@pytest.fixture(scope="session")
def server() -> Iterator[ServerProcess]:
    """Run the service."""
    with ServerProcess("tests.server.grpc.service:app", "--no-http1") as process:
        yield process


@pytest.fixture(scope="session")
def stub(server: ServerProcess) -> Iterator[Stub]:
    """Give the one connection that all calls share."""
    with open_channel(server) as channel:
        grpc.channel_ready_future(channel).result(LONG)
        yield Stub(channel)
