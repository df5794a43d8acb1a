"""Owns a strict client of HTTP/2, which h2 speaks. Does not hold credit back."""

from collections.abc import Iterable
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)

from tests.server.asgi.peers import Address, Answer, Call, Field, Peer, encode

__all__ = ["HTTP2Peer"]

GOAWAY = 7


class HTTP2Call(Call):
    """One stream."""

    peer: "HTTP2Peer"

    def __init__(self, peer: "HTTP2Peer", stream: int) -> None:
        super().__init__(peer)
        self.stream = stream

    def send(self, data: bytes, *, end: bool = False) -> None:
        """Send a piece of the request's body, as there is room for it."""
        self.peer.send(self.stream, data, end=end)

    def leave(self) -> None:
        """Reset the stream."""
        self.peer.connection.reset_stream(self.stream, ErrorCodes.CANCEL)
        self.peer.flush()


class HTTP2Peer(Peer):
    """One connection."""

    http_version = "2"

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        configuration = H2Configuration(client_side=True, header_encoding=None)
        self.connection = H2Connection(configuration)
        self._calls: dict[int, HTTP2Call] = {}
        self._received = b""
        self.connection.initiate_connection()
        self.flush()

    def open(
        self,
        target: str = "/",
        *,
        method: str = "GET",
        fields: Iterable[tuple[str, str]] = (),
        end: bool = True,
    ) -> Call:
        """Send the head of a request; with `end` it has no body."""
        pseudo = (
            (":method", method),
            (":scheme", "http"),
            (":authority", "test"),
            (":path", target),
        )
        stream = self.connection.get_next_available_stream_id()
        self._calls[stream] = call = HTTP2Call(self, stream)
        self.connection.send_headers(stream, encode((*pseudo, *fields)), end_stream=end)
        self.flush()
        return call

    def send(self, stream: int, data: bytes, *, end: bool) -> None:
        """Send a piece of a body, as there is room for it."""
        while data:
            self.until(lambda: self.connection.local_flow_control_window(stream) > 0)
            size = min(
                self.connection.local_flow_control_window(stream),
                self.connection.max_outbound_frame_size,
            )
            self.connection.send_data(stream, data[:size])
            data = data[size:]
            self.flush()
        if end:
            self.connection.end_stream(stream)
            self.flush()

    def take(self, data: bytes) -> None:
        """Take what has come; nothing when the server has closed."""
        if not data:
            for call in self._calls.values():
                call.answer.is_cut = not call.answer.is_complete
            return
        self._received += data
        for event in self.connection.receive_data(self._frames()):
            self._take_event(event)
        self.flush()

    def _frames(self) -> bytes:
        """Take the whole frames that have come, but for what lets the connection end in peace.

        h2 takes every GOAWAY for the end of all streams, even of those that it lets go on.
        """
        kept, start = b"", 0
        while len(self._received) >= start + 9:
            end = start + 9 + int.from_bytes(self._received[start : start + 3])
            if len(self._received) < end:
                break
            frame = self._received[start:end]
            if not (frame[3] == GOAWAY and frame[13:17] == bytes(4)):
                kept += frame
            start = end
        self._received = self._received[start:]
        return kept

    def flush(self) -> None:
        """Send what h2 has to say."""
        if data := self.connection.data_to_send():
            self.socket.sendall(data)

    def _take_event(self, event: Event) -> None:
        assert not isinstance(event, ConnectionTerminated)
        stream = getattr(event, "stream_id", None)
        if stream not in self._calls:
            return
        answer = self._calls[stream].answer
        if isinstance(event, DataReceived):
            answer.body += event.data
            self.connection.acknowledge_received_data(event.flow_controlled_length, stream)
        elif isinstance(event, StreamEnded):
            answer.is_complete = True
        elif isinstance(event, StreamReset):
            # After the end it only says that the rest of the request is not wanted.
            answer.is_cut = not answer.is_complete
        else:
            _take_fields(answer, event)


def _take_fields(answer: Answer, event: Event) -> None:
    if isinstance(event, InformationalResponseReceived):
        answer.informational.append(_split(event.headers))
    elif isinstance(event, ResponseReceived):
        answer.status, answer.fields = _split(event.headers)
        answer.is_head_alone = event.stream_ended is not None
    elif isinstance(event, TrailersReceived):
        answer.trailers = [(bytes(name), bytes(value)) for name, value in event.headers]


def _split(headers: Iterable[Any]) -> tuple[int, list[Field]]:
    """Take the status out of a head."""
    (_, status), *fields = headers
    return int(status), [(bytes(name), bytes(value)) for name, value in fields]
