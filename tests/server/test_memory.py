"""A gigabyte through a slow reader, each way, on both protocols: the server's memory stays.

Slow means stopped until the sender cannot go on, then a little, then all of it.
"""

import json
import select
import time
import zlib

import pytest

from tests.server.apps import PATTERN
from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, MIB, ServerProcess

pytestmark = pytest.mark.slow

SIZE = 1_000_000_000
GROWTH = 8 * MIB
CHUNK = bytes(65_536)
STANDSTILL = 0.3
"""Seconds without a byte after which a sender counts as stopped."""
SMALL_BUFFER = 65_536
STALLED_UPLOADS = 250
LARGEST_BUFFER = 68 * MIB
"""What a connection may have under way: `max_buffered_body` and the connection's window."""
STEPS = (SIZE // 50, SIZE // 10, SIZE)
"""How many bytes the reader goes on for, at each standstill."""


def wait_for_standstill(control: Http1Client, name: str) -> int:
    """Wait until an exchange makes no progress and return how far it came."""
    before, moved = -1, 0
    while moved != before:
        before = moved
        time.sleep(STANDSTILL)
        answer = control.get_json(f"/moved?name={name}")
        assert isinstance(answer, int)
        moved = answer
    return moved


def checksum_of_download(size: int) -> int:
    """Return the checksum of `size` bytes of the download."""
    whole, rest = divmod(size, 65_536)
    checksum = 0
    for _ in range(whole):
        checksum = zlib.crc32(PATTERN[:65_536], checksum)
    return zlib.crc32(PATTERN[:rest], checksum)


def upload(client: H2Client, stream: int, size: int) -> None:
    """Send so much of a body, and its end."""
    while size > 0:
        room = min(client.room(stream), size, len(CHUNK))
        if room:
            client.send(stream, CHUNK[:room])
            size -= room
        else:
            assert client.read(), "the server gives no room"
    client.send(stream, b"", end=True)


class SlowReader:
    """Lets a `metered` upload go on, a step further each time that it stands still."""

    def __init__(self, control: Http1Client) -> None:
        self.standstills: list[int] = []
        """How much had been sent at each."""
        self._control = control
        self._allowed = 0

    def stopped(self, sent: int) -> None:
        """Take note of a sender that cannot go on, and let it if the application waits too."""
        moved = self._control.get_json("/moved?name=it")
        assert isinstance(moved, int)
        if moved >= self._allowed:
            step = STEPS[len(self.standstills)]
            self.standstills.append(sent)
            self._allowed += step
            self._control.get(f"/allow?name=it&bytes={step}")


def test_http2_upload_to_a_slow_application() -> None:
    with (
        ServerProcess(APP) as server,
        Http1Client(server.endpoint) as control,
        H2Client(server.endpoint) as client,
    ):
        client.get("/")
        reader = SlowReader(control)
        with server.memory_growth() as growth:
            stream = client.request("/metered?name=it", method="POST", end=False)
            sent = 0
            while sent < SIZE:
                size = min(client.room(stream), SIZE - sent, len(CHUNK))
                if size:
                    client.send(stream, CHUNK[:size])
                    sent += size
                elif not client.read(STANDSTILL):
                    reader.stopped(sent)
            client.send(stream, b"", end=True)
            answer = client.response(stream)
        assert json.loads(answer.body)["bytes"] == SIZE
        assert len(reader.standstills) == len(STEPS)
        assert reader.standstills[0] < MIB
        assert growth[0] < GROWTH


def test_http1_upload_to_a_slow_application() -> None:
    with (
        ServerProcess(APP) as server,
        Http1Client(server.endpoint) as control,
        Http1Client(server.endpoint) as client,
    ):
        client.get("/")
        reader = SlowReader(control)
        with server.memory_growth() as growth:
            fields = f"Content-Length: {SIZE}"
            client.request("/metered?name=it", fields, method="POST")
            client.socket.setblocking(False)
            sent = 0
            while sent < SIZE:
                if select.select([], [client.socket], [], STANDSTILL)[1]:
                    sent += client.socket.send(CHUNK[: SIZE - sent])
                else:
                    reader.stopped(sent)
            client.socket.settimeout(60)
            answer = client.response()
        assert json.loads(answer.body)["bytes"] == SIZE
        assert len(reader.standstills) == len(STEPS)
        assert growth[0] < GROWTH


def test_http2_download_into_a_window_that_is_shut() -> None:
    with (
        ServerProcess(APP) as server,
        Http1Client(server.endpoint) as control,
        H2Client(server.endpoint, is_generous=False) as client,
    ):
        with server.memory_growth() as growth:
            stream = client.request(f"/download?name=it&bytes={SIZE}")
            client.flush()
            answer = client.responses[stream]
            client.read_until(lambda: answer.size == 65_535)
            assert wait_for_standstill(control, "it") < MIB
            client.credit(stream, 20_000_000)
            client.read_until(lambda: answer.size == 20_065_535)
            assert wait_for_standstill(control, "it") < 20 * MIB
            client.credit(stream, SIZE)
            client.response(stream)
        assert (answer.status, answer.size) == (200, SIZE)
        assert answer.crc32 == checksum_of_download(SIZE)
        assert growth[0] < GROWTH


def test_http2_download_by_a_client_that_does_not_read() -> None:
    with (
        ServerProcess(APP) as server,
        Http1Client(server.endpoint) as control,
        H2Client(
            server.endpoint,
            window=LARGEST_WINDOW,
            is_generous=False,
            receive_buffer=SMALL_BUFFER,
        ) as client,
    ):
        client.get("/")
        with server.memory_growth() as growth:
            stream = client.request(f"/download?name=it&bytes={SIZE}")
            client.flush()
            # What is under way then fills the buffers of the kernel, which take up to 4 MiB.
            assert wait_for_standstill(control, "it") < 8 * MIB
            answer = client.response(stream)
        assert (answer.status, answer.size) == (200, SIZE)
        assert growth[0] < GROWTH


def test_http1_download_by_a_client_that_does_not_read() -> None:
    with (
        ServerProcess(APP) as server,
        Http1Client(server.endpoint) as control,
        Http1Client(server.endpoint, receive_buffer=SMALL_BUFFER) as client,
    ):
        with server.memory_growth() as growth:
            client.request(f"/download?name=it&bytes={SIZE}", "Connection: close")
            assert wait_for_standstill(control, "it") < 8 * MIB
            assert client.head().status == 200
            size = 0
            while data := client.read(1 << 20):
                size += len(data)
        # The framing of the chunks comes on top.
        assert SIZE < size < SIZE * 1.01
        assert growth[0] < GROWTH


def test_a_stalled_upload_does_not_stop_the_others_of_its_connection() -> None:
    size = 50_000_000
    with ServerProcess(APP) as server, H2Client(server.endpoint) as client:
        stalled = client.request("/metered?name=stalled", method="POST", end=False)
        while room := client.room(stalled):
            client.send(stalled, CHUNK[:room])
        stream = client.request("/count", method="POST", end=False)
        upload(client, stream, size)
        assert json.loads(client.response(stream).body)["bytes"] == size
        assert not client.responses[stalled].has_ended
        with Http1Client(server.endpoint) as control:
            control.get(f"/allow?name=stalled&bytes={size}")
        upload(client, stalled, 0)
        assert client.response(stalled).status == 200


def test_stalled_uploads_of_one_connection_are_bounded() -> None:
    with ServerProcess(APP) as server, H2Client(server.endpoint) as client:
        client.get("/")
        with server.memory_growth() as growth:
            streams = [
                client.request(f"/metered?name={number}", method="POST", end=False)
                for number in range(STALLED_UPLOADS)
            ]
            client.flush()
            sent = 0
            may_go_on = True
            while may_go_on:
                for stream in streams:
                    while room := client.room(stream):
                        client.send(stream, CHUNK[:room])
                        sent += room
                may_go_on = client.read(STANDSTILL)
        assert sent > MIB
        assert growth[0] < sent + GROWTH < LARGEST_BUFFER + GROWTH
        with Http1Client(server.endpoint) as control:
            for number in range(STALLED_UPLOADS):
                control.get(f"/allow?name={number}&bytes=1000000")
        for stream in streams:
            upload(client, stream, 0)
        assert sum(json.loads(client.response(s).body)["bytes"] for s in streams) == sent
