"""Owns a client that sends whatever it is told, as fast as the server takes it, and keeps books.

Does not obey: no window, no setting and no limit of the server holds it back. It reads what comes
while it sends, so that an answer is known that a server gives just before it closes.
"""

import contextlib
import select
import time
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from hpack import Decoder

from tests.h2c_core import wire
from tests.h2c_core.wire import Frame, FrameReader, Kind
from tests.server.client import TIMEOUT, Client

READ_SIZE = 1 << 18
BATCH = 1 << 16
"""Bytes of one write, so that floods come as fast as the kernel carries them."""


class Attacker(Client):
    """One connection.

    Args:
        endpoint: host and port.
        settings: what it announces.
        greets: whether it sends preface and settings at once.
        receive_buffer: the kernel's receive buffer in bytes; 0 leaves its default.
    """

    def __init__(
        self,
        endpoint: tuple[str, int],
        *,
        settings: Iterable[tuple[int, int]] = (),
        greets: bool = True,
        receive_buffer: int = 0,
    ) -> None:
        super().__init__(endpoint, receive_buffer)
        self.counts: Counter[Kind] = Counter()
        """Frames received, acknowledgements too, but for those of unknown types."""
        self.goaways: list[int] = []
        """The error codes of GOAWAY frames, in order."""
        self.resets: dict[int, int] = {}
        """The error codes of RST_STREAM frames by stream."""
        self.statuses: dict[int, bytes] = {}
        """The status of responses by stream."""
        self.ends: set[int] = set()
        """The streams whose response has ended."""
        self.has_eof = False
        """The server has closed its half after what it said."""
        self.was_cut = False
        """The server has reset the connection."""
        self.is_deaf = False
        """Whether it goes on after a GOAWAY that tells of an error."""
        self.is_polite = False
        """Whether it acknowledges PING."""
        self._reader = FrameReader()
        self._decoder = Decoder()
        self.socket.setblocking(False)
        if greets:
            self.pour([wire.PREFACE + wire.settings(*settings) + wire.settings_ack()])

    @property
    def is_over(self) -> bool:
        """Whether the server has ended the connection, or said that it does."""
        heard = not self.is_deaf and (self.has_eof or any(self.goaways))
        return self.was_cut or heard

    def pour(self, parts: Iterable[bytes], *, reads: bool = True) -> int:
        """Send until all is sent or the server has ended the connection; return bytes sent.

        What lasts longer than `TIMEOUT` counts as borne. How much of that is the server's doing, a
        `Siege` knows, and not the time that passes on a machine which others use.

        Args:
            parts: what to send; drawn only as far as it is sent.
            reads: whether to read what the server answers meanwhile. Without it, sending stops
                where the server stops to read.
        """
        sent = 0
        batch = bytearray()
        deadline = time.monotonic() + TIMEOUT
        for part in parts:
            batch += part
            if len(batch) >= BATCH:
                assert time.monotonic() < deadline, f"the server has borne {sent} bytes"
                sent += self._push(batch, reads=reads)
                if self.is_over or batch:
                    return sent
        return sent + self._push(batch, reads=reads)

    def _push(self, batch: bytearray, *, reads: bool) -> int:
        """Send a batch and take what was sent from it."""
        size = len(batch)
        while batch and not self.is_over:
            watched = [self.socket] if reads else []
            patience = TIMEOUT if reads else 0.5
            readable, writable, _ = select.select(watched, [self.socket], [], patience)
            if not readable and not writable:
                assert not reads, "the server neither reads nor answers"
                break
            if readable:
                self._read()
            if writable and not self.is_over:
                try:
                    del batch[: self.socket.send(batch)]
                except (BrokenPipeError, ConnectionResetError):
                    self._read_rest()
                    self.was_cut = self.was_cut or self.is_deaf
        return size - len(batch)

    def drip(self, data: bytes, pause: float) -> None:
        """Send a byte at a time, with a pause after each, until the server ends the connection."""
        for byte in data:
            self.pour([bytes([byte])])
            self.rest(pause)
            if self.is_over:
                return
        pytest.fail("the server has borne all of it")

    def rest(self, seconds: float) -> None:
        """Read for so long, or until the server ends the connection."""
        deadline = time.monotonic() + seconds
        while not self.is_over and (left := deadline - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0]:
                self._read()

    def listen(self, timeout: float = TIMEOUT) -> None:
        """Read until the server has closed the connection."""
        deadline = time.monotonic() + timeout
        while not self.has_eof and not self.was_cut:
            left = deadline - time.monotonic()
            assert left > 0, f"the server holds the connection for more than {timeout} s"
            if select.select([self.socket], [], [], left)[0]:
                self._read()

    def listen_until(self, condition: Callable[[], bool], timeout: float = TIMEOUT) -> None:
        """Read until the condition holds, or the server ended the connection."""
        deadline = time.monotonic() + timeout
        while not self.is_over and not condition():
            left = deadline - time.monotonic()
            assert left > 0, "no answer"
            if select.select([self.socket], [], [], left)[0]:
                self._read()

    def listen_for_head(self, stream: int) -> None:
        """Read until the response of a stream has begun."""
        self.listen_until(lambda: stream in self.statuses)

    def listen_for(self, streams: Iterable[int]) -> None:
        """Read until the streams have ended or were reset."""
        awaited = set(streams)
        self.listen_until(lambda: awaited <= self.ends | self.resets.keys())

    def ping(self) -> None:
        """Send PING and read until its acknowledgement, or the end of the connection."""
        before = self.counts[Kind.PING]
        self.pour([wire.ping()])
        self.listen_until(lambda: self.counts[Kind.PING] > before)

    def _read_rest(self) -> None:
        """Read what the kernel still has of a connection that takes nothing more."""
        while not self.has_eof and not self.was_cut:
            if not select.select([self.socket], [], [], TIMEOUT)[0]:
                break
            self._read()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                data = self.socket.recv(READ_SIZE)
            except ConnectionResetError:
                self.was_cut = True
                return
            self.has_eof = not data
            for frame in self._reader.feed(data):
                self._take(frame)

    def _take(self, frame: Frame) -> None:
        if frame.kind <= Kind.CONTINUATION:
            self.counts[Kind(frame.kind)] += 1
        if frame.kind == Kind.GOAWAY:
            self.goaways.append(frame.error_code)
        elif frame.kind == Kind.PING and not frame.is_ack and self.is_polite:
            self.socket.send(wire.ping(frame.payload, ack=True))
        elif frame.kind == Kind.RST_STREAM:
            self.resets[frame.stream_id] = frame.error_code
        elif frame.kind == Kind.HEADERS:
            (_, status), *_ = self._decoder.decode(frame.payload, raw=True)
            self.statuses[frame.stream_id] = bytes(status)
        if frame.ends_stream:
            self.ends.add(frame.stream_id)
