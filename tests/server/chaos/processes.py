"""Owns what Linux tells of processes: children, states, descriptors, connections, memory.

Does not start or end them.
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PAUSE = 0.02
LISTEN = "0A"


def wait_until(is_right: Callable[[], bool], what: Callable[[], str], timeout: float) -> None:
    """Wait until something holds.

    Args:
        is_right: whether it does.
        what: says what is wrong after `timeout` seconds.
        timeout: seconds.
    """
    deadline = time.monotonic() + timeout
    while not is_right():
        if time.monotonic() > deadline:
            raise AssertionError(what())
        time.sleep(PAUSE)


def _pids() -> Iterator[int]:
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            yield int(path.name)


def _stat(pid: int) -> list[str]:
    # The name of the program, in parentheses, may hold anything.
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def state(pid: int) -> str:
    """Return the letter of a process's state, Z for a zombie; empty when there is no process."""
    fields = _stat(pid)
    return fields[0] if fields else ""


def children(pid: int) -> set[int]:
    """Return the children of a process, zombies too."""
    return {child for child in _pids() if (fields := _stat(child)) and int(fields[1]) == pid}


def running_in(folder: Path) -> set[int]:
    """Return the processes whose working directory this is."""
    found = set()
    for pid in _pids():
        try:
            if Path(f"/proc/{pid}/cwd").readlink() == folder:
                found.add(pid)
        except OSError:
            continue
    return found


def descriptors(pid: int) -> dict[int, str]:
    """Return the open descriptors of a process, and what they are."""
    found = {}
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[int(path.name)] = str(path.readlink())
        except OSError:
            continue
    return found


def free_descriptor(pid: int) -> int:
    """Return the number that the next descriptor of a process will have.

    As a limit it leaves no other free.
    """
    taken = descriptors(pid)
    return next(number for number in range(len(taken) + 1) if number not in taken)


def memory(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    match = re.search(r"^VmRSS:\s+(\d+) kB$", text, re.MULTILINE)
    assert match, text
    return int(match[1]) * 1024


def processor_time(pid: int) -> float:
    """Return the seconds that a process has run on a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def _connections(pid: int, column: int) -> set[int]:
    try:
        links = set(descriptors(pid).values())
    except OSError:
        return set()
    found = set()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] != LISTEN and f"socket:[{fields[9]}]" in links:
            found.add(int(fields[column].rpartition(":")[2], 16))
    return found


def peer_ports(pid: int) -> set[int]:
    """Return the ports at the other end of the connections that a process holds."""
    return _connections(pid, 2)


def own_ports(pid: int) -> set[int]:
    """Return the ports at its own end of the connections that a process holds."""
    return _connections(pid, 1)
