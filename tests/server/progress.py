"""Owns what an exchange under test has done so far, and how far it may go.

Does not know ASGI: the applications report here, and other requests ask.
"""

import asyncio


class Progress:
    """The progress of one exchange, named by its request."""

    def __init__(self) -> None:
        self.moved = 0
        """Bytes of body taken from `receive` or accepted by `send`."""
        self.outcome = ""
        """How the application saw its exchange end, once it has."""
        self.allowed = 0
        """Up to how many bytes of body the application may take."""
        self._changed = asyncio.Event()

    def move(self, size: int) -> None:
        """Count `size` bytes more."""
        self.moved += size

    def allow(self, size: int) -> None:
        """Let the application take `size` bytes more."""
        self.allowed += size
        self._change()

    def end(self, outcome: str) -> None:
        """Say how the exchange ended."""
        self.outcome = outcome
        self._change()

    async def until_allowed(self) -> None:
        """Wait until the application may take more."""
        while self.moved >= self.allowed:
            await self._changed.wait()

    async def until_ended(self) -> str:
        """Wait for the outcome."""
        while not self.outcome:
            await self._changed.wait()
        return self.outcome

    def _change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Ledger:
    """The progress of every exchange that has a name."""

    def __init__(self) -> None:
        self._entries: dict[str, Progress] = {}

    def __getitem__(self, name: str) -> Progress:
        if name not in self._entries:
            self._entries[name] = Progress()
        return self._entries[name]
