"""Owns what one server does with each engine: the same work, by the fastest calls of each.

Does not measure. Each server takes what a client sent in one read, answers, and returns what goes
to the client in one write, as the shell of a server does.
"""

from importlib import import_module
from typing import Protocol, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from h2.settings import SettingCodes

from bench.micro.wire import PREFACE, RESPONSE, Fields
from h2c_core import Connection, Field, Limits, RequestHead, Stream

__all__ = ["Mover", "OurServer", "Server", "make", "make_mover"]

_STREAM_WINDOW = 256 * 1024
_CONNECTION_WINDOW = 4 * 1024 * 1024
_DEFAULT_WINDOW = 65535
_MAX_STREAMS = 2048


class Server(Protocol):
    """One connection of a server."""

    def get(self, read: bytes, body: bytes) -> bytes:
        """Answer the GET in a read with three fields and a short body."""


class Mover(Server, Protocol):
    """A server that also moves large bodies."""

    def download(self, read: bytes, chunks: list[bytes]) -> list[bytes]:
        """Answer the GET in a read with a body of many chunks, in several writes."""

    def upload(self, reads: list[bytes]) -> tuple[list[bytes], bytes]:
        """Take the upload in the reads and answer 200; the body, and what goes to the client."""


class OurServer:
    """h2c_core, with a handler that records as the shell of h2corn does."""

    def __init__(self) -> None:
        limits = Limits(
            max_concurrent_streams=_MAX_STREAMS,
            initial_stream_window=_STREAM_WINDOW,
            initial_connection_window=_CONNECTION_WINDOW,
        )
        self.connection = Connection(self, limits)
        self._stream: Stream | None = None
        self._chunks: list[bytes] = []
        self._writes: list[bytes] = []
        self.connection.receive_data(PREFACE, 0.0)
        self.connection.data_to_send()

    def open_stream(self, stream: Stream, head: RequestHead) -> "OurServer":
        """Record the stream."""
        self._stream = stream
        return self

    def begin(self, read: bytes, chunk: bytes) -> None:
        """Begin a response, and leave a chunk of it to the engine, which has no room for it."""
        self.connection.receive_data(read, 0.0)
        stream = self._stream
        assert stream is not None
        stream.start(200, [], False)
        assert not stream.data(chunk, False), "there is room"

    def wants_write(self, urgent: bool) -> None:
        """Write, when it is time to."""
        if urgent:
            self._writes.append(self.connection.data_to_send())

    def write_at_once(self, data: bytes) -> bool:
        """Write nothing: there are no tunnels here."""
        return False

    def on_data(self, chunk: bytes) -> None:
        """Record a piece of the body."""
        self._chunks.append(chunk)

    def on_end(self, trailers: list[Field]) -> None:
        """Nothing is to be recorded."""

    def on_reset(self, error_code: int) -> None:
        """A client of this benchmark resets nothing."""
        raise AssertionError(error_code)

    def on_writable(self) -> None:
        """Nobody is told to wait: the windows are the largest, and writes never full."""
        raise AssertionError

    def get(self, read: bytes, body: bytes) -> bytes:
        """Answer a GET."""
        connection = self.connection
        connection.receive_data(read, 0.0)
        stream = self._stream
        assert stream is not None
        stream.start(200, RESPONSE, False)
        stream.data(body, True)
        stream.finish()
        return connection.data_to_send()

    def download(self, read: bytes, chunks: list[bytes]) -> list[bytes]:
        """Answer with a large body."""
        connection = self.connection
        connection.receive_data(read, 0.0)
        stream = self._stream
        assert stream is not None
        stream.start(200, [], False)
        for chunk in chunks:
            stream.data(chunk, False)
        stream.data(b"", True)
        stream.finish()
        writes = self._writes
        writes.append(connection.data_to_send())
        self._writes = []
        return writes

    def upload(self, reads: list[bytes]) -> tuple[list[bytes], bytes]:
        """Take a large body and answer."""
        connection = self.connection
        connection.receive_data(reads[0], 0.0)
        stream = self._stream
        assert stream is not None
        body: list[bytes] = []
        writes = []
        for number, read in enumerate(reads):
            if number:
                connection.receive_data(read, 0.0)
            taken = self._chunks
            self._chunks = []
            for chunk in taken:
                stream.credit(len(chunk))
            body += taken
            writes.append(connection.data_to_send())
        stream.start(200, [], True)
        stream.finish()
        writes.append(connection.data_to_send())
        return body, b"".join(writes)


