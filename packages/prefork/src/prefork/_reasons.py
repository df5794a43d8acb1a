"""Owns why a worker is told to stop.

Does not decide it.
"""

import enum

__all__ = ["StopReason"]


class StopReason(enum.IntEnum):
    """Why a worker is to stop. The numbers go over the control channel."""

    STOPPED = 0
    """The whole service ends, or needs fewer workers."""
    RESTARTED = 1
    """Another worker has taken its place."""
    ORPHANED = 2
    """The supervisor is gone."""
