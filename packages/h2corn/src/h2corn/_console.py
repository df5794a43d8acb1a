"""Owns what the command says of itself on a terminal: banner, colours, and lines of its log.

Does not write the access log, and decides nothing. The banner goes to a stream that need not be a
terminal; records of the logger `h2corn` reach it through `ConsoleHandler`.
"""

import logging
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final, Protocol, TextIO

from h2corn._escape import escape_unprintable
from h2corn._json_log import event_line, record_line
from h2corn._log_handlers import OwnHandler, foreign_handlers, writes_to_terminal
from h2corn._version import __version__

__all__ = [
    "Color",
    "ConsoleHandler",
    "banner",
    "console_handlers",
    "has_color",
    "listening_events",
    "log_to_console",
    "painted",
    "write_error",
    "write_text",
]

LOGGER_NAME: Final = "h2corn"


class Color(Enum):
    """An SGR parameter of ECMA-48 that every terminal has."""

    BOLD = 1
    RED = 31
    GREEN = 32
    YELLOW = 33
    CYAN = 36


def has_color(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Tell whether lines written to the stream may have colour.

    They may on a terminal that is not `TERM=dumb`, unless `NO_COLOR` is set to anything
    (https://no-color.org).
    """
    if stream is None or environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    try:
        return stream.isatty()
    except ValueError:  # It is closed.
        return False


def painted(text: str, color: Color, *, is_colored: bool) -> str:
    """Return the text in a colour, or as it is."""
    return f"\x1b[{color.value}m{text}\x1b[0m" if is_colored else text


def banner(urls: Iterable[str], *, has_http1: bool, is_colored: bool) -> str:
    """Return the lines that tell that the server listens.

    Args:
        urls: One for each listener, such as `http://127.0.0.1:8000`, `unix:PATH` and `fd://N`.
        has_http1: Whether HTTP/1.1 is spoken too.
        is_colored: Whether the stream has colour.
    """
    name = painted(f"h2corn v{__version__}", Color.BOLD, is_colored=is_colored)
    lines = [f"{name} • HTTP/2 cleartext ASGI"]
    for url in urls:
        shown = painted(escape_unprintable(url), Color.CYAN, is_colored=is_colored)
        lines.append(f"Listening on {shown}")
    if has_http1:
        lines.append("HTTP/1 compatibility is enabled; disable with --no-http1")
    return "".join(f"{line}\n" for line in lines)


class Lines(Protocol):
    """What takes lines in place of a stream; a `LineWriter` does."""

    def add_from_any_thread(self, line: str) -> bool:
        """Take a line; False where it cannot any more."""


class ConsoleHandler(OwnHandler):
    """Writes records as lines: the level where it is a warning or worse, the message, a traceback.

    A message is one line whatever is in it, since a part of it may come from a client. A stream
    that takes no more is left alone. Where a handler of somebody else's shows the same record on
    standard error or output, this one is silent.

    Attributes:
        writer: what lines are given to instead of the stream, so that a slow one keeps no loop
            waiting.
    """

    def __init__(self, stream: TextIO, *, is_colored: bool, is_json: bool = False) -> None:
        super().__init__()
        self.writer: Lines | None = None
        self._stream = stream
        self._is_colored = is_colored
        self._is_json = is_json

    def filter(self, record: logging.LogRecord) -> bool:  # type: ignore[override,unused-ignore]
        """Leave out what somebody else shows, and the requests, whose lines have their own way."""
        if record.name == f"{LOGGER_NAME}.access":
            return False
        if any(map(writes_to_terminal, foreign_handlers(logging.getLogger(record.name)))):
            return False
        return bool(super().filter(record))

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, without a line break at its end."""
        if self._is_json:
            return record_line(record)
        text = escape_unprintable(record.getMessage())
        if record.levelno >= logging.WARNING:
            color = Color.RED if record.levelno >= logging.ERROR else Color.YELLOW
            level = painted(f"{record.levelname.lower()}:", color, is_colored=self._is_colored)
            text = f"{level} {text}"
        if record.exc_info:
            text = f"{text}\n{logging.Formatter().formatException(record.exc_info)}"
        return text

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 - a record with wrong arguments is no reason to fail
            self.handleError(record)
            return
        if self.writer is None or not self.writer.add_from_any_thread(text):
            write_text(self._stream, f"{text}\n")


def log_to_console(stream: TextIO | None, *, is_colored: bool, is_json: bool = False) -> None:
    """Let the logger `h2corn` write to a stream, unless somebody set up logging already."""
    logger = logging.getLogger(LOGGER_NAME)
    own = [it for it in logger.handlers if isinstance(it, ConsoleHandler)]
    for handler in own:
        logger.removeHandler(handler)
    if stream is None or logger.hasHandlers():
        return
    logger.addHandler(ConsoleHandler(stream, is_colored=is_colored, is_json=is_json))
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def console_handlers() -> list[ConsoleHandler]:
    """Return the handlers that `log_to_console` has attached; there is one, or none."""
    handlers = logging.getLogger(LOGGER_NAME).handlers
    return [handler for handler in handlers if isinstance(handler, ConsoleHandler)]


def listening_events(urls: Iterable[str], *, has_http1: bool) -> str:
    """Return what the banner says as lines of JSON."""
    lines = [event_line("starting", {"version": __version__, "http1": has_http1})]
    lines += [event_line("listening", {"url": url}) for url in urls]
    return "".join(f"{line}\n" for line in lines)


def write_text(stream: TextIO | None, text: str) -> None:
    """Write text to a stream at once; a stream that is closed, full or gone does not get it."""
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        return


def write_error(
    stream: TextIO | None,
    text: str,
    environ: Mapping[str, str],
    event: str = "",
    traceback: str = "",
) -> None:
    """Write what ended the program, with the lines that it has.

    Args:
        stream: where it goes.
        text: what it is.
        environ: tells about colours.
        event: what it is called in a log of JSON; empty writes text.
        traceback: what a log of JSON has of the way to it.
    """
    if event:
        fields = {"detail": text, "traceback": traceback} if traceback else {"detail": text}
        write_text(stream, event_line(event, fields, "error") + "\n")
        return
    label = painted("error:", Color.RED, is_colored=has_color(stream, environ))
    lines = [escape_unprintable(line) for line in text.splitlines()]
    write_text(stream, f"{label} " + "\n".join(lines) + "\n")
