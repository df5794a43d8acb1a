"""Owns a turn of the client: WebSockets that send, wait for the echo, and send the next.

Does not measure. One message of each is under way, so that the server is asked as fast as it
answers.
"""

import selectors
from collections.abc import Iterator
from contextlib import contextmanager

from bench.echo.http1 import Http1Client
from bench.echo.http2 import Http2Client
from bench.echo.messages import make_script
from bench.echo.rows import EchoRow

__all__ = ["Client", "echo", "open_clients"]

Client = Http1Client | Http2Client


@contextmanager
def open_clients(row: EchoRow, port: int, protocol: str) -> Iterator[list[Client]]:
    """Open the WebSockets of a row, each with its script."""
    clients: list[Client] = []
    count = row.messages // row.websockets
    try:
        if protocol == "http2":
            shared = row.websockets // row.connections
            for _ in range(row.connections):
                client = Http2Client(port, shared)
                clients.append(client)
                client.set_script(make_script(row.size, count, None))
        else:
            for _ in range(row.websockets):
                alone = Http1Client(port, is_deflated=row.deflated)
                clients.append(alone)
                alone.set_script(make_script(row.size, count, alone.agreed))
        yield clients
    finally:
        for opened in clients:
            opened.close()


def echo(row: EchoRow, clients: list[Client]) -> int:
    """Send the scripts of all, at the same time; return how many messages came back.

    Raises:
        ConnectionError: one did not, or not as it was.
    """
    expected = row.messages // row.websockets * row.websockets
    done = 0
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.sock, selectors.EVENT_READ, client)
            client.send_first()
        while done < expected:
            for key, _ in selector.select():
                done += key.data.receive()
    return done
