"""The list of connections: who is drained, and when nothing is left that has something to do."""

import asyncio
from collections.abc import Callable

from h2corn._connections import GOING_AWAY, SERVICE_RESTART, Connections


class Connection:
    """A connection that notes what it is told."""

    def __init__(self, log: list[str], name: str = "", *, is_idle: bool = False) -> None:
        self.log = log
        self.name = name
        self.is_idle = is_idle
        self.on_drain: Callable[[], object] = int

    def start_drain(self, now: float) -> bool:
        self.log.append(f"{self.name} drain at {now}")
        self.on_drain()
        return self.is_idle

    def close_if_idle(self) -> None:
        self.log.append(f"{self.name} close if idle")

    def abort(self) -> None:
        self.log.append(f"{self.name} abort")


def test_holds_what_is_open() -> None:
    connections = Connections()
    one = Connection([])
    connections.add(one)
    connections.add(one)
    assert len(connections) == 1
    connections.discard(one)
    connections.discard(one)
    assert len(connections) == 0


def test_says_that_there_are_more_or_fewer() -> None:
    counts: list[int] = []
    connections = Connections(lambda: counts.append(len(connections)))
    one, two = Connection([]), Connection([])
    connections.add(one)
    connections.add(two)
    connections.discard(one)
    connections.discard(two)
    assert counts == [1, 2, 1, 0]


def test_keeps_what_websockets_are_closed_with() -> None:
    connections = Connections()
    connections.start_drain(0.0)
    assert connections.close_code == GOING_AWAY
    connections.start_drain(0.0, SERVICE_RESTART)
    assert connections.close_code == SERVICE_RESTART


def test_tells_all() -> None:
    log: list[str] = []
    connections = Connections()
    connections.add(Connection(log, "a"))
    connections.add(Connection(log, "b"))
    connections.start_drain(3.0)
    assert connections.is_draining
    connections.abort()
    assert sorted(log) == ["a abort", "a drain at 3.0", "b abort", "b drain at 3.0"]


def test_only_those_that_were_idle_are_asked_to_close() -> None:
    log: list[str] = []
    connections = Connections()
    connections.add(Connection(log, "idle", is_idle=True))
    connections.add(Connection(log, "busy"))
    connections.start_drain(0.0)
    log.clear()
    connections.close_idle()
    assert log == ["idle close if idle"]
    connections.close_idle()
    assert len(log) == 1


def test_one_that_ends_when_it_is_told_is_forgotten() -> None:
    connections = Connections()
    ending = Connection([], is_idle=True)
    ending.on_drain = lambda: connections.discard(ending)
    connections.add(ending)
    connections.start_drain(0.0)
    assert len(connections) == 0
    asyncio.run(connections.wait_idle())


def test_waits_for_those_that_are_not_idle() -> None:
    async def main() -> None:
        connections = Connections()
        idle, busy = Connection([], is_idle=True), Connection([])
        connections.add(idle)
        connections.add(busy)
        connections.start_drain(0.0)
        waiting = [asyncio.create_task(connections.wait_idle()) for _ in range(2)]
        gone = asyncio.create_task(connections.wait_idle())
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        connections.discard(busy)
        await asyncio.gather(*waiting)
        connections.close_idle()
        last = asyncio.create_task(connections.wait_idle())
        await asyncio.sleep(0)
        assert not last.done()
        connections.discard(idle)
        await last

    asyncio.run(main())
