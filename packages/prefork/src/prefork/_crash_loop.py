"""Owns when workers end so often that it is pointless to start more.

Does not stop anything.
"""

from typing import Final

__all__ = ["EXIT_CRASH_LOOP", "PROVEN_AGE", "CrashLoop"]

EXIT_CRASH_LOOP: Final = 4
"""The supervisor's exit code. 1 and 2 are Python's, 3 is what uvicorn's workers end with when the
application does not start."""

PROVEN_AGE: Final = 5.0
"""Seconds after which a ready worker is believed to work."""

_ENDS_PER_WORKER: Final = 2
_MORE_ENDS: Final = 3


class CrashLoop:
    """Counts the workers that ended young, in a row."""

    def __init__(self) -> None:
        self.count = 0

    def clear(self) -> None:
        """Begin a new row."""
        self.count = 0

    def on_ended_young(self, *, workers: int, is_proven_serving: bool) -> bool:
        """Count one end.

        Args:
            workers: how many are wanted; all of them fail together where the fault is shared.
            is_proven_serving: another worker works, so that it is worth going on.

        Returns:
            Whether it is time to give up.
        """
        if is_proven_serving:
            self.count = 0
            return False
        self.count += 1
        return self.count >= _ENDS_PER_WORKER * workers + _MORE_ENDS
