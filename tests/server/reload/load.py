"""Owns the constant load: requests of several kinds without a pause, each answer looked at.

Does not know how the requests are made; a `Caller` does.
"""

import asyncio
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from tests.server.reload.exchange import Caller, FailedError, Request
from tests.server.reload.supervised import SupervisedServer, write_version

REQUEST_TIMEOUT = 20.0
WAIT_TIMEOUT = 30.0
SEED = 20_261_123


@dataclass(frozen=True)
class Failure:
    """A request that failed."""

    request: str
    reason: str
    port: int
    is_unaccepted: bool

    def __str__(self) -> str:
        return f"{self.request}: {self.reason}"


class Load:
    """Constant load from a thread of its own, from `with` to its end.

    Args:
        name: what it is called in the report.
        make: makes the client, in the loop of the load.
        tasks: requests at a time.
        pause: seconds between two requests of one task.
        seed: of the choice of requests.

    Attributes:
        failures: the requests that failed, in their order.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Caller],
        *,
        tasks: int = 16,
        pause: float = 0.03,
        seed: int = SEED,
    ) -> None:
        self._name, self._make = name, make
        self._tasks, self._pause, self._seed = tasks, pause, seed
        self._random = random.Random(seed)
        self._tokens = itertools.count()
        self._caller: Caller | None = None
        self._is_ending = False
        self._is_patient = False
        self._expected: list[str | None] = [None]
        self._changed = threading.Condition()
        self._answered: Counter[str] = Counter()
        self.refused = 0
        self.failures: list[Failure] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.wait_answers(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending = True
        self._thread.join(WAIT_TIMEOUT)
        print(self)  # noqa: T201 - the count is wanted, shown with -rP and beside a failure
        assert not self._thread.is_alive(), "the load did not end"

    def __str__(self) -> str:
        notes = ", ".join(f"{count} {name}" for name, count in sorted(self.notes.items()))
        return (
            f"{self._name} (seed {self._seed}): {self.answered} requests answered, "
            f"{len(self.failures)} failed, {self.refused} refused; {notes}"
        )

    @property
    def answered(self) -> int:
        """Requests with the right answer so far."""
        with self._changed:
            return self._answered.total()

    @property
    def notes(self) -> Counter[str]:
        """What the client has counted."""
        return Counter(self._caller.notes if self._caller is not None else {})

    # What the test says

    def expect(self, version: str | None) -> None:
        """Let each request that begins or goes on from now be answered by a version, or by any."""
        self._expected.append(version)

    def be_patient(self, patient: bool) -> None:
        """Let there be no server: what nobody accepted is counted, and does not fail."""
        self._is_patient = patient

    def wait_answers(self, count: int, version: str | None = None) -> None:
        """Wait until so many more requests are answered, by a version where one is given."""

        def done() -> int:
            return self._answered.total() if version is None else self._answered[version]

        deadline = time.monotonic() + WAIT_TIMEOUT
        with self._changed:
            goal = done() + count
            while done() < goal:
                left = deadline - time.monotonic()
                text = "; ".join(map(str, self.failures[-5:]))
                assert left > 0, f"answers do not come: {text}"
                assert self._thread.is_alive(), "the load has ended"
                self._changed.wait(left)

    # Its thread

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._caller = caller = self._make()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._tasks):
                group.create_task(self._work(caller))
        await caller.close()

    async def _work(self, caller: Caller) -> None:
        # Begun one after the other, so that their requests do not stay in step.
        await asyncio.sleep(self._random.uniform(0, self._pause))
        while not self._is_ending:
            await self._call(caller, self._choose())
            await asyncio.sleep(self._pause)

    def _choose(self) -> Request:
        token = next(self._tokens)
        kind = self._random.random()
        if kind < 0.7:
            return Request(f"/quick?{token}", b"%d" % token)
        if kind < 0.8:
            return Request("/stream?pieces=5", b"0\n1\n2\n3\n4\n")
        pieces = tuple(
            self._random.randbytes(self._random.randrange(1, 20_000))
            for _ in range(self._random.randrange(1, 4))
        )
        path = self._random.choice(("/echo", "/collect"))
        return Request(path, b"".join(pieces), pieces, self._random.uniform(0, 0.05))

    async def _call(self, caller: Caller, request: Request) -> None:
        first = len(self._expected) - 1
        label = f"{request.method} {request.path}"
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                answer = await caller.call(request)
        except TimeoutError:
            self._fail(Failure(label, f"no answer in {REQUEST_TIMEOUT:g} s", 0, False))
        except FailedError as error:
            self._fail(Failure(label, str(error), error.port, error.is_unaccepted))
        else:
            served = answer.fields.get("x-version", "nobody")
            # A request that was under way at a reload may be answered before or behind it.
            expected = self._expected[first:]
            if answer.status != 200:
                reason = f"status {answer.status}"
            elif answer.body != request.expected:
                reason = f"a wrong body of {len(answer.body)} bytes"
            elif not {None, served}.intersection(expected):
                reason = f"answered by version {served} in place of {expected}"
            else:
                with self._changed:
                    self._answered[served] += 1
                    self._changed.notify_all()
                return
            self._fail(Failure(label, reason, 0, False))

    def _fail(self, failure: Failure) -> None:
        with self._changed:
            if self._is_patient and failure.is_unaccepted:
                self.refused += 1
            else:
                self.failures.append(failure)


def reload_under(loads: Sequence[Load], server: SupervisedServer, times: int) -> None:
    """Write a version and reload so often, and see each in the answers to all loads."""
    for number in range(1, times + 1):
        for load in loads:
            load.expect(None)
        write_version(server.folder, f"{number}.0")
        server.reload()
        for load in loads:
            load.expect(f"{number}.0")
        for load in loads:
            load.wait_answers(100, f"{number}.0")
