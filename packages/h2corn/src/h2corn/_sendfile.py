"""Owns files on their way from the disk to a client's socket, without a copy through the server.

Does not frame them, nor bound the client's time: the connection, whose engine is told that the
transport is full for as long as it lasts, does both.

The kernel is asked directly, on a descriptor of the socket of its own. `loop.sendfile` belongs to
one of the two loops, says nothing of how far it has come until all has been sent, moves the file's
position, and is not to be interrupted: where its transport is aborted, the writer that it has
registered stays behind for whoever gets the same descriptor next.
"""

import asyncio
import os
from io import FileIO
from typing import Final, Protocol

__all__ = ["PIECE", "FileTransfer", "TransferHost", "can_send_files"]

PIECE: Final = 512 * 1024
"""Bytes of one call, after which the other connections have their turn. 100 MiB over loopback took
50 to 70 ms of CPU time in pieces of 64 KiB, 30 in those of 256, 20 to 30 in those of 512 KiB, and
20 in those of 2 MiB."""


def can_send_files(loop: asyncio.AbstractEventLoop, transport: asyncio.BaseTransport) -> bool:
    """Tell whether files go out on a transport as they are.

    Not where the platform cannot, where its loop waits for no descriptors, or through TLS.
    """
    return (
        hasattr(os, "sendfile")
        and type(loop).add_writer is not asyncio.AbstractEventLoop.add_writer
        and transport.get_extra_info("socket") is not None
        and transport.get_extra_info("sslcontext") is None
    )


class TransferHost(Protocol):
    """The connection that a file is sent on."""

    def begin_transfer(self, transfer: "FileTransfer") -> None:
        """Write all that comes before the file, and nothing more until `end_transfer`.

        Raises:
            ConnectionAbortedError: the connection is over.
        """

    def note_transfer(self) -> None:
        """The client has taken something."""

    def end_transfer(self) -> None:
        """Go on."""


class FileTransfer:
    """A part of a file for one client.

    Args:
        loop: where it runs.
        transport: the client's; it is only asked for its socket, and for what it still holds.
        host: the connection.
        file: a regular file, open until `run` has ended.
        offset: where to begin, in bytes.
        count: bytes to send.

    Attributes:
        sent: bytes that the kernel has taken.
    """

    __slots__ = (
        "_count",
        "_descriptor",
        "_file",
        "_future",
        "_host",
        "_loop",
        "_offset",
        "_transport",
        "sent",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.WriteTransport,
        host: TransferHost,
        file: FileIO,
        offset: int,
        count: int,
    ) -> None:
        self.sent = 0
        self._loop = loop
        self._transport = transport
        self._host = host
        self._file = file
        self._offset = offset
        self._count = count
        self._descriptor = -1
        self._future: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Send it. Cancelled, it leaves nothing behind.

        Raises:
            ConnectionError: the client has gone, or the connection was ended.
            OSError: the file cannot be read, or has become shorter.
        """
        self._host.begin_transfer(self)
        try:
            if self._transport.get_write_buffer_size():
                self._future = self._loop.create_future()
                await self._future
            self._descriptor = os.dup(self._transport.get_extra_info("socket").fileno())
            if not self._send_piece():
                self._future = self._loop.create_future()
                self._loop.add_writer(self._descriptor, self._on_writable)
                await self._future
        finally:
            self._release()
            self._host.end_transfer()

    def on_drained(self) -> None:
        """The transport holds nothing any more."""
        self._resolve(None)

    def stop(self) -> None:
        """Send nothing more, from now on: the connection is over."""
        self._release()
        self._resolve(ConnectionAbortedError("the connection was ended"))

    def _on_writable(self) -> None:
        try:
            is_done = self._send_piece()
        except OSError as error:
            self._release()
            self._resolve(error)
        else:
            if is_done:
                self._release()
                self._resolve(None)

    def _send_piece(self) -> bool:
        """Send what the kernel takes; whether that was the rest."""
        left = self._count - self.sent
        try:
            sent = os.sendfile(
                self._descriptor, self._file.fileno(), self._offset + self.sent, min(left, PIECE)
            )
        except (BlockingIOError, InterruptedError):
            return False
        if not sent:
            raise OSError(f"the file ends {left} bytes before what was to be sent of it")
        self.sent += sent
        self._host.note_transfer()
        return sent == left

    def _release(self) -> None:
        descriptor = self._descriptor
        if descriptor >= 0:
            self._descriptor = -1
            self._loop.remove_writer(descriptor)
            os.close(descriptor)

    def _resolve(self, error: OSError | None) -> None:
        future = self._future
        if future is None or future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
