"""Owns the reopening of log files that were moved away, as logrotate does.

Does not rotate them, and leaves alone what does not write to a file of its own.
"""

import logging
from typing import Final, Protocol

__all__ = ["OPEN_FILES", "Reopenable", "reopen_log_files"]


class Reopenable(Protocol):
    """A file that is not of the standard library's logging."""

    def reopen(self) -> None:
        """Open it anew."""


OPEN_FILES: Final[list[Reopenable]] = []
"""Such files of this process."""


def reopen_log_files() -> None:
    """Have each file handler of the standard library's logging open its file anew.

    Handlers of other kinds that have a method `reopen` are asked, too. Those that look by
    themselves whether their file was moved, and those that rotate it, are not harmed by that. One
    that fails is told of on the logger h2corn, and the others are done all the same.
    """
    loggers = [logging.getLogger()]
    # A copy: other threads make loggers.
    loggers += [
        logger
        for logger in list(logging.root.manager.loggerDict.values())
        if isinstance(logger, logging.Logger)
    ]
    for handler in {handler for logger in loggers for handler in list(logger.handlers)}:
        try:
            _reopen(handler)
        except Exception as error:  # noqa: BLE001 - a handler may be anybody's
            name = handler.baseFilename if isinstance(handler, logging.FileHandler) else handler
            reason = error.strerror if isinstance(error, OSError) else error
            logging.getLogger("h2corn").warning("cannot reopen %s: %s", name, reason)
    for file in OPEN_FILES:
        try:
            file.reopen()
        except OSError as error:
            logging.getLogger("h2corn").warning("the access log goes on in the old file: %s", error)


def _reopen(handler: logging.Handler) -> None:
    reopen = getattr(handler, "reopen", None)
    if callable(reopen):
        reopen()
        return
    if not isinstance(handler, logging.FileHandler):
        return
    handler.acquire()
    try:
        stream = handler.stream
        # Without a stream it has not been opened yet, and will be by its next record.
        if stream is not None:
            # Opened first: where that fails, the old one goes on.
            handler.stream = handler._open()  # noqa: SLF001 - it knows mode, encoding and errors
            stream.close()
    finally:
        handler.release()
