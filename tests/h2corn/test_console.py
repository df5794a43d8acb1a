"""What a user sees of the server on a terminal, and elsewhere."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from h2corn._console import (
    Color,
    ConsoleHandler,
    banner,
    console_handlers,
    has_color,
    listening_events,
    log_to_console,
    painted,
    write_error,
    write_text,
)
from h2corn._version import __version__


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour_on_a_terminal(environ: dict[str, str], expected: bool) -> None:
    assert has_color(Terminal(), environ) is expected


def test_no_colour_elsewhere() -> None:
    closed = Terminal()
    closed.close()
    assert not has_color(io.StringIO(), {})
    assert not has_color(None, {})
    assert not has_color(io.TextIOWrapper(io.BytesIO()), {})


def test_no_colour_on_a_stream_that_is_closed() -> None:
    stream = io.StringIO()
    stream.close()
    assert not has_color(stream, {})


def test_painted() -> None:
    assert painted("a", Color.RED, is_colored=True) == "\x1b[31ma\x1b[0m"
    assert painted("a", Color.RED, is_colored=False) == "a"


def test_banner() -> None:
    urls = ["http://127.0.0.1:8000", "unix:app.sock", "fd://3"]
    assert banner(urls, has_http1=True, is_colored=False) == (
        f"h2corn v{__version__} • HTTP/2 cleartext ASGI\n"
        "Listening on http://127.0.0.1:8000\n"
        "Listening on unix:app.sock\n"
        "Listening on fd://3\n"
        "HTTP/1 compatibility is enabled; disable with --no-http1\n"
    )


def test_banner_without_http1() -> None:
    assert banner(["fd://3"], has_http1=False, is_colored=False).splitlines() == [
        f"h2corn v{__version__} • HTTP/2 cleartext ASGI",
        "Listening on fd://3",
    ]


def test_colours_change_nothing_else_of_the_banner() -> None:
    urls = ["http://[::1]:80"]
    colored = banner(urls, has_http1=True, is_colored=True)
    assert "\x1b[36mhttp://[::1]:80\x1b[0m" in colored
    plain = banner(urls, has_http1=True, is_colored=False)
    assert re.sub(r"\x1b\[\d+m", "", colored) == plain


def test_a_socket_path_cannot_forge_a_line() -> None:
    assert r"unix:a\nb" in banner(["unix:a\nb"], has_http1=False, is_colored=False)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Give the logger of the server as it is where nothing was set up, not even by pytest."""
    logger = logging.getLogger("h2corn")
    kept = (logger.parent, logger.handlers[:], logger.level, logger.propagate)
    logger.parent, logger.handlers, logger.propagate = None, [], True
    logger.setLevel(logging.NOTSET)
    yield logger
    logger.parent, logger.handlers, level, logger.propagate = kept
    logger.setLevel(level)


@pytest.mark.parametrize(
    ("level", "line"),
    [
        (logging.DEBUG, ""),
        (logging.INFO, "7 things\n"),
        (logging.WARNING, "warning: 7 things\n"),
        (logging.ERROR, "error: 7 things\n"),
        (logging.CRITICAL, "critical: 7 things\n"),
    ],
)
def test_a_record_is_a_line(logger: logging.Logger, level: int, line: str) -> None:
    stream = io.StringIO()
    log_to_console(stream, is_colored=False)
    logger.log(level, "%d things", 7)
    assert stream.getvalue() == line


def test_colours_of_levels(logger: logging.Logger) -> None:
    stream = io.StringIO()
    log_to_console(stream, is_colored=True)
    logger.warning("a")
    logger.error("b")
    assert stream.getvalue() == "\x1b[33mwarning:\x1b[0m a\n\x1b[31merror:\x1b[0m b\n"


def test_what_a_client_sent_cannot_forge_a_line(logger: logging.Logger) -> None:
    stream = io.StringIO()
    log_to_console(stream, is_colored=False)
    logger.info("bad %s", "x\nerror: forged\x1b[2J")
    assert stream.getvalue() == "bad x\\nerror: forged\\x1b[2J\n"


