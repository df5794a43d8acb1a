"""Owns the command that compares ways to spread connections: `python3 -m bench.balance`.

It starts a service of `prefork` for each way, lets them take turns, prints the table and writes it
as JSON. Does not measure a server: the workers do nothing but accept, and send one byte. It exits
with 1 where the way that `prefork` has chosen does not spread evenly.
"""

import logging
import multiprocessing
import selectors
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, MutableSequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.command import make_parser
from bench.judgement import estimate, interval
from bench.report import write
from bench.rounds import paired
from prefork import (
    Accept,
    Connection,
    Hold,
    Hooks,
    Listeners,
    Options,
    Plan,
    Stop,
    StopNow,
    Supervisor,
    TcpAddress,
    Worker,
)

__all__ = ["main"]

_WORKERS: Final = 4
_HELD: Final = 64
_WAVES: Final = 20
_NANOSECONDS: Final = 1000
_GATE_SECONDS: Final = 0.001
"""Until a worker that left a connection to others looks at the listener again."""

_PLAIN: Final = "plain"
"""Shared once more, a service of its own: what the others are paired with."""
_WAYS: Final = {
    "shared": "all workers accept from one listener",
    "gated": "they do so only while no other has fewer, by a table that they share",
    "passed": "the supervisor accepts, and passes descriptors",
}
_CHOSEN: Final = "passed"


class _Work:
    """A worker that holds connections, in a plain selector loop."""

    def __init__(self, worker: Worker, table: MutableSequence[int], is_gated: bool) -> None:
        self._worker = worker
        self._table = table
        self._is_gated = is_gated
        self._selector = selectors.DefaultSelector()
        self._listener = worker.listeners[0].socket
        self._is_accepting = False
        self._is_watching = False
        self._done = 0

    def run(self) -> None:
        worker = self._worker
        self._selector.register(worker, selectors.EVENT_READ, self._hear)
        worker.ready()
        interval = worker.options.heartbeat_interval
        is_told = False
        while not is_told:
            is_resting = self._is_accepting and not self._is_watching
            for key, _ in self._selector.select(_GATE_SECONDS if is_resting else interval):
                is_told |= key.data is self._hear and self._hear()
                if key.data is not self._hear:
                    key.data()
            if is_resting:
                self._watch(self._may_accept())
            worker.report(self._table[worker.index], 0, self._done)

    def _hear(self) -> bool:
        is_told = False
        for message in self._worker.poll():
            if isinstance(message, Connection):
                self._hold(message.socket)
            elif isinstance(message, Accept | Hold):
                self._is_accepting = isinstance(message, Accept)
                self._watch(self._is_accepting)
            is_told |= isinstance(message, Stop | StopNow)
        return is_told

    def _watch(self, is_watching: bool) -> None:
        if is_watching and not self._is_watching:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        elif self._is_watching and not is_watching:
            self._selector.unregister(self._listener)
        self._is_watching = is_watching

    def _may_accept(self) -> bool:
        return not self._is_gated or self._table[self._worker.index] <= min(self._table)

    def _accept(self) -> None:
        while self._may_accept():
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            self._hold(sock)
        self._watch(False)

    def _hold(self, sock: socket.socket) -> None:
        self._table[self._worker.index] += 1
        sock.setblocking(False)
        sock.send(bytes([self._worker.index]))
        self._selector.register(sock, selectors.EVENT_READ, partial(self._end, sock))

    def _end(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        sock.close()
        self._table[self._worker.index] -= 1
        self._done += 1


@dataclass(frozen=True, slots=True)
class _Service:
    port: int
    pid: int

    def microseconds(self) -> float:
        """Return the CPU time of the supervisor and its workers until now."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return (
            sum(
                int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])
                for pid in [self.pid, *map(int, children.split())]
            )
            / _NANOSECONDS
        )


def _supervise(way: str, port: Callable[[int], None]) -> None:
    logging.disable()
    table = multiprocessing.RawArray("i", _WORKERS)

    def work(worker: Worker) -> None:
        _Work(worker, table, is_gated=way == "gated").run()

    listeners = Listeners([TcpAddress("127.0.0.1", 0)])
    hooks = Hooks(on_started=lambda: port(int(listeners.names[0].rpartition(":")[2])))
    plan = Plan(Options(workers=_WORKERS, balance=way == _CHOSEN))
    sys.exit(Supervisor(work, plan, listeners, hooks=hooks).run())


@contextmanager
def _start(way: str) -> Iterator[_Service]:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe()
    process = context.Process(target=_supervise, args=(way, sender.send))
    process.start()
    port = receiver.recv()
    assert process.pid is not None
    try:
        service = _Service(port, process.pid)
        # All four are there once each of them has met a connection.
        while len(_spread(service, _HELD)) < _WORKERS and way == _CHOSEN:
            time.sleep(0.05)
        time.sleep(0.5)
        yield service
    finally:
        process.terminate()
        process.join()


def _spread(service: _Service, count: int) -> Counter[int]:
    """Hold so many connections; return how many each worker has had."""
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(count)]
    found = Counter(client.recv(1)[0] for client in clients)
    for client in clients:
        client.shutdown(socket.SHUT_WR)
    for client in clients:
        # The end of it: the next ones find workers that have none.
        assert client.recv(1) == b""
        client.close()
    return found


def _turn(service: _Service, most: list[int]) -> float:
    begin = service.microseconds()
    most.extend(max(_spread(service, _HELD).values()) for _ in range(_WAVES))
    return (service.microseconds() - begin) / (_WAVES * _HELD)


def _judge(way: str, pairs: list[tuple[float, float]], most: list[int]) -> dict[str, Any]:
    """Return what was found of a way."""
    return {
        "way": way,
        "meaning": _WAYS[way],
        "most": {"median": statistics.median(most), "worst": max(most)},
        "microseconds": asdict(interval([ours for ours, _ in pairs])),
        "to_shared": asdict(estimate(pairs)),
        "is_met": max(most) <= _HELD / _WORKERS + 1,
        "rounds": pairs,
    }


def _line(row: dict[str, Any]) -> str:
    most, ratio = row["most"], row["to_shared"]
    return (
        f"{row['way']:8} at most {most['median']:4.0f}, worst {most['worst']:4}"
        f"  {row['microseconds']['median']:6.1f} us"
        f"  {ratio['median']:.2f} of shared [{ratio['low']:.2f}, {ratio['high']:.2f}]"
    )


def main() -> int:
    """Measure, print and write; return 1 where the chosen way does not spread evenly."""
    options = make_parser("balance", rounds=7).parse_args()
    found = []
    print(f"{_HELD} connections over {_WORKERS} workers: the most of one, CPU a connection")
    with ExitStack() as stack:
        services = {way: stack.enter_context(_start(way)) for way in (_PLAIN, *_WAYS)}
        for way in _WAYS:
            most: dict[str, list[int]] = {_PLAIN: [], way: []}

            def turn(name: str, most: dict[str, list[int]] = most) -> float:
                return _turn(services[name], most[name])

            found.append(_judge(way, paired(turn, way, _PLAIN, options.rounds), most[way]))
            print(_line(found[-1]), flush=True)
    write(options.json, f"{sys.version_info.major}.{sys.version_info.minor}", found)
    return 0 if found[-1]["is_met"] else 1


if __name__ == "__main__":
    sys.exit(main())
