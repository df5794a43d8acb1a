"""Clients that begin something and then leave the server waiting.

The timeouts are a second here, and the server waits no longer than twice that, whatever is dripped.
"""

import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.interop.attacks.attacker import Attacker
from tests.interop.attacks.conftest import APP
from tests.interop.attacks.requests import block, get, post, stream_ids
from tests.interop.attacks.siege import Siege
from tests.server.process import MIB, ServerProcess

LIMITS = Limits()
SECOND = 1.0
OPTIONS = (
    *("--timeout-handshake", "1"),
    *("--timeout-keep-alive", "1"),
    *("--timeout-request-header", "1"),
    *("--timeout-request-body-idle", "1"),
    *("--h2-timeout-response-stall", "1"),
    *("--timeout-write", "1"),
)
LATEST = 4.0
"""Seconds after which the server must have given up: a timeout may be seen by the second of two
looks, the client is given a second to close, and the machine is not ours alone."""
ACK_PATIENCE = 5.0
PAUSE = 0.05
ABORTS = 300


@pytest.fixture(scope="module")
def hasty() -> Iterator[ServerProcess]:
    """Run a server whose timeouts are a second."""
    with ServerProcess(APP, "--no-access-log", *OPTIONS) as process:
        yield process


def descriptors(server: ServerProcess) -> int:
    """Return how many files and sockets the process has open."""
    return sum(1 for _ in Path(f"/proc/{server.worker_pid}/fd").iterdir())


def wait_for_descriptors(server: ServerProcess, expected: int) -> None:
    """Wait until the process has closed what the attack made it open."""
    deadline = time.monotonic() + LATEST
    while (count := descriptors(server)) > expected:
        assert time.monotonic() < deadline, f"{count - expected} descriptors are left"
        time.sleep(PAUSE)


# A connection that does not come to its first request


@pytest.mark.parametrize("start", [b"", wire.PREFACE[:1], wire.PREFACE[:-1]], ids=len)
def test_silence_in_the_preface(hasty: ServerProcess, start: bytes) -> None:
    with Siege(hasty, calls=0), Attacker(hasty.endpoint, greets=False) as attacker:
        attacker.pour([start])
        attacker.listen(LATEST)


def test_preface_by_drops(hasty: ServerProcess) -> None:
    with Siege(hasty, calls=0), Attacker(hasty.endpoint, greets=False) as attacker:
        attacker.drip(wire.PREFACE, SECOND / 6)


def test_settings_that_do_not_come(hasty: ServerProcess) -> None:
    with Siege(hasty, calls=0), Attacker(hasty.endpoint, greets=False) as attacker:
        attacker.pour([wire.PREFACE, wire.settings((1, 1))[:12]])
        attacker.listen(LATEST)
        assert len(attacker.goaways) == 1
        assert not attacker.was_cut


@pytest.mark.slow
@pytest.mark.parametrize("is_polite", [True, False], ids=["polite", "mute"])
def test_silence_after_the_greeting(hasty: ServerProcess, is_polite: bool) -> None:
    """Without an answer to its PING the server has to wait for requests under way."""
    with Siege(hasty, calls=0), Attacker(hasty.endpoint) as attacker:
        attacker.is_polite = is_polite
        attacker.listen(LATEST if is_polite else LATEST + ACK_PATIENCE)
        assert attacker.goaways[-1] == ErrorCodes.NO_ERROR
        assert not attacker.was_cut


def test_frame_by_drops(hasty: ServerProcess) -> None:
    """Not even a header block that could be timed: the head of a frame, and its payload."""
    drops = wire.frame(77, payload=bytes(1000))
    with Siege(hasty, calls=0), Attacker(hasty.endpoint) as attacker:
        attacker.drip(drops, PAUSE)
        attacker.listen(LATEST)


# Heads


def test_head_by_drops(hasty: ServerProcess) -> None:
    drops = wire.headers(1, block("/wait") + wire.field_block([(b"x", bytes(1000))]), end=True)
    with Siege(hasty, calls=0), Attacker(hasty.endpoint) as attacker:
        begin = time.monotonic()
        attacker.drip(drops, PAUSE)
        assert time.monotonic() - begin < LATEST
        attacker.listen(LATEST)
        assert attacker.goaways
        assert not attacker.was_cut


def test_head_by_continuation_frames(hasty: ServerProcess) -> None:
    with Siege(hasty, calls=0), Attacker(hasty.endpoint) as attacker:
        begin = time.monotonic()
        attacker.pour([wire.headers(1, block("/wait"), end=True, end_headers=False)])
        while not attacker.is_over:
            attacker.pour([wire.continuation(1, b"\x00", end_headers=False)])
            attacker.rest(SECOND / 4)
            assert time.monotonic() - begin < LATEST
        attacker.listen(LATEST)
        assert attacker.goaways
        assert not attacker.was_cut


# Bodies


def test_bodies_that_do_not_come(hasty: ServerProcess) -> None:
    ids = stream_ids()
    streams = [next(ids) for _ in range(LIMITS.max_concurrent_streams)]
    with Siege(hasty, calls=len(streams)) as siege, Attacker(hasty.endpoint) as attacker:
        attacker.pour(map(post, streams))
        assert siege.comes_to(len(streams))
        siege.expect_quiet(LATEST)
        attacker.listen_for(streams)
        assert set(attacker.statuses.values()) <= {b"408"}


