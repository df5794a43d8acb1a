"""Owns the socket of a client, from its connection to its end.

Does not say anything on it; the clients of each protocol do.
"""

import socket
import ssl
from typing import Self

TIMEOUT = 30.0


class Client:
    """One connection, whose small writes are not held back.

    Args:
        endpoint: host and port.
        receive_buffer: the kernel's receive buffer in bytes; 0 leaves its default.
        tls: what it trusts where it speaks TLS.
        server_name: whom it asks for then.
    """

    def __init__(
        self,
        endpoint: tuple[str, int],
        receive_buffer: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
    ) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            # Before it connects, or the window is announced already.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(TIMEOUT)
        try:
            self.socket.connect(endpoint)
            if tls is not None:
                self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        except OSError:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
