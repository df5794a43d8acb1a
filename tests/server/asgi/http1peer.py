"""Owns a strict client of HTTP/1.1, which h11 speaks. Does not pipeline."""

from collections.abc import Iterable

import h11

from tests.server.asgi.peers import Address, Call, Peer, encode

__all__ = ["HTTP1Peer"]


class HTTP1Call(Call):
    """One request; the connection has one at a time."""

    peer: "HTTP1Peer"

    def send(self, data: bytes, *, end: bool = False) -> None:
        """Send a piece of the request's body."""
        if data:
            self.peer.send(h11.Data(data))
        if end:
            self.peer.send(h11.EndOfMessage())

    def leave(self) -> None:
        """Close the connection."""
        self.peer.close()


class HTTP1Peer(Peer):
    """One connection."""

    http_version = "1.1"

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._connection = h11.Connection(h11.CLIENT)
        self._call: HTTP1Call | None = None

    def open(
        self,
        target: str = "/",
        *,
        method: str = "GET",
        fields: Iterable[tuple[str, str]] = (),
        end: bool = True,
    ) -> Call:
        """Send the head of a request; with `end` it has no body."""
        if self._call is not None:
            assert self._call.answer.is_complete
            self._connection.start_next_cycle()
        self._call = call = HTTP1Call(self)
        head = encode((("host", "test"), *fields))
        if not end and not any(name == b"content-length" for name, _ in head):
            head.append((b"transfer-encoding", b"chunked"))
        self.send(h11.Request(method=method, target=target, headers=head))
        if end:
            self.send(h11.EndOfMessage())
        return call

    def send(self, event: h11.Event) -> None:
        """Send what h11 makes of an event."""
        data = self._connection.send(event)
        assert data is not None
        self.socket.sendall(data)

    def take(self, data: bytes) -> None:
        """Take what has come; nothing when the server has closed."""
        assert self._call is not None
        answer = self._call.answer
        self._connection.receive_data(data)
        while True:
            try:
                event = self._connection.next_event()
            except h11.RemoteProtocolError:
                if data:
                    raise
                answer.is_cut = True
                return
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.InformationalResponse):
                answer.informational.append((event.status_code, list(event.headers)))
            elif isinstance(event, h11.Response):
                answer.status = event.status_code
                answer.fields = list(event.headers)
            elif isinstance(event, h11.Data):
                answer.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                answer.trailers = list(event.headers)
                answer.is_complete = True
            else:
                assert isinstance(event, h11.ConnectionClosed)
                answer.is_cut = not answer.is_complete
                return