def test_body_that_stops_in_the_middle_of_a_frame(hasty: ServerProcess) -> None:
    with Siege(hasty, calls=1) as siege, Attacker(hasty.endpoint) as attacker:
        attacker.pour([post(1), wire.data(1, bytes(1000))[:500]])
        assert siege.comes_to(1)
        siege.expect_quiet(LATEST)


def test_bodies_by_two_bytes_are_held_in_as_many(server: ServerProcess) -> None:
    """The application takes nothing: four windows' worth of bodies, two bytes each frame.

    Kept as they come, the 512 Ki chunks would be 28 MiB of objects.
    """
    ids = stream_ids()
    streams = [next(ids) for _ in range(4)]
    frames = LIMITS.initial_stream_window // 2
    with (
        Siege(server, "/idle", calls=len(streams), memory=4 * MIB, seconds=6.0) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        for number in streams:
            attacker.pour([post(number, "/idle"), *repeat(wire.data(number, b"xx"), frames)])
        attacker.ping()
        assert not attacker.is_over
        attacker.pour(map(wire.rst_stream, streams))
        siege.expect_quiet()


# Responses


def test_windows_that_stay_closed(hasty: ServerProcess) -> None:
    ids = stream_ids()
    streams = [next(ids) for _ in range(LIMITS.max_concurrent_streams)]
    closed = [(wire.INITIAL_WINDOW_SIZE, 0)]
    with (
        Siege(hasty, "/download", calls=len(streams), memory=16 * MIB) as siege,
        Attacker(hasty.endpoint, settings=closed) as attacker,
    ):
        attacker.pour(get(number, "/download") for number in streams)
        assert siege.comes_to(len(streams))
        siege.expect_quiet(LATEST)
        attacker.listen_for(streams)
        assert set(attacker.resets) == set(streams) or attacker.goaways


def test_client_that_does_not_read(hasty: ServerProcess) -> None:
    """The windows are open, and the kernel's buffers full."""
    ids = stream_ids()
    streams = [next(ids) for _ in range(LIMITS.max_concurrent_streams)]
    wide = [(wire.INITIAL_WINDOW_SIZE, wire.MAX_WINDOW)]
    with (
        Siege(hasty, "/download", calls=len(streams), memory=16 * MIB) as siege,
        Attacker(hasty.endpoint, settings=wide, receive_buffer=4096) as attacker,
    ):
        opened = wire.window_update(0, wire.MAX_WINDOW - wire.DEFAULT_WINDOW)
        attacker.pour([opened, *(get(number, "/download") for number in streams)], reads=False)
        assert siege.comes_to(len(streams))
        siege.expect_quiet(2 * LATEST)


def test_responses_that_nobody_reads(hasty: ServerProcess) -> None:
    """Request after request without reading, never more at a time than allowed."""
    wide = [(wire.INITIAL_WINDOW_SIZE, wire.MAX_WINDOW)]
    ids = stream_ids()
    with (
        Siege(hasty, "/big", calls=2000, memory=8 * MIB) as siege,
        Attacker(hasty.endpoint, settings=wide, receive_buffer=4096) as attacker,
    ):
        attacker.pour([wire.window_update(0, wire.MAX_WINDOW - wire.DEFAULT_WINDOW)])
        # 16 KiB each: the kernel takes some 4 MiB before the server has to wait.
        calls = 0
        while siege.comes_to(calls, SECOND / 2):
            attacker.pour((get(next(ids), "/big") for _ in range(50)), reads=False)
            calls += 50
        siege.expect_quiet(LATEST)


# Connections


def test_connections_cut_in_the_middle_of_a_frame(server: ServerProcess) -> None:
    cuts: list[Callable[[], bytes]] = [
        lambda: get(1)[:5],
        lambda: get(1)[:20],
        lambda: post(1) + wire.data(1, bytes(1000))[:600],
        lambda: wire.headers(1, block("/wait"), end_headers=False),
    ]
    with Siege(server, calls=ABORTS, seconds=2.0) as siege:
        # With the connection of the other client. Before its answer the server may still be opening
        # what it accepts with.
        opened = descriptors(server)
        for number in range(ABORTS):
            with Attacker(server.endpoint) as attacker:
                attacker.pour([cuts[number % len(cuts)]()])
        siege.expect_quiet()
        wait_for_descriptors(server, opened)
    wait_for_descriptors(server, opened - 1)


def test_goaway_that_the_client_does_not_follow(server: ServerProcess) -> None:
    """After an error the client keeps its end open: the server's is closed all the same."""
    with Siege(server, calls=0, seconds=2.0):
        opened = descriptors(server)
        attackers = [Attacker(server.endpoint) for _ in range(20)]
        for attacker in attackers:
            attacker.pour([wire.window_update(0, 0)])
            attacker.listen()
            assert attacker.goaways == [ErrorCodes.PROTOCOL_ERROR]
            assert not attacker.was_cut
        wait_for_descriptors(server, opened)
        for attacker in attackers:
            attacker.socket.close()


def test_drain_that_the_client_does_not_follow() -> None:
    """SIGTERM: streams go on for the time that they have, and nobody is waited for longer."""
    ids = stream_ids()
    with (
        ServerProcess(APP, "--no-access-log", "--timeout-graceful-shutdown", "2") as server,
        Attacker(server.endpoint) as attacker,
    ):
        attacker.pour(get(next(ids)) for _ in range(100))
        attacker.ping()
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 2 + LATEST
        attacker.listen()
        assert attacker.goaways
