"""Owns the title of a process, as ps and top show it.

Does not make one up, and does nothing where setproctitle is not installed: the standard library has
no way to it.
"""

from importlib import import_module

__all__ = ["set_title"]


def set_title(title: str) -> None:
    """Have this process shown by a title, if that is possible here."""
    try:
        setproctitle = import_module("setproctitle")
    except ImportError:
        return
    setproctitle.setproctitle(title)
