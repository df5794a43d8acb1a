"""Owns one end of a control channel: records, and descriptors beside them, over a Unix socket.

Does not wait: nothing here blocks. A full socket, a peer that is gone and a descriptor that could
not be taken are results, for they are what a channel between processes is expected to meet.
"""

import array
import contextlib
import enum
import errno
import os
import socket
from typing import Final

from prefork._records import RECORD_SIZE, Record, decode, encode
from prefork._value import Value

__all__ = ["MAX_DESCRIPTORS", "Channel", "Received", "Sent"]

MAX_DESCRIPTORS: Final = 64
"""Beside one record. Linux takes 253 (SCM_MAX_FD), macOS fewer; a record needs 1 + listeners."""

_INT_SIZE: Final = array.array("i").itemsize
_ANCILLARY_SIZE: Final = MAX_DESCRIPTORS * _INT_SIZE
_SEND_FLAGS: Final = getattr(socket, "MSG_NOSIGNAL", 0)
"""The program may have given SIGPIPE back its default action."""
_FULL: Final = {
    errno.EAGAIN,
    errno.EWOULDBLOCK,
    errno.ENOBUFS,
    errno.ENOMEM,
    # More descriptors in flight than the user may have open: unix(7).
    errno.ETOOMANYREFS,
}
_GONE: Final = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN}


class Sent(enum.Enum):
    """What became of a record that was to be sent."""

    DONE = enum.auto()
    FULL = enum.auto()
    """Nothing was sent; later it may be."""
    GONE = enum.auto()
    """The peer has closed its end, or is dead."""


class Received(Value):
    """A record and what came beside it."""

    record: Record
    descriptors: tuple[int, ...]
    """New ones of this process, closed on exec; the receiver owns them."""
    is_truncated: bool
    """Descriptors were lost, because this process could not open more."""


class Channel:
    """One end. Not for two threads at a time."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._keeps_boundaries = sock.type != socket.SOCK_STREAM
        self._is_ended = False
        # Both are only of use on a stream, where a record may be cut in two.
        self._unsent = b""
        self._partial = b""
        self._partial_descriptors: list[int] = []
        self._is_partial_truncated = False

    @classmethod
    def pair(cls) -> tuple["Channel", "Channel"]:
        """Return the two ends of a new channel.

        Raises:
            OSError: no descriptors or memory for it.
        """
        kind = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_STREAM)
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        except OSError as error:
            # macOS has the name and not the thing.
            if error.errno not in {errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT}:
                raise
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(ours), cls(theirs)

    def fileno(self) -> int:
        """Return the descriptor, for a selector; -1 when closed."""
        return self._socket.fileno()

    @property
    def is_ended(self) -> bool:
        """Whether the peer is gone and all that it sent has been received."""
        return self._is_ended

    def close(self) -> None:
        """Close this end. The peer sees the end of the channel."""
        self._socket.close()
        self._drop_partial()

    def send(self, record: Record, *descriptors: int) -> Sent:
        """Send a record, and copies of descriptors beside it, whole or not at all.

        Raises:
            OSError: one of the descriptors is not open.
        """
        if self._unsent:
            sent = self._send_rest()
            if sent is not Sent.DONE:
                return sent
        data = encode(record)
        ancillary = []
        if descriptors:
            rights = array.array("i", descriptors)
            ancillary.append((socket.SOL_SOCKET, socket.SCM_RIGHTS, rights))
        try:
            count = self._socket.sendmsg([data], ancillary, _SEND_FLAGS)
        except OSError as error:
            return _outcome(error)
        self._unsent = data[count:]
        return Sent.DONE

    def receive(self) -> Received | None:
        """Return the next record; None when there is none now, or `is_ended`.

        Raises:
            ValueError: the peer sent something else than records.
        """
        while not self._is_ended:
            try:
                data, ancillary, flags, _ = self._socket.recvmsg(
                    RECORD_SIZE - len(self._partial),
                    socket.CMSG_SPACE(_ANCILLARY_SIZE),
                    getattr(socket, "MSG_CMSG_CLOEXEC", 0),
                )
            except (BlockingIOError, InterruptedError):
                return None
            except OSError as error:
                if error.errno != errno.ECONNRESET:
                    raise
                # Said once by a peer that ended with records unread; what it sent is still here.
                continue
            self._take_descriptors(ancillary, flags)
            if not data:
                self._is_ended = True
                self._drop_partial()
                return None
            self._partial += data
            if self._keeps_boundaries or len(self._partial) == RECORD_SIZE:
                return self._take_record()
        return None

    def _send_rest(self) -> Sent:
        try:
            count = self._socket.send(self._unsent, _SEND_FLAGS)
        except OSError as error:
            return _outcome(error)
        self._unsent = self._unsent[count:]
        return Sent.FULL if self._unsent else Sent.DONE

    def _take_descriptors(self, ancillary: list[tuple[int, int, bytes]], flags: int) -> None:
        if flags & socket.MSG_CTRUNC:
            self._is_partial_truncated = True
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i")
                numbers.frombytes(data[: len(data) - len(data) % _INT_SIZE])
                if not hasattr(socket, "MSG_CMSG_CLOEXEC"):
                    for number in numbers:
                        os.set_inheritable(number, False)
                self._partial_descriptors.extend(numbers)

    def _take_record(self) -> Received:
        data, self._partial = self._partial, b""
        try:
            record = decode(data)
        except ValueError:
            self._drop_partial()
            raise
        received = Received(record, tuple(self._partial_descriptors), self._is_partial_truncated)
        self._partial_descriptors.clear()
        self._is_partial_truncated = False
        return received

    def _drop_partial(self) -> None:
        self._partial = b""
        self._is_partial_truncated = False
        while self._partial_descriptors:
            with contextlib.suppress(OSError):
                os.close(self._partial_descriptors.pop())


def _outcome(error: OSError) -> Sent:
    if error.errno in _FULL:
        return Sent.FULL
    if error.errno in _GONE:
        return Sent.GONE
    raise error
