"""What a server says of where it listens."""

import socket
from pathlib import Path

from h2corn._urls import urls_of
from prefork import Address, FdAddress, Listeners, TcpAddress, UnixAddress


def test_each_kind(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.create_server(("127.0.0.1", 0)) as given:
        addresses: list[Address] = [
            TcpAddress("127.0.0.1", 0),
            TcpAddress("::1", 0),
            UnixAddress(path),
            FdAddress(given.fileno()),
        ]
        listeners = Listeners(addresses)
        listeners.open()
        try:
            tcp, ipv6, *others = urls_of(listeners.of_slot(0))
            ports = [item.socket.getsockname()[1] for item in listeners.of_slot(0)[:2]]
        finally:
            listeners.close()
        assert (tcp, ipv6) == (f"http://127.0.0.1:{ports[0]}", f"http://[::1]:{ports[1]}")
        assert others == [f"unix:{path}", f"fd://{given.fileno()}"]
