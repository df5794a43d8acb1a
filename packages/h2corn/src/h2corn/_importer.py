"""Owns the way from a target such as `package.module:attribute` to the application that it names.

Does not call the application. Whatever goes wrong is one `TargetError`, whose text is one line,
with the cause chained to it.
"""

import os
import sys
import sysconfig
import traceback
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from asgi_bridge import ASGIApp
from h2corn._escape import escape_unprintable

__all__ = ["TargetError", "load_application"]

_MAX_MESSAGE: Final = 500
"""Characters of a module's own error that go into the line."""

# Now: a worker that runs as another user may not be able to load what this loads.
_INSTALLED: Final = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")
)

_OWN_FILES: Final = {__file__, import_module.__code__.co_filename}


class TargetError(Exception):
    """A target names no application. Its text is one line."""


def load_application(target: str) -> ASGIApp:
    """Import what a target names, from the current directory first.

    Args:
        target: `MODULE:ATTRIBUTE`; the attribute may be a dotted path.

    Raises:
        TargetError: The target is malformed, its module or attribute is missing, the module raises
            on import, or what it names cannot be called.
    """
    module_name, colon, path = target.partition(":")
    if not colon or not all(module_name.split(".")) or not all(path.split(".")):
        raise TargetError(f"{target!r} is not MODULE:ATTRIBUTE, such as main:app")
    if "/" in module_name or "\\" in module_name or module_name.endswith(".py"):
        raise TargetError(f"{target!r} names a file; a module is written package.module")
    found: object = _import(module_name, _current_directory())
    for index, name in enumerate(path.split(".")):
        owner = ".".join([module_name, *path.split(".")[:index]])
        try:
            found = getattr(found, name)
        except AttributeError as error:
            raise TargetError(f"{owner!r} has no attribute {name!r}") from error
        except Exception as error:
            raise TargetError(f"reading {name!r} of {owner!r} raised {_told(error)}") from error
    if not callable(found):
        raise TargetError(f"{target!r} is no application: {type(found).__name__} is not callable")
    return cast("ASGIApp", found)


def _current_directory() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        raise TargetError(f"the current directory is not there: {error.strerror}") from error


def _import(name: str, directory: str) -> object:
    # Without -m the directory of the command itself stands there.
    if sys.path[:1] != [directory]:
        sys.path.insert(0, directory)
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        # The same error comes from a module that is there and imports one that is not.
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise TargetError(
                f"no module named {error.name!r}, neither in {directory} nor installed"
            ) from error
        raise TargetError(f"importing {name!r} raised {_told(error)}") from error
    except (Exception, SystemExit) as error:
        raise TargetError(f"importing {name!r} raised {_told(error)}") from error


def _told(error: BaseException) -> str:
    """Return the name, message and place of an exception in one line."""
    # What follows in the list are notes, and for a SyntaxError its source line comes before.
    message = traceback.format_exception_only(error)[0]
    if isinstance(error, SyntaxError):
        message = f"{type(error).__name__}: {error.msg}"
    message = escape_unprintable(" ".join(message.split()))
    if len(message) > _MAX_MESSAGE:
        message = f"{message[:_MAX_MESSAGE]}…"
    place = _place(error)
    return f"{message} ({place})" if place else message


def _place(error: BaseException) -> str:
    """Return file and line where the application's own code was last."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{error.filename}, line {error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in _OWN_FILES and not frame.filename.startswith("<frozen ")
    ]
    if not frames:
        return ""
    own = [frame for frame in frames if not frame.filename.startswith(_INSTALLED)]
    last = own[-1] if own else frames[-1]
    return f"{last.filename}, line {last.lineno}"
