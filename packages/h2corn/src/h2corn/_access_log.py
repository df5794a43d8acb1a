"""Owns where requests are told of: our own lines, and the handlers that others have attached.

Does not word them; a form does. Nor does it write: a `LineWriter` takes our own lines, and handlers
of the logger `h2corn.access` get records, which are made only where there are such handlers.
"""

import asyncio
import logging
from collections.abc import Callable
from time import time
from typing import Final

from h2corn._json_log import put_facts
from h2corn._line_writer import LineWriter
from h2corn._log_entry import Facts
from h2corn._log_handlers import foreign_handlers, level_of_our_own, writes_to_terminal
from h2corn._query_mask import QueryMask

__all__ = ["ACCESS_LOGGER", "AccessLog", "Form"]

ACCESS_LOGGER: Final = "h2corn.access"

_BARE: Final = logging.LogRecord
_TEMPLATE_SECONDS: Final = 1
"""How long a change of the names of process and thread may take to show in records."""

Form = Callable[[Facts], str]
"""Makes the line of a request."""


class AccessLog:
    """Tells of each request.

    Args:
        loop: Once in a turn of it, it is looked at which handlers there are.
        writer: Where our own lines go.
        form: Words them.
        plain: Words the messages of records; the same without colours.
        mask: Hides what query parameters carry.
        is_file: Whether the writer has a file of its own, which others' handlers do not replace.
        needs_response_fields: Whether the form asks for them.
    """

    __slots__ = (
        "_form",
        "_is_file",
        "_is_fresh",
        "_is_recorded",
        "_is_written",
        "_logger",
        "_loop",
        "_mask",
        "_plain",
        "_template",
        "_values",
        "_writer",
        "needs_response_fields",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        writer: LineWriter | None,
        form: Form,
        plain: Form,
        mask: QueryMask | None = None,
        *,
        is_file: bool = False,
        needs_response_fields: bool = False,
    ) -> None:
        self._loop = loop
        self._writer = writer
        self._form = form
        self._plain = plain
        self._mask = mask
        self._is_file = is_file
        self.needs_response_fields: Final = needs_response_fields
        self._logger = logging.getLogger(ACCESS_LOGGER)
        self._template: logging.LogRecord | None = None
        self._values: dict[str, object] = {}
        self._is_fresh = self._is_written = self._is_recorded = False

    def add(self, facts: Facts) -> None:
        """Tell of one request, by what an `Entry` is made of."""
        if not self._is_fresh:
            self._look()
        line = ""
        if self._is_written and self._writer is not None:
            line = self._form(facts)
            self._writer.add(line)
        if self._is_recorded:
            if not line or self._plain is not self._form:
                line = self._plain(facts)
            self._logger.handle(self._record(line, facts))

    def _look(self) -> None:
        """Find out, once a turn, who wants to be told."""
        logger = self._logger
        handlers = foreign_handlers(logger)
        self._is_recorded = bool(handlers) and logger.isEnabledFor(logging.INFO)
        is_wanted = level_of_our_own(logger) <= logging.INFO
        is_replaced = self._is_recorded and any(map(writes_to_terminal, handlers))
        self._is_written = self._is_file or (is_wanted and not is_replaced)
        if not self._is_recorded or logging.getLogRecordFactory() is not _BARE:
            self._template = None
        elif self._template is None or abs(time() - self._template.created) >= _TEMPLATE_SECONDS:
            self._template = self._new_record()
            # Whoever is running now is not the task of them all. A dictionary of its own, because
            # a copy of one that belongs to an object costs twice as much.
            self._values = {**self._template.__dict__, "taskName": None}
        self._is_fresh = True
        self._loop.call_soon(self._expire)

    def _expire(self) -> None:
        self._is_fresh = False

    def _record(self, line: str, facts: Facts) -> logging.LogRecord:
        template = self._template
        if template is None:
            record = self._new_record()
            record.msg = line
            put_facts(record.__dict__, facts, self._mask)
            return record
        # What names the process and its place in the code is the same in all of them, and costs
        # more to find out than the rest of a request's log.
        values = self._values.copy()
        now = time()
        values["msg"] = line
        values["created"] = now
        values["msecs"] = now % 1 * 1000 // 1
        values["relativeCreated"] = template.relativeCreated + (now - template.created) * 1000
        put_facts(values, facts, self._mask)
        record = _BARE.__new__(_BARE)
        record.__dict__ = values
        return record

    def _new_record(self) -> logging.LogRecord:
        make = logging.getLogRecordFactory()
        return make(self._logger.name, logging.INFO, __file__, 0, "", (), None)

    def close(self) -> str:
        """Write what is left, as far as that needs no waiting; return what is to be said of it."""
        return "" if self._writer is None else self._writer.close()