def test_a_traceback_follows_its_line(logger: logging.Logger) -> None:
    stream = io.StringIO()
    log_to_console(stream, is_colored=False)
    try:
        raise ValueError("reason")
    except ValueError:
        logger.exception("it failed")
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["error: it failed", "Traceback (most recent call last):"]
    assert lines[-1] == "ValueError: reason"


def test_logging_that_was_set_up_is_left_alone(logger: logging.Logger) -> None:
    logger.parent = logging.getLogger("tests.h2corn")
    handler = logging.NullHandler()
    logger.parent.addHandler(handler)
    stream = io.StringIO()
    log_to_console(stream, is_colored=False)
    assert logger.handlers == []
    assert logger.propagate
    logger.parent.removeHandler(handler)
    logger.error("a")
    assert stream.getvalue() == ""


def test_logging_is_set_up_once(logger: logging.Logger) -> None:
    stream = io.StringIO()
    log_to_console(stream, is_colored=False)
    log_to_console(stream, is_colored=False)
    logger.info("a")
    assert stream.getvalue() == "a\n"


def test_a_stream_that_is_gone_disturbs_nobody(logger: logging.Logger) -> None:
    log_to_console(None, is_colored=False)
    assert logger.handlers == []
    log_to_console(Broken(), is_colored=False)
    logger.error("a")
    closed = io.StringIO()
    closed.close()
    write_text(closed, "a")
    write_text(None, "a")


def test_a_record_with_wrong_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", True)
    stream = io.StringIO()
    handler = ConsoleHandler(stream, is_colored=False)
    handler.handle(logging.LogRecord("h2corn", logging.INFO, "", 1, "%d", ("x",), None))
    assert stream.getvalue() == ""
    assert "Logging error" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gone", "error: gone\n"),
        ("gone\n  for\x1b good\n", "error: gone\n  for\\x1b good\n"),
    ],
)
def test_error(text: str, written: str) -> None:
    stream = io.StringIO()
    write_error(stream, text, {})
    assert stream.getvalue() == written
    terminal = Terminal()
    write_error(terminal, text, {})
    assert terminal.getvalue() == written.replace("error:", "\x1b[31merror:\x1b[0m")
    write_error(None, text, {})


def test_somebody_elses_terminal_makes_it_silent(logger: logging.Logger) -> None:
    stream = io.StringIO()
    log_to_console(stream, is_colored=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setStream(sys.stderr)
    logger.addHandler(handler)
    logger.warning("a")
    assert stream.getvalue() == ""
    handler.setStream(io.StringIO())
    logger.warning("b")
    assert stream.getvalue() == "warning: b\n"


def test_json(logger: logging.Logger) -> None:
    stream = io.StringIO()
    log_to_console(stream, is_colored=False, is_json=True)
    try:
        raise ValueError("reason")
    except ValueError:
        logger.exception("it %s", "failed")
    event = json.loads(stream.getvalue())
    assert (event["event"], event["subject"]) == ("failed", "h2corn")
    assert event["detail"] == "it failed"
    assert event["traceback"].endswith("ValueError: reason")
    stream.truncate(0)
    stream.seek(0)
    write_error(stream, "gone\n", {}, "cli_error")
    event = json.loads(stream.getvalue())
    assert (event["event"], event["level"], event["detail"]) == ("cli_error", "error", "gone\n")


def test_the_banner_in_json() -> None:
    lines = listening_events(["fd://3", "unix:a"], has_http1=True).splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["event"] for event in events] == ["starting", "listening", "listening"]
    assert [event["url"] for event in events[1:]] == ["fd://3", "unix:a"]


def test_a_writer_gets_lines_in_place_of_the_stream(logger: logging.Logger) -> None:
    class Writer:
        def __init__(self) -> None:
            self.lines: list[str] = []
            self.is_open = True

        def add_from_any_thread(self, line: str) -> bool:
            if self.is_open:
                self.lines.append(line)
            return self.is_open

    stream, writer = io.StringIO(), Writer()
    log_to_console(stream, is_colored=False)
    (handler,) = console_handlers()
    handler.writer = writer
    logger.warning("a")
    assert (writer.lines, stream.getvalue()) == (["warning: a"], "")
    writer.is_open = False
    logger.warning("b")
    assert stream.getvalue() == "warning: b\n"
