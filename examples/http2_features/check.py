"""Ask the application for its features over HTTP/2, and end with status 1 when one is missing.

    python -m examples.http2_features.check [HOST:PORT]

It needs the `h2` package, which h2corn brings along.
"""

import hashlib
import json
import socket
import sys
from collections.abc import Iterable, Iterator

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)

TIMEOUT = 10.0


class Answer:
    """What came back for one request."""

    def __init__(self) -> None:
        self.hints: list[str] = []
        self.status = 0
        self.body = b""
        self.trailers: dict[str, str] = {}
        self.is_complete = False

    def take(self, event: Event) -> None:
        """Take a part of it."""
        if isinstance(event, InformationalResponseReceived):
            self.hints += [value for name, value in _texts(event.headers) if name == "link"]
        elif isinstance(event, ResponseReceived):
            self.status = int(dict(_texts(event.headers))[":status"])
        elif isinstance(event, DataReceived):
            self.body += event.data
        elif isinstance(event, TrailersReceived):
            self.trailers = dict(_texts(event.headers))
        elif isinstance(event, StreamReset):
            raise ConnectionError(f"the server reset the stream: {event.error_code}")
        elif isinstance(event, StreamEnded):
            self.is_complete = True


def _texts(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode(), value.decode()) for name, value in fields]


def ask(host: str, port: int, *, weight: int, priority: str) -> Answer:
    """Send one GET, with both kinds of priority, and receive all of the answer."""
    connection = H2Connection(H2Configuration())
    connection.initiate_connection()
    fields = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", f"{host}:{port}"),
        (":path", "/"),
        ("priority", priority),
    ]
    connection.send_headers(1, fields, end_stream=True, priority_weight=weight)
    answer = Answer()
    with socket.create_connection((host, port), TIMEOUT) as sock:
        sock.sendall(connection.data_to_send())
        while not answer.is_complete:
            data = sock.recv(65536)
            if not data:
                raise ConnectionError("the server closed the connection")
            for event in connection.receive_data(data):
                answer.take(event)
            sock.sendall(connection.data_to_send())
    return answer


def missing(answer: Answer, *, weight: int, urgency: int, incremental: bool) -> Iterator[str]:
    """Name each feature that did not work."""
    if answer.status != 200:
        yield f"the answer: status {answer.status}"
        return
    if len(answer.hints) != 2 or "</style.css>" not in answer.hints[0]:
        yield f"early hints: {answer.hints}"
    if answer.trailers.get("x-sha256") != hashlib.sha256(answer.body).hexdigest():
        yield f"trailers: {answer.trailers}"
    wanted = {
        "weight": weight,
        "depends_on": 0,
        "urgency": urgency,
        "incremental": incremental,
    }
    try:
        priority = json.loads(answer.body)["priority"]
    except ValueError:
        priority = None  # another application answers
    if priority != wanted:
        yield f"priority: {priority}"


def main(address: str = "127.0.0.1:8000") -> int:
    """Check the server at an address, and return the exit status."""
    host, _, port = address.rpartition(":")
    answer = ask(host, int(port), weight=200, priority="u=1, i")
    faults = list(missing(answer, weight=200, urgency=1, incremental=True))
    for fault in faults:
        sys.stderr.write(f"missing: {fault}\n")
    if not faults:
        sys.stdout.write("early hints, trailers and priority work\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
