"""Owns what an attack costs its server: calls, memory, processor time, and others' patience.

Does not attack. While a `Siege` is on, a client on another connection asks the server again and
again, as a proxy with honest traffic would.
"""

import json
import threading
import time
from typing import Self

from h2c_core import Limits
from tests.server.client import TIMEOUT
from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import MIB, ServerProcess

PAUSE = 0.01
"""Seconds between the requests of the other client."""
LONGEST_WAIT = 0.4
"""Seconds of the server's processor that may pass while the other client waits for an answer. On a
machine of its own this is the time itself; on a shared one it leaves out what others had. It is
more than all that most attacks cost, on the slowest build."""
LONGEST_TIME = 10.0
"""Seconds that the other client may wait on a machine however busy: nobody waits for a timeout."""
CHATTER = 0.15
"""Part of the time of a siege that answering the other client may take of a processor."""
REFILL = Limits().flood_interval


class Siege:
    """Measures a server from the start of a with-statement to its end, and then judges.

    Args:
        server: runs `tests.interop.counted`.
        path: whose calls are counted.
        calls: at most how often the application may be called for the attack, at once.
        memory: at most how many bytes the server's resident memory may grow, at its highest.
        seconds: at most how much processor time the server may use.
    """

    def __init__(
        self,
        server: ServerProcess,
        path: str = "/wait",
        *,
        calls: int,
        memory: int = 8 * MIB,
        seconds: float = 0.5,
    ) -> None:
        self.answers = 0
        self._slowest = self._longest = 0.0
        self._server = server
        self._path = path
        self._calls, self._memory, self._seconds = calls, memory, seconds
        self._failure = ""
        self._stop = threading.Event()
        self._answered = threading.Condition()
        self._bystander = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> Self:
        self._before = self._count()
        self._growth = self._server.memory_growth()
        self._grown = self._growth.__enter__()
        self._bystander.start()
        self._wait_for_answer()
        self._begin = time.monotonic()
        self._used = self._server.processor_time()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._wait_for_answer()
        used = self._server.processor_time() - self._used
        lasted = self._lasted()
        self._stop.set()
        self._bystander.join()
        if kind is None:
            self._growth.__exit__(None, None, None)
            self._judge(used, lasted)

    def _judge(self, used: float, lasted: float) -> None:
        calls = self._count() - self._before
        cost = (
            f"{calls} calls, {self._grown[0] / MIB:.1f} MiB, {used:.2f} s of processor in "
            f"{lasted:.2f} s, others waited {self._slowest:.3f} s of processor, "
            f"{self._longest:.3f} s"
        )
        print(cost)  # noqa: T201 - pytest shows it with -s, and beside a failure
        assert not self._failure, self._failure
        assert self._slowest < LONGEST_WAIT, cost
        assert self._longest < LONGEST_TIME, cost
        assert calls <= self.allowed(self._calls), cost
        assert self._grown[0] < self._memory, cost
        assert used < self._seconds + CHATTER * lasted, cost

    def allowed(self, limit: int) -> int:
        """Return what a limit over a time has let through since the siege began."""
        return int(limit * (1.05 + self._lasted() / REFILL))

    def _lasted(self) -> float:
        return time.monotonic() - self._begin

    def comes_to(self, count: int, timeout: float = TIMEOUT) -> bool:
        """Wait until the application has been called so often for the attack, or time is up."""
        deadline = time.monotonic() + timeout
        while self._count() - self._before < count:
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)
        return True

    def expect_quiet(self, timeout: float = TIMEOUT) -> None:
        """Wait until the application has returned from all calls."""
        assert self._answer(f"/quiet?{self._path}", timeout) == b"quiet"

    def _count(self) -> int:
        count = json.loads(self._answer(f"/calls?{self._path}", TIMEOUT))
        assert isinstance(count, int)
        return count

    def _answer(self, path: str, timeout: float) -> bytes:
        """Ask the application on a connection of its own: others time out between questions."""
        with Http1Client(self._server.endpoint) as control:
            control.socket.settimeout(timeout)
            return control.get(path).body

    def _ask(self) -> None:
        try:
            with H2Client(self._server.endpoint) as client:
                while not self._stop.wait(PAUSE):
                    start, used = time.monotonic(), self._server.processor_time()
                    answer = client.get("/")
                    self._longest = max(self._longest, time.monotonic() - start)
                    self._slowest = max(self._slowest, self._server.processor_time() - used)
                    assert answer.body == b"hello"
                    self._note(answers=1)
        except (AssertionError, OSError) as error:
            self._failure = f"the other client failed: {error!r}"
            self._note(answers=0)

    def _note(self, *, answers: int) -> None:
        with self._answered:
            self.answers += answers
            self._answered.notify_all()

    def _wait_for_answer(self) -> None:
        """Wait until the other client has been answered once more."""
        with self._answered:
            wanted = self.answers + 1
            self._answered.wait_for(lambda: self.answers >= wanted or self._failure, TIMEOUT)
