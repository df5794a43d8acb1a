"""Owns the way from a target such as `package.module:attribute` to the application that it names.

Does not call the application, but a factory of one. Whatever goes wrong is one `TargetError`, whose
text is one line, with the cause chained to it.
"""

import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, TextIO, cast

from asgi_bridge import ASGIApp
from h2corn._console import write_error, write_text
from h2corn._escape import escape_unprintable
from h2corn._target import Target

__all__ = ["TargetError", "load_application", "made_application", "write_target_error"]

_MAX_MESSAGE: Final = 500
"""Characters of a module's own error that go into the line."""

_STANDARD_LIBRARY: Final = str(Path(os.__file__).parent) + os.sep
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
"""Directories of what is installed, Debian's among them."""

_OWN_FILES: Final = {__file__, import_module.__code__.co_filename}


class TargetError(Exception):
    """A target names no application. Its text is one line."""


def load_application(target: Target) -> ASGIApp:
    """Import what a target names, from its directory first, and call it where it is a factory.

    Raises:
        TargetError: The target is malformed, its module or attribute is missing, the module raises
            on import, what it names cannot be called, or a factory fails.
    """
    module_name, colon, path = target.text.partition(":")
    if not colon or not all(module_name.split(".")) or not all(path.split(".")):
        raise TargetError(f"{target.text!r} is not MODULE:ATTRIBUTE, such as main:app")
    if "/" in module_name or "\\" in module_name or module_name.endswith(".py"):
        raise TargetError(f"{target.text!r} names a file; a module is written package.module")
    found: object = _import(module_name, _directory(target))
    for index, name in enumerate(path.split(".")):
        owner = ".".join([module_name, *path.split(".")[:index]])
        try:
            found = getattr(found, name)
        except AttributeError as error:
            raise TargetError(f"{owner!r} has no attribute {name!r}") from error
        except Exception as error:
            raise TargetError(f"reading {name!r} of {owner!r} raised {_told(error)}") from error
    if not callable(found):
        what = "factory" if target.is_factory else "application"
        raise TargetError(f"{target.text!r} is no {what}: {type(found).__name__} is not callable")
    return _called(found, repr(target.text)) if target.is_factory else cast("ASGIApp", found)


def made_application(app: ASGIApp | Callable[[], ASGIApp], *, is_factory: bool) -> ASGIApp:
    """Return an application, or what its factory makes.

    Raises:
        TargetError: the factory raises, or makes no application.
    """
    if not is_factory:
        return cast("ASGIApp", app)
    factory = cast("Callable[[], object]", app)
    return _called(factory, getattr(factory, "__qualname__", repr(factory)))


def _called(factory: Callable[[], object], name: str) -> ASGIApp:
    try:
        made = factory()
    except (Exception, SystemExit) as error:
        raise TargetError(f"calling {name} raised {_told(error)}") from error
    if isinstance(made, Coroutine):
        made.close()
        raise TargetError(f"{name} is no factory: it is async, and makes nothing when it is called")
    if not callable(made):
        raise TargetError(f"{name} made no application: {type(made).__name__} is not callable")
    return cast("ASGIApp", made)


def write_target_error(
    stream: TextIO | None, error: TargetError, environ: Mapping[str, str], event: str = ""
) -> None:
    """Write what is wrong, below the application's part of the traceback where it has one.

    Args:
        stream: where it goes.
        error: what it is.
        environ: tells about colours.
        event: what it is called in a log of JSON; empty writes text.
    """
    if event:
        write_error(stream, str(error), environ, event, _traceback_of(error))
        return
    lines = [escape_unprintable(line) for line in _traceback_of(error).splitlines()]
    write_text(stream, "".join(f"{line}\n" for line in lines))
    write_error(stream, str(error), environ)


def _traceback_of(error: TargetError) -> str:
    if error.__cause__ is None:
        return ""
    told = traceback.TracebackException.from_exception(error.__cause__)
    own = [frame for frame in told.stack if not _is_ours(frame)]
    if not own and not isinstance(error.__cause__, SyntaxError):
        return ""
    told.stack = traceback.StackSummary.from_list(own)
    return "".join(told.format())


def _directory(target: Target) -> str:
    try:
        # What was given is from where it was given: the application may go elsewhere.
        return str(Path.cwd() if target.directory is None else Path(target.directory).absolute())
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
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame)]
    if not frames:
        return ""
    own = [frame for frame in frames if not _is_installed(frame.filename)]
    last = own[-1] if own else frames[-1]
    return f"{last.filename}, line {last.lineno}"


def _is_installed(path: str) -> bool:
    return path.startswith(_STANDARD_LIBRARY) or not _INSTALLED.isdisjoint(Path(path).parts)


def _is_ours(frame: traceback.FrameSummary) -> bool:
    """Return whether a frame is of the way to the application, and not in it."""
    return frame.filename in _OWN_FILES or frame.filename.startswith("<frozen importlib")
