"""Owns when a worker has served long enough, or grown too large.

Does not replace it.
"""

from random import Random

from prefork._options import Options

__all__ = ["draw_max_tasks", "reason_of_memory", "reason_of_tasks"]

_MIB = 1024 * 1024


def draw_max_tasks(options: Options, random: Random) -> int:
    """Return after how many tasks a new worker is to be replaced, 0 for never."""
    if not options.max_tasks:
        return 0
    return options.max_tasks + random.randint(0, options.max_tasks_jitter)


def reason_of_tasks(max_tasks: int, tasks_done: int) -> str:
    """Return why a worker is to be replaced that has done so many tasks; empty to keep it."""
    if not max_tasks or tasks_done < max_tasks:
        return ""
    return f"it has done {tasks_done} tasks of {max_tasks}"


def reason_of_memory(options: Options, size: int) -> str:
    """Return why a worker is to be replaced that has so many bytes; empty to keep it."""
    if not options.max_memory or size <= options.max_memory:
        return ""
    return f"it takes {size / _MIB:.1f} MiB of memory, above {options.max_memory / _MIB:.1f}"
