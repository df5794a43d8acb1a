"""Owns the template: a process that has loaded the program once and forks the workers from it.

Does not wait for its workers: each is forked twice, so that the supervisor adopts it and is its
parent as it is of any other. A worker tells its process id itself, by the first record on its
control channel; where that channel ends without it, the worker was never started.
"""

import gc
import logging
import os
import selectors
import socket
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NoReturn

from prefork._address import Address
from prefork._channel import MAX_DESCRIPTORS, Channel, Received, Sent
from prefork._child import Closing, flush_streams, run
from prefork._listener import Listener
from prefork._options import Plan
from prefork._process import Children, start_detached
from prefork._records import Kind, Record
from prefork._status import ExitStatus
from prefork._value import Value
from prefork._worker import Assignment, Worker, run_worker

__all__ = ["Preload", "Template"]

_LOGGER: Final = logging.getLogger("prefork")


class Preload(Value):
    """What a template is started with."""

    generation: int
    """Of the plan; it names the template."""
    plan: Plan
    load: Callable[[object], None]
    """Gets `plan.settings`, and loads the program."""
    work: Callable[[Worker], None]
    addresses: Sequence[Address]
    """One for each listener that a worker gets, in that order."""


class Template:
    """The supervisor's end of one template."""

    def __init__(self, pid: int, generation: int, channel: Channel) -> None:
        self.pid: Final = pid
        self.generation: Final = generation
        self._channel = channel

    @classmethod
    def start(
        cls,
        children: Children,
        preload: Preload,
        *,
        leave: Iterable[Closing] = (),
        prepare: Callable[[], object] | None = None,
    ) -> "Template | ExitStatus":
        """Start a template, which begins to load.

        Args:
            children: of this process, which must be a subreaper.
            preload: what it loads, and what its workers do.
            leave: what is closed in it, the listeners too: a worker gets them when it is forked.
            prepare: called in it before it loads, as to drop privileges.
        """
        try:
            ours, theirs = Channel.pair()
        except OSError as error:
            return ExitStatus.not_started(f"no channel for it: {(error.strerror or '').lower()}")
        pid = children.start(
            partial(_serve, theirs, preload),
            leave=[ours, *leave],
            prepare=prepare,
            dies_with_parent=True,
        )
        theirs.close()
        if isinstance(pid, ExitStatus):
            ours.close()
            return pid
        return cls(pid, preload.generation, ours)

    def fileno(self) -> int:
        """Return the descriptor that is readable when `receive` should be called."""
        return self._channel.fileno()

    @property
    def is_ended(self) -> bool:
        """Whether the template is gone."""
        return self._channel.is_ended

    def receive(self) -> bool:
        """Return whether the template has become ready since the last call."""
        is_ready = False
        while (received := self._channel.receive()) is not None:
            is_ready |= received.record.kind is Kind.READY
        return is_ready

    def spawn(self, assignment: Assignment, control: Channel) -> Sent:
        """Ask for a worker. Its first record on `control` is the answer.

        Args:
            assignment: the worker's; its options and settings are those of the template's plan.
            control: the worker's end of its control channel, to be closed here afterwards.

        Raises:
            ValueError: it has more listeners than fit beside one record.
        """
        descriptors = [control.fileno(), *(item.socket.fileno() for item in assignment.listeners)]
        if len(descriptors) > MAX_DESCRIPTORS:
            raise ValueError(f"a template passes at most {MAX_DESCRIPTORS - 1} listeners")
        record = Record(
            Kind.SPAWN, a=assignment.index, b=assignment.generation, c=assignment.max_tasks
        )
        return self._channel.send(record, *descriptors)

    def close(self) -> None:
        """Let it end. Its workers stay."""
        self._channel.close()


def _serve(channel: Channel, preload: Preload) -> NoReturn:
    """Load, then fork workers until the supervisor closes its end.

    Ends here and not as the interpreter would: the atexit functions of the program, and its
    threads, are the business of the workers, which have them too.
    """
    code = run(partial(_load_and_fork, channel, preload))
    flush_streams()
    os._exit(code)


def _load_and_fork(channel: Channel, preload: Preload) -> None:
    preload.load(preload.plan.settings)
    # What is loaded stays in pages that all workers share: no collection writes to it.
    gc.freeze()
    channel.send(Record(Kind.READY))
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while not channel.is_ended:
            selector.select()
            while (received := channel.receive()) is not None:
                _fork_worker(received, preload, [selector, channel])


def _fork_worker(received: Received, preload: Preload, leave: list[Closing]) -> None:
    sockets = [socket.socket(fileno=number) for number in received.descriptors]
    try:
        if received.record.kind is not Kind.SPAWN or not sockets:
            return
        if received.is_truncated or len(sockets) != len(preload.addresses) + 1:
            _LOGGER.error("cannot start a worker: too few descriptors came for it")
            return
        error = start_detached(partial(_work, sockets, received.record, preload), leave)
        if error is not None:
            _LOGGER.error("cannot start a worker: %s", error.strerror or error)
    finally:
        for sock in sockets:
            sock.close()


def _work(sockets: list[socket.socket], record: Record, preload: Preload) -> None:
    listeners = zip(sockets[1:], preload.addresses, strict=True)
    assignment = Assignment(
        index=record.a,
        generation=record.b,
        max_tasks=record.c,
        listeners=tuple(Listener(sock, address) for sock, address in listeners),
        options=preload.plan.options,
        settings=preload.plan.settings,
    )
    run_worker(preload.work, Channel(sockets[0]), assignment)
