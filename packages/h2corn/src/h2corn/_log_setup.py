"""Owns the logs of one process as its options ask for them: what is checked, and what is set up.

Does not write or word anything.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Final, TextIO

from h2corn._access_file import STANDARD_OUTPUT, AccessFile, AccessFileError, check_access_file
from h2corn._access_line import TextForm
from h2corn._access_log import AccessLog, Form
from h2corn._console import console_handlers, has_color, log_to_console
from h2corn._json_log import JsonForm, event_line
from h2corn._line_writer import LineWriter, dropped_text
from h2corn._log_files import OPEN_FILES, reopen_log_files
from h2corn._options import Fault
from h2corn._query_mask import QueryMask
from h2corn.config import Config, ConfigError
from prefork import Identity, acting_as

__all__ = ["Logs", "check_logs", "reopen_logs", "set_up_logging"]

_SAME: Final = Identity()


def check_logs(config: Config, identity: Identity = _SAME) -> None:
    """See that the files of logs can be opened, before anything is bound.

    Args:
        config: the options.
        identity: who is going to write to them, where that is somebody else.

    Raises:
        ConfigError: one cannot be opened, or configures nothing.
    """
    faults = []
    try:
        _make_access_file(config, identity)
    except AccessFileError as error:
        faults.append(Fault("access_log_file", str(error)))
    faults += _apply(config, identity)
    if faults:
        raise ConfigError(faults)


def reopen_logs(config: Config, identity: Identity) -> None:
    """Open the logs of a process anew that only supervises, and make those of its workers.

    Args:
        config: the options.
        identity: who writes to them.
    """
    if identity != _SAME:
        # Else the workers may do it themselves, and know of options that were read anew.
        try:
            _make_access_file(config, identity)
        except AccessFileError as error:
            logging.getLogger("h2corn").warning("the access log stays as it is: %s", error)
    with acting_as(identity):
        reopen_log_files()


def _make_access_file(config: Config, identity: Identity) -> None:
    path = config.access_log_file
    if config.access_log and path is not None and path != STANDARD_OUTPUT:
        check_access_file(path, identity.user, identity.group)


def set_up_logging(config: Config) -> None:
    """Configure logging in this process, and show on standard error what nobody else takes.

    Raises:
        ConfigError: the file of `log_config` cannot be used.
    """
    faults = _apply(config)
    if faults:
        raise ConfigError(faults)
    log_to_console(
        sys.stderr,
        is_colored=has_color(sys.stderr, os.environ),
        is_json=config.log_format == "json",
    )


def _apply(config: Config, identity: Identity = _SAME) -> list[Fault]:
    if config.log_config is None:
        return []
    # It takes a server on the network into the process, for configurations that come by it.
    from h2corn._log_config import LogConfigError, apply_log_config  # noqa: PLC0415

    try:
        # Files that it makes are theirs who write to them in the end.
        with acting_as(identity):
            apply_log_config(config.log_config)
    except LogConfigError as error:
        return [Fault("log_config", str(error))]
    return []


class Logs:
    """The logs of one server: of its requests, and of the process while its loop must not wait.

    Args:
        loop: the loop that serves.
        config: the options.
        stream: standard error; None where there is none.

    Attributes:
        access: what requests are told to; None where that is switched off.

    Raises:
        AccessFileError: the file of requests cannot be opened.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, config: Config, stream: TextIO | None
    ) -> None:
        is_json = config.log_format == "json"
        self._file: AccessFile | None = None
        # Requests are not logged to the console, which can tell what became of their lines.
        self._is_apart: Final = config.access_log_file is not None
        self._console: Final = (
            None if stream is None else LineWriter.for_stream(loop, stream, _notice(is_json))
        )
        self.access: Final = self._access_log(loop, config, stream) if config.access_log else None
        self._handlers: Final = console_handlers()
        for handler in self._handlers:
            handler.writer = self._console

    def _access_log(
        self, loop: asyncio.AbstractEventLoop, config: Config, stream: TextIO | None
    ) -> AccessLog:
        path = config.access_log_file
        notice = _notice(config.log_format == "json", path or "standard error")
        writer = self._console
        shown = stream
        if path == STANDARD_OUTPUT:
            shown = sys.stdout
            writer = None if shown is None else LineWriter.for_stream(loop, shown, notice)
        elif path is not None:
            shown = None
            self._file = file = AccessFile(path)
            writer = LineWriter(loop, file.write, file.is_ready, notice)
            OPEN_FILES.append(file)
        mask = QueryMask(config.log_mask_query) if config.log_mask_query else None
        is_colored = has_color(shown, os.environ)
        form, plain, needs = _forms(config, mask, is_colored=is_colored)
        return AccessLog(
            loop,
            writer,
            form,
            plain,
            mask,
            is_file=path is not None,
            needs_response_fields=needs,
        )

    def close(self) -> None:
        """Write what is left, as far as that needs no waiting."""
        for handler in self._handlers:
            if handler.writer is self._console:
                handler.writer = None
        told = "" if self.access is None else self.access.close()
        if self._console is not None:
            if told and self._is_apart:
                self._console.add(told)
            self._console.close()
        if self._file is not None:
            OPEN_FILES.remove(self._file)
            self._file.close()
            self._file = None


def _forms(config: Config, mask: QueryMask | None, *, is_colored: bool) -> tuple[Form, Form, bool]:
    """Return what words our own lines, what words records, and whether it needs the response."""
    if config.log_format == "json":
        json_form = JsonForm(mask)
        return json_form, json_form, False
    if config.access_log_format:
        from h2corn._access_format import AtomForm  # noqa: PLC0415 - seldom asked for

        atoms = AtomForm(config.access_log_format, mask)
        return atoms, atoms, atoms.needs_response_fields
    plain = TextForm(mask)
    return (TextForm(mask, is_colored=True) if is_colored else plain), plain, False


def _notice(is_json: bool, path: str = "standard error") -> Callable[[int], str]:
    name = "standard output" if path == STANDARD_OUTPUT else path
    return partial(_dropped_event if is_json else dropped_text, name=name)


def _dropped_event(count: int, name: str) -> str:
    return event_line("dropped", {"lines": count, "subject": name}, "warning")
