"""Owns what is said to somebody who has written a name that there is none of: the nearest one.

Does not know any name.
"""

from collections.abc import Iterable

__all__ = ["unknown"]


def unknown(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return that there is no such option, and which is meant where one is near.

    Args:
        name: what was written, behind the prefix.
        known: the names.
        prefix: what stands before each, and is shown.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - hardly ever needed, 3 ms

    nearest = get_close_matches(name, list(known), n=1, cutoff=0.6)
    hint = f"; do you mean {prefix}{nearest[0]}?" if nearest else ""
    return f"there is no such option{hint}"
