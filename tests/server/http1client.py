"""Owns a blocking HTTP/1.1 client over a bare socket, for bytes that no library would send.

Does not share a parser with the server, nor check more than a response's framing.
"""

import json
from dataclasses import dataclass, field
from typing import cast

from tests.server.client import TIMEOUT, Client


@dataclass
class Response:
    """One response."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    is_complete: bool = True
    """False: the connection closed before the end of the body."""
    trailers: dict[str, str] = field(default_factory=dict)


class Http1Client(Client):
    """One connection.

    Args:
        endpoint: host and port.
        receive_buffer: the kernel's receive buffer in bytes; 0 leaves its default.
    """

    def __init__(self, endpoint: tuple[str, int], *, receive_buffer: int = 0) -> None:
        super().__init__(endpoint, receive_buffer)
        self._file = self.socket.makefile("rb")

    def __exit__(self, *_: object) -> None:
        self._file.close()
        super().__exit__()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def request(self, path: str, *fields: str, method: str = "GET", body: bytes = b"") -> None:
        """Send the head of a request, and a body whose framing the fields give."""
        lines = [f"{method} {path} HTTP/1.1", "Host: test", *fields, "", ""]
        self.send("\r\n".join(lines).encode("latin-1") + body)

    def head(self) -> Response:
        """Receive the head of a response."""
        version, status, _ = self._line().split(" ", 2)
        assert version == "HTTP/1.1"
        return Response(int(status), self._fields())

    def response(self, method: str = "GET") -> Response:
        """Receive the next final response, whole."""
        answer = self.head()
        while answer.status < 200:
            answer = self.head()
        if method != "HEAD" and answer.status not in {204, 304}:
            self._receive_body(answer)
        return answer

    def get(self, path: str) -> Response:
        """Make a request and receive its response."""
        self.request(path)
        return self.response()

    def get_json(self, path: str) -> object:
        """Make a request and return the value in its response."""
        answer = self.get(path)
        assert answer.status == 200
        return cast("object", json.loads(answer.body))

    def read(self, size: int) -> bytes:
        """Receive at most `size` bytes as they are; nothing when the server has closed."""
        return self._file.read1(size)

    def rest_of(self, answer: Response) -> bytes:
        """Receive the body of a response whose head has been received."""
        self._receive_body(answer)
        assert answer.is_complete
        return answer.body

    def rest_of_chunks(self) -> bytes:
        """Receive the rest of a chunked body."""
        return self.rest_of(Response(200, {"transfer-encoding": "chunked"}))

    def leave_http(self) -> bytes:
        """Return what was received and not read; what follows is read from `socket` itself."""
        self.socket.settimeout(0)
        held = self._file.read(len(self._file.peek())) or b""
        self.socket.settimeout(TIMEOUT)
        return held

    def rest(self) -> bytes:
        """Receive until the server closes the connection."""
        return self._file.read()

    def _line(self) -> str:
        line = self._file.readline()
        assert line.endswith(b"\r\n"), f"not a whole line: {line!r}"
        return line[:-2].decode("latin-1")

    def _fields(self) -> dict[str, str]:
        fields = {}
        while line := self._line():
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return fields

    def _receive_body(self, answer: Response) -> None:
        if answer.headers.get("transfer-encoding") == "chunked":
            while line := self._file.readline():
                size = int(line, 16)
                if size == 0:
                    answer.trailers = self._fields()
                    return
                answer.body += self._file.read(size)
                if self._file.readline() != b"\r\n":
                    break
            answer.is_complete = False
        elif "content-length" in answer.headers:
            size = int(answer.headers["content-length"])
            answer.body = self._file.read(size)
            answer.is_complete = len(answer.body) == size
        else:
            answer.body = self._file.read()
