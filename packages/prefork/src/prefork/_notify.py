"""Owns what the service manager is told: the datagrams of systemd's sd_notify(3).

Does not decide when. Nothing here waits or fails: a service manager that does not listen is no
reason to end a service. Without NOTIFY_SOCKET all of it does nothing.
"""

import os
import socket
import time
from collections.abc import Mapping
from typing import Final

__all__ = ["MANAGER_VARIABLES", "Notifier"]

MANAGER_VARIABLES: Final = (
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
)
"""What systemd tells the supervisor alone; its children must not take it for theirs."""

_MICROSECONDS: Final = 1_000_000


class Notifier:
    """Speaks to the service manager that started this process, if there is one.

    Attributes:
        watchdog_interval: seconds between two signs of life, half of what the manager waits for;
            None where it waits for none.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self.watchdog_interval = None if self._address is None else _interval(environment)
        self._socket: socket.socket | None = None
        if self._address is not None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    def ready(self) -> None:
        """Say that the service, or its reload, is complete."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that a reload has begun; `ready` ends it."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """Say that the service has begun to end."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Give the watchdog its sign of life."""
        self._send("WATCHDOG=1")

    def close(self) -> None:
        """Close the socket; what is said afterwards is heard by nobody."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, text: str) -> None:
        if self._socket is not None and self._address is not None:
            try:
                self._socket.sendto(text.encode(), self._address)
            except OSError:
                # Nobody there, or nobody reads: the manager will draw its own conclusions.
                return


def _address(text: str) -> str | None:
    """Return the address of the manager's socket; None for none, or one of another family."""
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def _interval(environment: Mapping[str, str]) -> float | None:
    pid = environment.get("WATCHDOG_PID", "")
    if pid and pid != str(os.getpid()):
        return None
    try:
        microseconds = int(environment.get("WATCHDOG_USEC", ""))
    except ValueError:
        return None
    return microseconds / _MICROSECONDS / 2 if microseconds > 0 else None
