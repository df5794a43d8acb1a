"""Owns how much memory the engine takes, as tracemalloc counts it: bytes of Python objects.

Does not look at other engines: the memory of C libraries is not Python's.
"""

import gc
import tracemalloc
from collections.abc import Callable

from hpack import Encoder

from bench.micro import wire
from h2c_core import Connection, Field, Limits, RequestHead, Stream

__all__ = ["download_peak", "idle_connection", "idle_stream", "upload_peak"]

_MOVED = 64 * wire.MIB
_CONNECTIONS = 50
_STREAMS = 1000
# As many as fill the tables of both sides several times over.
_REQUESTS = 80
_FILLERS: wire.Fields = [(b"x-field-%d" % number, b"value-%d" % number) for number in range(80)]


class _Application:
    """Takes everything at once, writes at once, and keeps nothing."""

    def __init__(self) -> None:
        self.stream: Stream | None = None
        self.connection: Connection | None = None
        self.received: list[int] = []
        self.written = 0

    def open_stream(self, stream: Stream, head: RequestHead) -> "_Application":
        self.stream = stream
        return self

    def wants_write(self, urgent: bool) -> None:
        if urgent and self.connection is not None:
            self.written += len(self.connection.data_to_send())

    def write_at_once(self, data: bytes) -> bool:
        return False

    def on_data(self, chunk: bytes) -> None:
        self.received.append(len(chunk))

    def on_end(self, trailers: list[Field]) -> None:
        pass

    def on_reset(self, error_code: int) -> None:
        raise AssertionError(error_code)

    def on_writable(self) -> None:
        raise AssertionError


def idle_connection() -> int:
    """Return the bytes of a connection without streams whose HPACK tables, of 4 KiB, are full."""
    application = _Application()
    reads = wire.get_reads(wire.PROXIES["envoy"], _REQUESTS, is_varying=True)

    def make() -> list[Connection]:
        return [_used_connection(application, reads) for _ in range(_CONNECTIONS)]

    _used_connection(application, reads)  # what the process keeps for all connections is there then
    return _kept(make) // _CONNECTIONS


def _used_connection(application: _Application, reads: list[bytes]) -> Connection:
    connection = Connection(application)
    connection.receive_data(wire.PREFACE, 0.0)
    for number, read in enumerate(reads):
        connection.receive_data(read, 0.0)
        stream = application.stream
        assert stream is not None
        stream.start(200, [*wire.RESPONSE, _FILLERS[number]], False)
        stream.data(wire.BODY, True)
        stream.finish()
        connection.data_to_send()
    assert connection.is_idle
    return connection


def idle_stream() -> int:
    """Return the bytes of a stream whose head was read and whose body does not come."""
    reads = wire.head_reads(_STREAMS, Encoder())
    connection = Connection(_Application(), Limits(max_concurrent_streams=_STREAMS))
    connection.receive_data(wire.PREFACE, 0.0)
    connection.data_to_send()

    def make() -> Connection:
        for read in reads:
            connection.receive_data(read, 0.0)
        return connection

    return _kept(make) // _STREAMS


def _kept(make: Callable[[], object]) -> int:
    """Return the bytes that are held by what a function returns."""
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert made is not None
    return size


def download_peak() -> int:
    """Return the most bytes held at once while a response of 64 MiB is sent in 64 KiB chunks."""
    application = _Application()
    connection = Connection(application)
    application.connection = connection
    connection.receive_data(wire.PREFACE, 0.0)
    connection.receive_data(wire.head_reads(1, Encoder())[0], 0.0)
    stream = application.stream
    assert stream is not None
    stream.start(200, [], False)
    connection.data_to_send()
    application.written = 0

    def send() -> None:
        for _ in range(_MOVED // len(wire.CHUNK)):
            stream.data(wire.CHUNK, False)
        application.written += len(connection.data_to_send())

    peak = _peak(send)
    assert application.written > _MOVED, application.written
    return peak


def upload_peak() -> int:
    """Return the most bytes held at once while 64 MiB are received in reads of 64 KiB."""
    application = _Application()
    connection = Connection(application)
    connection.receive_data(wire.PREFACE, 0.0)
    connection.receive_data(wire.head_reads(1, Encoder(), _MOVED)[0], 0.0)
    # Cut where frames are not: the last frame of a read goes on in the next one.
    body = b"".join(wire.frame(0, 0, 1, wire.CHUNK[:16384]) for _ in range(wire.MIB // 16384))
    reads = [body[start : start + 65536] for start in range(0, len(body), 65536)]
    received = 0

    def receive() -> None:
        nonlocal received
        for _ in range(_MOVED // wire.MIB):
            for read in reads:
                connection.receive_data(read, 0.0)
                stream = application.stream
                assert stream is not None
                for size in application.received:
                    stream.credit(size)
                    received += size
                application.received.clear()
                connection.data_to_send()

    peak = _peak(receive)
    assert received == _MOVED, received
    return peak


def _peak(work: Callable[[], None]) -> int:
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before
