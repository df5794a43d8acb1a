"""Owns one listening socket: how it is bound, and how it is given back.

Does not accept connections. A Unix socket's file is removed at the end only while it is still the
one that was made, and by the process that made it; an inherited socket is left open for whoever
gave it.
"""

import contextlib
import errno
import os
import socket
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from prefork._address import Address, FdAddress, TcpAddress, UnixAddress
from prefork._value import Value
from prefork.errors import ListenError

__all__ = ["Binding", "Listener", "open_listeners", "twin_of"]

STREAM_FAMILIES: Final = {
    socket.AF_INET,
    socket.AF_INET6,
    getattr(socket, "AF_UNIX", socket.AF_INET),
}
_ABSENT_FAMILY: Final = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


class Listener:
    """One bound socket.

    Attributes:
        socket: the socket, bound and not blocking.
        address: what was asked for.
        name: the address with the real port: `127.0.0.1:8000`, `unix:PATH` or `fd://N`.
    """

    def __init__(self, sock: socket.socket, address: Address, *, owns_file: bool = False) -> None:
        """Take over a bound socket.

        Args:
            sock: the socket.
            address: what was asked for.
            owns_file: whether this process made the file of a Unix socket, and removes it. Not a
                process that is forked later, even though it has this object.
        """
        sock.setblocking(False)
        self.socket: Final = sock
        self.address: Final = address
        self.name: Final = _name(sock, address)
        self._owner = os.getpid()
        self._file = None
        if owns_file and isinstance(address, UnixAddress):
            self._file = _identity(address.path)

    def unlink(self) -> None:
        """Remove the file of our own Unix socket. Call before the socket is closed.

        While the socket is open its inode cannot be given to another file, so that equal numbers
        mean the same file; afterwards they mean nothing.
        """
        file, self._file = self._file, None
        if isinstance(self.address, UnixAddress) and file is not None:
            # Its directory may be out of reach by now, which must not break the end.
            with contextlib.suppress(OSError):
                if os.getpid() == self._owner and file == _identity(self.address.path):
                    Path(self.address.path).unlink()

    def close(self) -> None:
        """Give everything back."""
        self.unlink()
        self.socket.close()


class Binding(Value):
    """How addresses are bound."""

    backlog: int = 1024
    """Connections that the kernel keeps until they are accepted."""
    permissions: int | None = None
    """Mode of the files of Unix sockets; None leaves it to the umask."""
    reuse_port: bool = False
    """Whether several sockets may have one TCP address, and share its connections."""
    owner: tuple[int | None, int | None] = (None, None)
    """User and group id of the files of Unix sockets; None leaves it."""


def open_listeners(addresses: Sequence[Address], binding: Binding) -> list[Listener]:
    """Bind every address, or none.

    A host name is bound at each of its addresses that the machine has.

    Raises:
        ListenError: an address is busy, unknown, not permitted or not a listening socket.
    """
    listeners: list[Listener] = []
    try:
        for address in addresses:
            try:
                sockets = _bind(address, binding)
                listeners.extend(Listener(sock, address, owns_file=True) for sock in sockets)
            except ListenError:
                raise
            except OSError as error:
                raise ListenError(address, error) from error
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def twin_of(listener: Listener) -> Listener:
    """Bind another socket to the address of a TCP listener that was bound with `reuse_port`.

    Raises:
        ListenError: it is not possible any more.
    """
    sock = listener.socket
    try:
        return Listener(
            _bind_endpoint(sock.family, sock.getsockname(), reuse_port=True), listener.address
        )
    except OSError as error:
        raise ListenError(listener.address, error) from error


def _bind(address: Address, binding: Binding) -> list[socket.socket]:
    if isinstance(address, TcpAddress):
        return _bind_tcp(address, reuse_port=binding.reuse_port)
    if isinstance(address, UnixAddress):
        return [_bind_unix(address, binding)]
    return [_inherit(address)]


def _bind_tcp(address: TcpAddress, *, reuse_port: bool) -> list[socket.socket]:
    found = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for family, endpoint in dict.fromkeys((entry[0], entry[4]) for entry in found):
            try:
                sockets.append(_bind_endpoint(family, endpoint, reuse_port=reuse_port))
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


def _bind_endpoint(
    family: int, endpoint: tuple[int | str | bytes, ...], *, reuse_port: bool
) -> socket.socket:
    # With the protocol named: asyncio turns Nagle's algorithm off only where it sees TCP, and an
    # accepted socket has it from its listener.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let two servers share a port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if reuse_port:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            # One family a socket: an IPv4 client of a dual one is seen as ::ffff:192.0.2.1,
            # which matches no IPv4 rule about trusted addresses.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(endpoint)
    except BaseException:
        sock.close()
        raise
    return sock


def _bind_unix(address: UnixAddress, binding: Binding) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise ListenError(address, "this platform has no Unix sockets")
    _remove_stale(address)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    file = None
    try:
        sock.bind(address.path)
        file = _identity(address.path)
        # No window: nobody connects to a socket that does not listen yet.
        if binding.permissions is not None:
            Path(address.path).chmod(binding.permissions)
        user, group = (-1 if number is None else number for number in binding.owner)
        if (user, group) != (-1, -1):
            os.chown(address.path, user, group)
        # At once, or a second server that starts meanwhile takes the file for a stale one.
        sock.listen(binding.backlog)
    except BaseException:
        with contextlib.suppress(OSError):
            if file is not None and file == _identity(address.path):
                Path(address.path).unlink()
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


def _name(sock: socket.socket, address: Address) -> str:
    if not isinstance(address, TcpAddress):
        return str(address)
    host, port = sock.getsockname()[:2]
    return str(TcpAddress(host, port))
