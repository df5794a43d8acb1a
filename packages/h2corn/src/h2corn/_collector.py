"""Owns when the garbage collector of the command runs: not while it loads what it stays with.

Does not touch that of a program which the server is embedded in. Imports nothing of this package,
since it is there to make that cheaper.
"""

import gc

__all__ = ["pause", "resume"]


def pause() -> None:
    """Collect nothing until `resume`: modules are no garbage, and a start only looks at them."""
    gc.disable()


def resume() -> None:
    """Collect again, where `pause` has ended it: only what comes from now on.

    Workers are forked after this. They share the pages of what is there, as no collection writes to
    them.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