class Ngh2Server:
    """ngh2, the binding of libnghttp2, which credits by itself and without being told."""

    def __init__(self) -> None:
        self._ngh2 = import_module("ngh2")
        self._connection = self._ngh2.Connection(self._ngh2.Role.SERVER)
        connection = self._connection
        setting = self._ngh2.Setting
        connection.initiate_connection(
            {
                setting.MAX_CONCURRENT_STREAMS: _MAX_STREAMS,
                setting.INITIAL_WINDOW_SIZE: _STREAM_WINDOW,
                setting.MAX_FRAME_SIZE: 65536,
            }
        )
        connection.set_local_window_size(_CONNECTION_WINDOW)
        connection.data_to_send()
        connection.receive_data(PREFACE)
        connection.events()
        connection.data_to_send()
        self._request = self._ngh2.RequestReceived
        self._data = self._ngh2.DataReceived
        self._response: Fields = [(b":status", b"200"), *RESPONSE]

    def get(self, read: bytes, body: bytes) -> bytes:
        """Answer a GET."""
        connection = self._connection
        connection.receive_data(read)
        request = self._request
        for event in connection.events():
            if type(event) is request:
                stream_id = event.stream_id
                connection.send_response(stream_id, self._response)
                connection.send_data(stream_id, body, end_stream=True)
        return cast("bytes", connection.data_to_send())

    def download(self, read: bytes, chunks: list[bytes]) -> list[bytes]:
        """Answer with a large body."""
        connection = self._connection
        connection.receive_data(read)
        request = self._request
        for event in connection.events():
            if type(event) is request:
                stream_id = event.stream_id
        connection.send_response(stream_id, [(b":status", b"200")])
        writes = []
        for chunk in chunks:
            connection.send_data(stream_id, chunk)
            writes.append(connection.data_to_send())
        connection.end_stream(stream_id)
        writes.append(connection.data_to_send())
        return writes

    def upload(self, reads: list[bytes]) -> tuple[list[bytes], bytes]:
        """Take a large body and answer."""
        connection = self._connection
        body: list[bytes] = []
        writes = []
        kind = self._data
        for read in reads:
            connection.receive_data(read)
            for event in connection.events():
                if type(event) is kind:
                    body.append(event.data)
                    stream_id = event.stream_id
            writes.append(connection.data_to_send())
        connection.send_response(stream_id, [(b":status", b"200")], end_stream=True)
        writes.append(connection.data_to_send())
        return body, b"".join(writes)


class H2Server:
    """h2, without its checks and changes of what is sent; what arrives is checked."""

    def __init__(self) -> None:
        config = H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_inbound_headers=True,
            normalize_inbound_headers=True,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self._connection = connection = H2Connection(config)
        connection.local_settings[SettingCodes.MAX_CONCURRENT_STREAMS] = _MAX_STREAMS
        connection.local_settings[SettingCodes.INITIAL_WINDOW_SIZE] = _STREAM_WINDOW
        connection.local_settings[SettingCodes.MAX_FRAME_SIZE] = 65536
        connection.initiate_connection()
        connection.increment_flow_control_window(_CONNECTION_WINDOW - _DEFAULT_WINDOW)
        connection.data_to_send()
        connection.receive_data(PREFACE)
        connection.data_to_send()
        self._response: Fields = [(b":status", b"200"), *RESPONSE]

    def get(self, read: bytes, body: bytes) -> bytes:
        """Answer a GET."""
        connection = self._connection
        for event in connection.receive_data(read):
            if type(event) is RequestReceived:
                stream_id = event.stream_id
                assert stream_id is not None
                connection.send_headers(stream_id, self._response)
                connection.send_data(stream_id, body, end_stream=True)
        return connection.data_to_send()


def make(name: str) -> Server:
    """Return a new connection of the server with that engine, its preface done."""
    return H2Server() if name == "h2" else make_mover(name)


def make_mover(name: str) -> Mover:
    """Return a new connection of a server that can move large bodies, its preface done."""
    movers: dict[str, type[Mover]] = {"h2c_core": OurServer, "ngh2": Ngh2Server}
    return movers[name]()
