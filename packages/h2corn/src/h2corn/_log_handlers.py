"""Owns what is to be known of the handlers that others have attached to a logger of ours.

Does not attach, remove or call any.
"""

import logging
import sys

__all__ = ["OwnHandler", "foreign_handlers", "level_of_our_own", "writes_to_terminal"]


class OwnHandler(logging.Handler):
    """What our own handlers are, and nobody else's."""


def foreign_handlers(logger: logging.Logger) -> list[logging.Handler]:
    """Return the handlers that records of a logger reach, without our own and those for nothing."""
    found: list[logging.Handler] = []
    here: logging.Logger | None = logger
    while here is not None:
        if here.handlers:
            found += [
                handler
                for handler in here.handlers
                if not isinstance(handler, OwnHandler | logging.NullHandler)
            ]
        here = here.parent if here.propagate else None
    return found


def level_of_our_own(logger: logging.Logger) -> int:
    """Return the level that was set for a logger or a parent below the root; 0 where none was.

    That of the root is left out: it is WARNING where nobody has thought of it.
    """
    here: logging.Logger | None = logger
    while here is not None and here.parent is not None:
        if here.level:
            return here.level
        here = here.parent
    return 0


def writes_to_terminal(handler: logging.Handler) -> bool:
    """Tell whether a handler writes where our own lines go, to standard error or output."""
    if not isinstance(handler, logging.StreamHandler):
        return False
    # One that is opened later has none yet, and one of somebody's making need not have a hash.
    ours = (sys.stderr, sys.stdout, sys.__stderr__, sys.__stdout__)
    return handler.stream is not None and any(handler.stream is stream for stream in ours)
