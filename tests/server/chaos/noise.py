"""Owns the load of other programs and protocols beside the one that counts: h2load, WebSockets.

Does not judge by itself which of their failures are allowed.
"""

import re
import subprocess
import threading
from collections import Counter
from contextlib import suppress
from typing import Self, TypeAlias

from tests.server.chaos.processes import own_ports, wait_until
from tests.server.programs import find
from tests.server.reload.load import Failure
from tests.server.wsclient import CLOSE, TEXT, Frame, Http1WebSocket, Http2WebSocket

TIMEOUT = 30.0
RESTARTS = {1001, 1012}
"""What a session is closed with by a server that ends, or restarts."""
PAUSE = 0.02
DONE = re.compile(r"requests: (\d+) total, \d+ started, \d+ done, (\d+) succeeded")
Session: TypeAlias = Http1WebSocket | Http2WebSocket
FINE = re.compile(r"status codes: (\d+) 2xx")


class Noise:
    """Load from threads of its own, from `with` to its end.

    Args:
        url: of the server.
        threads: how many.

    Attributes:
        failures: what failed.
    """

    def __init__(self, url: str, threads: int) -> None:
        host, _, port = url.removeprefix("http://").rpartition(":")
        self.endpoint = (host, int(port))
        self.url = url
        self.failures: list[Failure] = []
        self.is_patient = False
        """Whether there may be no server, or none that lasts."""
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=[number], daemon=True)
            for number in range(threads)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(TIMEOUT)
        print(self)  # noqa: T201 - the count is wanted, shown with -rP and beside a failure
        assert not any(thread.is_alive() for thread in self._threads), "the load did not end"

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
        return f"{type(self).__name__}: {counts}; {len(self.failures)} failed"

    def _run(self, number: int) -> None:
        raise NotImplementedError

    def _count(self, name: str, count: int = 1) -> None:
        with self._lock:
            self._counts[name] += count


class H2load(Noise):
    """h2load again and again, as it never connects a second time.

    Its requests cannot be told apart: a run may fail where one of its connections was touched.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, 1)
        self._command = [find("h2load"), *["-n", "100", "-c", "4", "-m", "2", "--rps", "25"]]
        self._process: subprocess.Popen[str] | None = None
        self._is_touched = False

    def touch(self, ports: set[int]) -> None:
        """Say which connections end now: those with these ports at the client's end."""
        with self._lock:
            if self._process is not None and own_ports(self._process.pid) & ports:
                self._is_touched = True

    def _run(self, number: int) -> None:
        while not self._ending.wait(PAUSE):
            with self._lock:
                was_patient, self._is_touched = self.is_patient, False
                self._process = subprocess.Popen(
                    [*self._command, f"{self.url}/quick?h2load"],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            output, _ = self._process.communicate(timeout=TIMEOUT)
            with self._lock:
                self._process = None
                self._is_touched |= was_patient or self.is_patient
                is_touched = self._is_touched
            self._judge(output, is_touched)

    def _judge(self, output: str, is_touched: bool) -> None:
        match, fine = DONE.search(output), FINE.search(output)
        assert match, output
        succeeded = int(match[2])
        self._count("requests", succeeded)
        self._count("runs")
        if succeeded == int(match[1]) == (int(fine[1]) if fine else 0):
            return
        if is_touched:
            self._count("lost with their server", int(match[1]) - succeeded)
        else:
            self.failures.append(Failure("h2load", output, 0, False))


class Sessions(Noise):
    """WebSocket sessions that speak all the time, two over each protocol."""

    def __init__(self, url: str) -> None:
        super().__init__(url, 4)
        self._begun: set[int] = set()

    def wait_begun(self) -> None:
        """Wait until each thread has had an answer."""
        wait_until(
            lambda: len(self._begun) == len(self._threads) or bool(self.failures),
            lambda: "the sessions do not begin",
            TIMEOUT,
        )

    def _run(self, number: int) -> None:
        session: Session | None = None
        text = 0
        while not self._ending.wait(PAUSE):
            text += 1
            if session is None:
                session = self._connect(Http1WebSocket if number % 2 else Http2WebSocket)
            elif self._talk(session, str(text)):
                self._begun.add(number)
            else:
                session.leave()
                session = None
        if session is not None:
            session.leave()

    def _connect(self, kind: type[Session]) -> Session | None:
        # In two steps, for the connection is to be known where the handshake on it fails.
        session = kind.__new__(kind)
        try:
            if isinstance(session, Http1WebSocket):
                Http1WebSocket.__init__(session, self.endpoint, "/talk")
            else:
                Http2WebSocket.__init__(session, self.endpoint, "/talk")
            assert session.status == session.accepted, session.status
        except (AssertionError, OSError) as error:
            port = 0
            if hasattr(session, "client"):
                port = session.client.socket.getsockname()[1]
                session.leave()
            if self.is_patient:
                self._count("refused")
            else:
                self.failures.append(Failure("handshake", repr(error), port, True))
            return None
        self._count("sessions")
        return session

    def _talk(self, session: Session, text: str) -> bool:
        # Whether it goes on.
        port = session.client.socket.getsockname()[1]
        try:
            frame = _answer(session, text)
            if frame.opcode == CLOSE:
                code = int.from_bytes(frame.payload[:2], "big")
                assert code in RESTARTS, f"closed with {code}"
                self._count("closed with the server")
                # The server may have gone already.
                with suppress(OSError):
                    session.close(code)
                return False
            assert (frame.opcode, frame.payload) == (TEXT, text.encode()), frame
        except (AssertionError, OSError) as error:
            self.failures.append(Failure("message", repr(error), port, False))
            return False
        self._count("messages")
        return True


def _answer(session: Session, text: str) -> Frame:
    # A server that has closed in order can be read, and not be written to.
    with suppress(OSError):
        session.text(text)
        return session.receive()
    return session.receive()
