"""Owns a server in a process of its own: start, addresses, log, memory, processor time, end.

Does not speak HTTP to it; the clients of the tests do.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
APP = "tests.server.apps:app"
COMMAND = (sys.executable, "-m", "h2corn")
WORKER_STARTED = re.compile(r"^Started worker \[(?P<pid>\d+)\]$")
LISTENING = re.compile(r"Listening on (?P<address>\S+)$")
MIB = 1 << 20

COMPLAINT = re.compile(
    "Traceback|Warning|Exception ignored|never retrieved|never awaited|was destroyed"
)
"""What a server never prints, of its own faults and of those that Python finds."""

START_TIMEOUT = 20.0
STOP_TIMEOUT = 15.0
LOG_TIMEOUT = 10.0


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what would configure a server, and `extra`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("H2CORN_")}
    return {**kept, "PYTHONWARNINGS": "default", **(extra or {})}


class ServerProcess:
    """A running `h2corn` command.

    Args:
        target: the application, as the command line takes it.
        options: the options after the target.
        bind: the addresses to bind; empty leaves them to `options`.
        listeners: how many addresses to wait for; by default those of `bind`.
        env: variables added to the environment.
        command: what to run before the target.
        pass_fds: descriptors that the process inherits.
        cwd: the directory that it runs in.
    """

    def __init__(
        self,
        target: str,
        *options: str,
        bind: Sequence[str] = ("127.0.0.1:0",),
        listeners: int | None = None,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
        pass_fds: Sequence[int] = (),
        cwd: Path = ROOT,
    ) -> None:
        binds = [argument for address in bind for argument in ("--bind", address)]
        self.process = subprocess.Popen(
            [*command, target, *binds, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(env),
            pass_fds=pass_fds,
            cwd=cwd,
            text=True,
        )
        self.pid = self.process.pid
        self.allows_traceback = False
        """Whether the test makes the application fail, so that the log holds its traceback."""
        self.addresses: list[str] = []
        self._lines: list[str] = []
        self._has_ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            for _ in range(listeners or len(bind) or 1):
                line = self.wait_line(LISTENING, len(self.addresses), timeout=START_TIMEOUT)
                self.addresses.append(line["address"])
            if any("cleartext ASGI" in line for line in self.log):
                # The command, whose last word of its start is of the first worker.
                self.wait_line(WORKER_STARTED, timeout=START_TIMEOUT)
        except AssertionError:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.stop()
        else:
            self.kill()

    @property
    def url(self) -> str:
        """The first address, without a slash at its end."""
        return self.addresses[0]

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port of the first address."""
        return self.endpoint_of(0)

    def endpoint_of(self, index: int) -> tuple[str, int]:
        """Return host and port of an address."""
        host, _, port = self.addresses[index].removeprefix("http://").rpartition(":")
        return host.strip("[]"), int(port)

    # The log

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    @property
    def log(self) -> list[str]:
        """The lines of standard error so far."""
        with self._changed:
            return list(self._lines)

    def wait_line(
        self,
        pattern: str | re.Pattern[str],
        skip: int = 0,
        *,
        start: int = 0,
        timeout: float = LOG_TIMEOUT,
    ) -> re.Match[str]:
        """Return the match of the line after `skip` others that `pattern` is found in.

        Args:
            pattern: what to search for in each line.
            skip: how many matching lines to pass over.
            start: the index of the first line looked at.
            timeout: seconds to wait.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [
                    match for line in self._lines[start:] if (match := re.search(pattern, line))
                ]
                if len(found) > skip:
                    return found[skip]
                left = deadline - time.monotonic()
                if self._has_ended or not self._changed.wait(max(0.0, left)):
                    text = "\n".join(self._lines)
                    msg = f"no line with {pattern!r} in the log:\n{text}"
                    raise AssertionError(msg)

    def write(self, text: str) -> None:
        """Write to the standard input of the process."""
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    # Its use of the machine

    @property
    def worker_pid(self) -> int:
        """The process that serves: the first worker, or the only process there is."""
        for line in self.log:
            if match := WORKER_STARTED.search(line):
                return int(match["pid"])
        return self.pid

    def _status(self, field: str) -> int:
        text = Path(f"/proc/{self.worker_pid}/status").read_text(encoding="ascii")
        match = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
        assert match, text
        return int(match[1]) * 1024

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        return self._status("VmRSS")

    @contextmanager
    def memory_growth(self) -> Iterator[list[int]]:
        """Put the growth of resident memory at its highest, in bytes, into the list at the end."""
        before = self.memory()
        # "5" sets the high-water mark back to what is resident now: see proc_pid_clear_refs(5).
        Path(f"/proc/{self.worker_pid}/clear_refs").write_text("5", encoding="ascii")
        growth: list[int] = []
        yield growth
        growth.append(self._status("VmHWM") - before)

    def processor_time(self) -> float:
        """Return the seconds that the serving process ran on a processor so far."""
        text = Path(f"/proc/{self.worker_pid}/schedstat").read_text(encoding="ascii")
        return int(text.split()[0]) / 1e9

    # Its end

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self.process.send_signal(number)

    def wait(self, timeout: float = STOP_TIMEOUT) -> int:
        """Return the exit code when the process has ended and its log is whole."""
        try:
            code = self.process.wait(timeout)
        finally:
            if self.process.poll() is None:
                self.kill()
        self._release(timeout)
        return code

    def stop(self) -> None:
        """End the process with SIGTERM: the exit code is 0 and the log without complaints."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.wait()
        text = "\n".join(self.log)
        assert code == 0, f"exit code {code}:\n{text}"
        assert self.allows_traceback or not COMPLAINT.search(text), text

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        self.process.kill()
        self.process.wait(STOP_TIMEOUT)
        self._release(STOP_TIMEOUT)

    def _release(self, timeout: float) -> None:
        self._reader.join(timeout)
        for stream in (self.process.stdin, self.process.stderr):
            if stream is not None:
                stream.close()


def run_to_end(*arguments: str, command: Sequence[str] = COMMAND) -> tuple[int, str, str]:
    """Run a command that is expected to end by itself: exit code, output, error output."""
    done = subprocess.run(
        [*command, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        cwd=ROOT,
        text=True,
        timeout=START_TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
