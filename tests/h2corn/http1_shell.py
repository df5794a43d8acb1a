"""Owns the shell's and the application's side of an HTTP/1 connection in tests.

Does not answer by itself unless a test gives it an `answer`. Checks with every call what the seam
promises: that nothing is written from inside of `receive_data`, and that a request is told of its
end once.
"""

from collections.abc import Callable, Iterable
from io import FileIO

from h2corn._http1 import Http1Connection
from h2corn._http1_head import RequestHead
from h2corn._http1_limits import Http1Limits
from h2corn._http1_output import FileSender
from h2corn._http1_response import Http1Stream

Fields = list[tuple[bytes, bytes]]

DEFAULT_LIMITS = Http1Limits()
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


class Request:
    """One request as its application sees it."""

    def __init__(self, stream: Http1Stream, head: RequestHead) -> None:
        self.stream = stream
        self.head = head
        self.body = b""
        self.trailers: Fields | None = None
        self.reset: int | None = None
        self.writable = 0

    @property
    def is_complete(self) -> bool:
        return self.head.end_stream or self.trailers is not None

    def on_data(self, chunk: bytes) -> None:
        assert chunk
        assert not self.is_complete
        assert self.reset is None
        self.body += chunk

    def on_end(self, trailers: Fields) -> None:
        assert not self.is_complete
        assert self.reset is None
        self.trailers = trailers

    def on_reset(self, error_code: int) -> None:
        assert self.reset is None
        self.reset = error_code

    def on_writable(self) -> None:
        self.writable += 1

    def answer(
        self,
        body: bytes = b"ok",
        *,
        status: int = 200,
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        """Respond with a whole body, as an application does that returns at once."""
        self.stream.start(status, list(headers), False)
        self.stream.data(body, True)
        self.stream.finish()


class Shell:
    """A shell with a transport that takes everything."""

    def __init__(
        self,
        limits: Http1Limits = DEFAULT_LIMITS,
        answer: Callable[[Request], None] | None = None,
    ) -> None:
        self.requests: list[Request] = []
        self.writes: list[bool] = []
        self._reads = True
        self.sent = b""
        self.takes_urgent = True
        self.transfer: FileSender | None = None
        self.held = 0
        self.now = 0.0
        self.on_open: Callable[[Http1Stream], None] | None = None
        self._answer = answer
        self._answered = 0
        self._is_inside = False
        self.connection = Http1Connection(self, limits)

    # What the connection calls.

    def open_stream(self, stream: Http1Stream, head: RequestHead) -> Request:
        assert self._is_inside
        request = Request(stream, head)
        if self.on_open is not None:
            self.on_open(stream)
        self.requests.append(request)
        return request

    def wants_write(self, urgent: bool) -> None:
        assert not self._is_inside
        self.writes.append(urgent)
        if urgent and self.takes_urgent:
            self.flush()

    def make_transfer(self, file: FileIO, offset: int, count: int) -> FileSender | None:
        return self.transfer

    def unwritten(self) -> int:
        return self.held

    def pause_reading(self) -> None:
        assert self._reads
        self._reads = False

    def resume_reading(self) -> None:
        assert not self._reads
        self._reads = True

    # What a test calls.

    @property
    def last(self) -> Request:
        return self.requests[-1]

    # Methods, since what they say changes with every call.

    def is_reading(self) -> bool:
        return self._reads

    def is_closed(self) -> bool:
        return self.connection.is_closed

    def is_idle(self) -> bool:
        return self.connection.is_idle

    def has_pending(self) -> bool:
        return self.connection.has_pending

    def pass_time(self, seconds: float) -> int:
        """Let time pass as a shell's timer does; returns how often it fired."""
        connection = self.connection
        end = self.now + seconds
        fired = 0
        while not connection.is_closed:
            deadline = connection.next_deadline()
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            connection.on_timer(self.now)
            fired += 1
        self.now = end
        return fired

    def flush(self) -> bytes:
        data = self.connection.data_to_send()
        self.sent += data
        return data

    def receive(self, *pieces: bytes) -> None:
        """Pass pieces on, one read each, and answer what is complete as the shell's loop does."""
        for piece in pieces:
            self._read(piece)
            while self._answer_complete() and self.connection.has_pending:
                self._read(b"")

    def _read(self, data: bytes) -> None:
        self._is_inside = True
        self.connection.receive_data(data, self.now)
        self._is_inside = False

    def _answer_complete(self) -> bool:
        if self._answer is None:
            return False
        for request in self.requests[self._answered :]:
            if request.is_complete and request.reset is None:
                self._answered += 1
                self._answer(request)
        self.flush()
        return True


def receive(*pieces: bytes, limits: Http1Limits = DEFAULT_LIMITS) -> Shell:
    """Return a shell that got these pieces and answered nothing."""
    shell = Shell(limits)
    shell.receive(*pieces)
    return shell


def refusal_of(data: bytes, limits: Http1Limits = DEFAULT_LIMITS) -> tuple[int, Shell]:
    """Return the status that refuses `data`, checked with all that a refusal promises."""
    shell = receive(data, limits=limits)
    connection = shell.connection
    assert connection.is_closed
    assert connection.refusal is not None
    assert not connection.has_pending
    assert connection.is_idle
    opened = len(shell.requests)
    shell.receive(SMUGGLED, b"", SMUGGLED)
    assert len(shell.requests) == opened
    answer = shell.flush()
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert b"connection: close" in lines
    assert b"content-length: %d" % len(body) in lines
    status = int(lines[0].split(b" ")[1])
    assert status == connection.refusal.status
    assert lines[0].startswith(b"HTTP/1.1 ")
    return status, shell


def post(size: int, fields: bytes = b"") -> bytes:
    return POST + b"Content-Length: %d\r\n%b\r\n" % (size, fields)


def ask(method: bytes = b"GET", version: bytes = b"1.1", fields: bytes = b"") -> Shell:
    """Return a shell with one request without a body."""
    return receive(b"%b / HTTP/%b\r\nHost: a\r\n%b\r\n" % (method, version, fields))


def open_stream(shell: Shell) -> Http1Stream:
    return shell.last.stream
