"""Owns the order in which two servers, or two ways of one, take their turns.

Does not know what a turn is, nor judge what comes of it.
"""

from collections.abc import Callable

__all__ = ["Turn", "paired"]

Turn = Callable[[str], float]
"""Takes the name of what has its turn; returns CPU microseconds of one unit of its work."""


def paired(turn: Turn, ours: str, rival: str, rounds: int) -> list[tuple[float, float]]:
    """Return our and the rival's microseconds of each round.

    A round is four turns, one of each in the middle, so that what changes evenly in the meantime
    (the clock of the processor, the load of the machine) favours neither.
    """
    pairs = []
    for number in range(rounds + 1):
        first, second = (ours, rival) if number % 2 else (rival, ours)
        spent = {ours: 0.0, rival: 0.0}
        for name in (first, second, second, first):
            spent[name] += turn(name) / 2
        pairs.append((spent[ours], spent[rival]))
    # The first round fills the memos of the process and the caches of the processor.
    return pairs[1:]
