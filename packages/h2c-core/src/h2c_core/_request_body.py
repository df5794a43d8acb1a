"""Owns the receiving half of a stream: the window of a request's body, its length, what is unread.

Does not pass the bytes on, and does not know the states of streams.
"""

from typing import Final

from h2c_core import _frames
from h2c_core._credit import ConnectionCredit
from h2c_core._outbound import Outbound
from h2c_core._windows import ReceiveWindow
from h2c_core.errors import LocalProtocolError

__all__ = ["SMALL_CHUNK", "RequestBody"]

SMALL_CHUNK: Final = 1024
"""Bytes of a chunk of a body under which what its object costs counts as well."""

_CHUNK_COST: Final = 64
"""Bytes that a bytes object and its place in a list take beside its text: at two bytes a DATA frame
a body of 1 MiB is 21 MiB of objects and more."""


class RequestBody:
    """The body of one request; a request that ends with its head has none.

    Attributes:
        is_open: the peer may send more, so that it is worth telling it of credit.
        is_expected: the peer waits for a 100 before it sends (RFC 9110 section 10.1.1), which it
            has not been given.
        received: bytes that came, padding too; those of a frame count as they arrive.
    """

    __slots__ = (
        "_allowance",
        "_credit",
        "_extra",
        "_is_surplus",
        "_left",
        "_outbound",
        "_stream_id",
        "_unread",
        "_window",
        "is_expected",
        "is_open",
        "received",
    )

    def __init__(
        self,
        stream_id: int,
        content_length: int,
        window: ReceiveWindow,
        credit: ConnectionCredit,
        outbound: Outbound,
    ) -> None:
        self._stream_id = stream_id
        self._left = content_length
        self._window = window
        self._credit = credit
        self._outbound = outbound
        self._unread = 0
        self._extra = 0
        self.is_open = True
        self.is_expected = False
        self._is_surplus = False
        self._allowance = 0
        self.received = 0

    def narrow(self, size: int) -> None:
        """The peer acknowledged a stream window that is smaller by `size` (section 6.9.3)."""
        self._window.narrow(size)

    def consume(self, size: int) -> bool:
        """Count the payload of a DATA frame; False when the window does not admit it."""
        return self._window.consume(size)

    def admits(self, size: int) -> bool:
        """Whether window and content-length admit `size` bytes more."""
        return self._window.admits(size) and not -1 < self._left < size

    def is_awaited(self) -> bool:
        """The application has all that came, and nothing keeps the peer from sending more."""
        return self.is_open and not self._unread and not (self.is_expected and not self.received)

    def is_too_long(self, size: int) -> bool:
        """Count `size` body bytes to come; whether they exceed content-length (section 8.1.1)."""
        if self._left < 0:
            return False
        if size > self._left:
            return True
        self._left -= size
        return False

    def is_short(self) -> bool:
        """Whether an end of the body now would be before its content-length."""
        return self._left > 0

    def hold(self, size: int) -> None:
        """Count bytes that came, and that the application holds from now on."""
        self.received += size
        self._unread += size
        if size < SMALL_CHUNK:
            self._extra += _CHUNK_COST
            self._credit.buffered(size, _CHUNK_COST)
        else:
            self._credit.buffered(size)

    def pass_over(self, size: int) -> None:
        """Count bytes that came, and credit them: nobody will read them."""
        self.received += size
        self._credit.passed_over(size)
        if self._is_surplus:
            self._allowance -= size
        else:
            self._widen(size)

    def take(self, size: int) -> None:
        """Credit bytes that the application has taken; nothing when it holds none.

        Raises:
            LocalProtocolError: more than it holds.
        """
        if self._unread == 0:
            return
        if size > self._unread:
            msg = "credit for more bytes than were received"
            raise LocalProtocolError(msg)
        extra = 0
        if self._extra:
            extra = self._extra * size // self._unread
            self._extra -= extra
        self._unread -= size
        self._credit.released(size + extra)
        self._widen(size)

    def take_all(self) -> None:
        """Credit all that the application holds: it reads no more."""
        self.take(self._unread)

    def let_pass(self, allowance: int) -> None:
        """The response is complete: `allowance` bytes more may come, and are dropped.

        The window is opened for all of them now, if the rest of the body needs it: clients were
        seen that look for no more credit once they have the whole response, and hang.
        """
        self._is_surplus = True
        self._allowance = allowance
        rest = allowance if self._left < 0 else min(self._left, allowance)
        increment = self._window.raise_to(rest)
        if increment and self.is_open:
            self._outbound.control(_frames.window_update(self._stream_id, increment))

    def is_beyond(self) -> bool:
        """All came that is let pass, and there is more."""
        return self._is_surplus and self._allowance <= 0 and self._left != 0

    def received_end(self) -> None:
        """The request is complete.

        Where its response was complete before, the peer is told so by what credit the connection
        owes: curl 7.88 was seen to wait for any byte behind its END_STREAM, in vain otherwise.
        """
        self.is_open = False
        if self._is_surplus:
            self._credit.announce()

    def end(self) -> None:
        """The stream is gone: stop counting what the application holds."""
        self.is_open = False
        self.take(self._unread)

    def _widen(self, size: int) -> None:
        if self.is_open:
            increment = self._window.credit(size)
            if increment:
                self._outbound.control(_frames.window_update(self._stream_id, increment))
