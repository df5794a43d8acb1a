"""Requests are told to whoever wants to know: our own lines, and handlers of others."""

import asyncio
import io
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from h2corn._access_line import TextForm, client_text
from h2corn._access_log import AccessLog
from h2corn._log_entry import Entry
from tests.h2corn.requests import Lines

ENTRY = Entry(
    client_text(("192.0.2.1", 5)),
    b"GET",
    b"/100%s",
    "2",
    200,
    0.001,
    25,
    5,
    [(b"x-request-id", b"r")],
)
LINE = '192.0.2.1:5         "GET /100%s HTTP/2" 200  1.00ms tx=25b rx=5b'


class Taking(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Give the logger of requests as it is where nothing was set up, not even by pytest."""
    logger = logging.getLogger("h2corn.access")
    kept = (logger.parent, logger.handlers[:], logger.level)
    logger.parent, logger.handlers = logging.RootLogger(logging.WARNING), []
    logger.setLevel(logging.NOTSET)
    yield logger
    logger.parent, logger.handlers, level = kept
    logger.setLevel(level)


def told(*, is_file: bool = False, count: int = 1) -> list[str]:
    """Return our own lines of some requests."""
    lines = Lines()

    async def main() -> None:
        form = TextForm()
        loop = asyncio.get_running_loop()
        log = AccessLog(loop, lines, form, form, is_file=is_file)  # type: ignore[arg-type]
        for _ in range(count):
            log.add(ENTRY)

    asyncio.run(main())
    return lines.lines


def test_no_record_is_made_where_nobody_wants_one(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger, "handle", lambda record: pytest.fail("a record was made"))
    assert told() == [LINE]


@pytest.mark.parametrize("is_own_factory", [False, True])
def test_records(logger: logging.Logger, is_own_factory: bool) -> None:
    handler = Taking()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    factory = logging.getLogRecordFactory()

    class Record(logging.LogRecord):
        pass

    if is_own_factory:
        logging.setLogRecordFactory(Record)
    try:
        assert told(count=2) == [LINE, LINE]
    finally:
        logging.setLogRecordFactory(factory)
    first, second = handler.records
    assert first.created <= second.created
    assert first.relativeCreated <= second.relativeCreated
    assert 0 <= second.msecs < 1000
    assert isinstance(first, Record) is is_own_factory
    assert (first.name, first.levelname, first.getMessage()) == ("h2corn.access", "INFO", LINE)
    expected = {
        "client": "192.0.2.1:5",
        "method": "GET",
        "target": "/100%s",
        "protocol": "HTTP/2",
        "status": 200,
        "duration_ms": 1.0,
        "rx_bytes": 5,
        "tx_bytes": 25,
        "request_id": "r",
    }
    assert expected.items() <= second.__dict__.items()


def test_a_terminal_of_others_takes_the_place_of_our_lines(logger: logging.Logger) -> None:
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    assert told() == [LINE]  # The root's level keeps records away.
    logger.setLevel(logging.INFO)
    assert told() == []
    assert told(is_file=True) == [LINE]
    handler.setStream(io.StringIO())
    assert told() == [LINE]


def test_a_level_that_somebody_has_set_is_that_of_our_lines(logger: logging.Logger) -> None:
    logger.setLevel(logging.WARNING)
    assert told() == []
    assert told(is_file=True) == [LINE]


def test_handlers_are_looked_at_in_each_turn(logger: logging.Logger) -> None:
    handler = Taking()

    async def main() -> None:
        form = TextForm()
        log = AccessLog(asyncio.get_running_loop(), None, form, form)
        log.add(ENTRY)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        log.add(ENTRY)
        assert handler.records == []
        await asyncio.sleep(0)
        log.add(ENTRY)
        assert len(handler.records) == 1
        log.close()

    asyncio.run(main())


def test_records_name_the_process_as_it_is_called_now(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = Taking()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    monkeypatch.setattr("h2corn._access_log._TEMPLATE_SECONDS", 0)

    async def main() -> None:
        form = TextForm()
        log = AccessLog(asyncio.get_running_loop(), None, form, form)
        for name in ("first", "second"):
            monkeypatch.setattr(threading.current_thread(), "name", name)
            log.add(ENTRY)
            await asyncio.sleep(0)

    asyncio.run(main())
    assert [record.threadName for record in handler.records] == ["first", "second"]
