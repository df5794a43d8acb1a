"""Owns the listening sockets of one server: how they are bound, and how they are given back.

Does not accept connections. A Unix socket's file is removed at the end only while it is still the
one that this process made; an inherited socket is left open for whoever gave it.
"""

import errno
import os
import socket
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from h2corn._address import Address, FdAddress, TcpAddress, UnixAddress

__all__ = ["ListenError", "Listener", "open_listeners"]

STREAM_FAMILIES: Final = {
    socket.AF_INET,
    socket.AF_INET6,
    getattr(socket, "AF_UNIX", socket.AF_INET),
}
_ABSENT_FAMILY: Final = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


class ListenError(OSError):
    """An address cannot be listened on. Its text is one line that names the address."""

    def __init__(self, address: Address, reason: OSError | str) -> None:
        if isinstance(reason, OSError):
            text = (reason.strerror or str(reason)).lower()
            super().__init__(reason.errno, f"cannot listen on {address}: {text}")
        else:
            super().__init__(errno.EINVAL, f"cannot listen on {address}: {reason}")
        self.address: Final = address

    def __str__(self) -> str:
        """Return the text without the error number."""
        return str(self.strerror)


class Listener:
    """One bound socket.

    Attributes:
        socket: the socket, bound and not blocking.
        address: what was asked for.
        url: what a client connects to, with the real port: `http://127.0.0.1:8000`, `unix:PATH`
            or `fd://N`.
    """

    def __init__(self, sock: socket.socket, address: Address) -> None:
        sock.setblocking(False)
        self.socket: Final = sock
        self.address: Final = address
        self.url: Final = _url(sock, address)
        self._file = _identity(address.path) if isinstance(address, UnixAddress) else None

    def unlink(self) -> None:
        """Remove the file of our own Unix socket. Call before the socket is closed.

        While the socket is open its inode cannot be given to another file, so that equal numbers
        mean the same file; afterwards they mean nothing.
        """
        file, self._file = self._file, None
        if isinstance(self.address, UnixAddress) and file is not None:
            path = Path(self.address.path)
            if file == _identity(self.address.path):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give everything back."""
        self.unlink()
        self.socket.close()


def open_listeners(
    addresses: Sequence[Address], *, backlog: int, permissions: int | None = None
) -> list[Listener]:
    """Bind every address, or none.

    A host name is bound at each of its addresses that the machine has.

    Args:
        backlog: connections that the kernel keeps until they are accepted.
        permissions: mode of the files of Unix sockets; None leaves it to the umask.

    Raises:
        ListenError: an address is busy, unknown, not permitted or not a listening socket.
    """
    listeners: list[Listener] = []
    try:
        for address in addresses:
            try:
                sockets = _bind(address, backlog, permissions)
                listeners.extend(Listener(sock, address) for sock in sockets)
            except ListenError:
                raise
            except OSError as error:
                raise ListenError(address, error) from error
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _bind(address: Address, backlog: int, permissions: int | None) -> list[socket.socket]:
    if isinstance(address, TcpAddress):
        return _bind_tcp(address)
    if isinstance(address, UnixAddress):
        return [_bind_unix(address, backlog, permissions)]
    return [_inherit(address)]


def _bind_tcp(address: TcpAddress) -> list[socket.socket]:
    found = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for family, endpoint in dict.fromkeys((entry[0], entry[4]) for entry in found):
            try:
                sockets.append(_bind_endpoint(family, endpoint))
            except OSError as error:
                # "localhost" has an IPv6 address on machines that have no IPv6.
                if error.errno not in _ABSENT_FAMILY:
                    raise
                absent = error
        if absent is not None and not sockets:
            raise absent
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _bind_endpoint(family: int, endpoint: tuple[int | str | bytes, ...]) -> socket.socket:
    # With the protocol named: asyncio turns Nagle's algorithm off only where it sees TCP, and an
    # accepted socket has it from its listener.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let two servers share a port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # One family a socket: an IPv4 client of a dual one is seen as ::ffff:192.0.2.1,
            # which matches no IPv4 rule about trusted addresses.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(endpoint)
    except BaseException:
        sock.close()
        raise
    return sock


def _bind_unix(address: UnixAddress, backlog: int, permissions: int | None) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise ListenError(address, "this platform has no Unix sockets")
    _remove_stale(address)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(address.path)
        if permissions is not None:
            # No window: nobody connects to a socket that does not listen yet.
            Path(address.path).chmod(permissions)
        # At once, or a second server that starts meanwhile takes the file for a stale one.
        sock.listen(backlog)
    except BaseException:
        sock.close()
        raise
    return sock


def _remove_stale(address: UnixAddress) -> None:
    """Remove the file that a server left behind that is no longer there."""
    before = _identity(address.path)
    if before is None:
        return
    if not stat.S_ISSOCK(os.lstat(address.path).st_mode):
        raise ListenError(address, "the file exists and is not a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        error = probe.connect_ex(address.path)
    if error == errno.ENOENT:
        return
    if error != errno.ECONNREFUSED:
        is_alive = error in {0, errno.EAGAIN, errno.EINPROGRESS, errno.EPROTOTYPE}
        code = errno.EADDRINUSE if is_alive else error
        raise ListenError(address, OSError(code, os.strerror(code)))
    if _identity(address.path) == before:
        Path(address.path).unlink()


def _inherit(address: FdAddress) -> socket.socket:
    if sys.platform == "win32":
        raise ListenError(address, "sockets are not inherited as descriptors on Windows")
    # A copy, so that closing ours leaves the one of the service manager, or of the program that
    # this server is embedded in.
    copy = os.dup(address.fd)
    try:
        sock = socket.socket(fileno=copy)
    except BaseException:
        os.close(copy)
        raise
    if sock.type != socket.SOCK_STREAM or sock.family not in STREAM_FAMILIES:
        sock.close()
        raise ListenError(address, "not a TCP or Unix stream socket")
    return sock


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _url(sock: socket.socket, address: Address) -> str:
    if not isinstance(address, TcpAddress):
        return str(address)
    host, port = sock.getsockname()[:2]
    return f"http://{TcpAddress(host, port)}"
