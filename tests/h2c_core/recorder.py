"""Owns the shell's and the application's side of a test: handlers that record what they are told.

Does not answer by itself. What the contract between engine and shell forbids is noted in a `Watch`
and reported by its `check`: raised inside the engine, it could be taken for an error of the peer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from h2c_core import Connection, RequestHead, Stream
from tests.h2c_core.wire import Fields


class Watch:
    """Knows which call into the engine is under way, and keeps the faults."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.faults: list[str] = []

    def check(self) -> None:
        assert not self.faults, self.faults

    @contextmanager
    def during(self, call: str) -> Iterator[None]:
        self.calls.append(call)
        try:
            yield
        finally:
            self.calls.pop()

    def expect(self, what: str, *allowed: str) -> None:
        call = self.calls[-1] if self.calls else "no call"
        if call not in allowed:
            self.faults.append(f"{what} during {call}")

    def require(self, what: str, *, holds: bool) -> None:
        if not holds:
            self.faults.append(what)


class Request:
    """One stream as its application sees it: a StreamHandler, and the sink with the same calls."""

    def __init__(self, watch: Watch, stream: Stream, head: RequestHead) -> None:
        self.stream = stream
        self.stream_id = stream.stream_id
        self.head = head
        self.chunks: list[bytes] = []
        self.trailers: Fields | None = None
        self.reset_code: int | None = None
        self.writable = 0
        self.is_waiting = False
        self.sent = bytearray()
        self.taken = 0
        self._watch = watch

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def is_complete(self) -> bool:
        """The whole request has been read, and no reset has been heard of."""
        return self.reset_code is None and (self.head.end_stream or self.trailers is not None)

    def on_data(self, chunk: bytes) -> None:
        self._watch.expect("on_data", "receive_data")
        self._watch.require("on_data with something else than bytes", holds=type(chunk) is bytes)
        self._watch.require("on_data after the end", holds=not self._is_over())
        self._watch.require("on_data without a byte", holds=bool(chunk))
        self.chunks.append(chunk)

    def on_end(self, trailers: Fields) -> None:
        self._watch.expect("on_end", "receive_data")
        self._watch.require("on_end after the end", holds=not self._is_over())
        self.trailers = trailers

    def on_reset(self, error_code: int) -> None:
        self._watch.expect("on_reset", "receive_data", "on_timer", "connection_lost")
        self._watch.require("on_reset twice", holds=self.reset_code is None)
        self.reset_code = error_code

    def on_writable(self) -> None:
        self._watch.expect(
            "on_writable", "receive_data", "on_timer", "data_to_send", "resume_output", "sink"
        )
        self._watch.require("on_writable after on_reset", holds=self.reset_code is None)
        self.writable += 1
        self.is_waiting = False

    def _is_over(self) -> bool:
        return self.head.end_stream or self.trailers is not None or self.reset_code is not None

    def start(self, status: int, headers: Fields | None = None, *, end: bool = False) -> None:
        with self._watch.during("sink"):
            self.stream.start(status, headers or [], end)

    def data(self, chunk: bytes, *, end: bool = False) -> bool:
        with self._watch.during("sink"):
            has_room = self.stream.data(chunk, end)
        self.is_waiting = not has_room
        self.sent += chunk
        return has_room

    def informational(self, status: int, headers: Fields | None = None) -> None:
        with self._watch.during("sink"):
            self.stream.informational(status, headers or [])

    def send_trailers(self, headers: Fields) -> None:
        with self._watch.during("sink"):
            self.stream.trailers(headers)

    def credit(self, size: int | None = None) -> None:
        """Take `size` bytes of the body, or all that has come."""
        with self._watch.during("sink"):
            self.stream.credit(sum(map(len, self.chunks)) - self.taken if size is None else size)
        self.taken = sum(map(len, self.chunks)) if size is None else self.taken + size

    def finish(self) -> None:
        """The application returns, so that nobody waits any more."""
        with self._watch.during("sink"):
            self.stream.finish()
        self.is_waiting = False

    def abort(self) -> None:
        with self._watch.during("sink"):
            self.stream.abort()
        self.is_waiting = False


class Recorder:
    """The shell: a ConnectionHandler that keeps the requests in the order of their heads."""

    def __init__(self, watch: Watch) -> None:
        self.requests: list[Request] = []
        self.writes: list[bool] = []
        self.write_now: Callable[[], object] | None = None
        self.write_frame: Callable[[bytes], object] | None = None
        self._watch = watch

    def open_stream(self, stream: Stream, head: RequestHead) -> Request:
        self._watch.expect("open_stream", "receive_data")
        request = Request(self._watch, stream, head)
        self.requests.append(request)
        return request

    def wants_write(self, urgent: bool) -> None:
        self._watch.expect("wants_write", "sink", "resume_output", "start_drain")
        self.writes.append(urgent)
        if urgent and self.write_now is not None:
            self.write_now()

    def write_at_once(self, data: bytes) -> bool:
        self._watch.expect("write_at_once", "sink")
        if self.write_frame is None:
            return False
        self.write_frame(data)
        return True


def check_quiet(connection: Connection, before: float | None) -> None:
    """See that nothing is to be done after a read, as the engine said.

    Args:
        connection: the engine.
        before: its deadline before the read.
    """
    assert not connection.is_closed
    assert connection.data_to_send() == b""
    after = connection.next_deadline()
    assert after is None or (before is not None and before <= after), "it came nearer"
