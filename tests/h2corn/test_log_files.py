"""Log files that were moved away are written no more, whatever happens to one of them."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from h2corn._log_files import reopen_log_files

Attach = Callable[[str, logging.Handler], logging.Logger]


@pytest.fixture
def attach() -> Iterator[Attach]:
    attached: list[tuple[logging.Logger, logging.Handler]] = []

    def attach_one(name: str, handler: logging.Handler) -> logging.Logger:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        attached.append((logger, handler))
        return logger

    yield attach_one
    for logger, handler in attached:
        logger.removeHandler(handler)
        handler.close()


@pytest.mark.parametrize("name", ["", "tests.log_files"])
def test_records_go_to_the_new_file(tmp_path: Path, attach: Attach, name: str) -> None:
    path = tmp_path / "log"
    logger = attach(name, logging.FileHandler(path))
    logger.error("one")
    moved = path.rename(tmp_path / "log.1")
    logger.error("two")
    reopen_log_files()
    logger.error("three")
    assert moved.read_text() == "one\ntwo\n"
    assert path.read_text() == "three\n"


def test_a_handler_of_two_loggers_is_reopened_once(tmp_path: Path, attach: Attach) -> None:
    opened = []

    class Counting(logging.FileHandler):
        def _open(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            opened.append(self.baseFilename)
            return super()._open()

    handler = Counting(tmp_path / "log")
    attach("tests.log_files", handler)
    attach("tests.log_files.more", handler)
    reopen_log_files()
    assert len(opened) == 2


def test_a_file_that_was_not_opened_yet_stays_so(tmp_path: Path, attach: Attach) -> None:
    attach("tests.log_files", logging.FileHandler(tmp_path / "log", delay=True))
    reopen_log_files()
    assert not (tmp_path / "log").exists()


def test_one_that_cannot_be_reopened_is_told_of_and_goes_on(
    tmp_path: Path, attach: Attach, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "gone").mkdir()
    path = tmp_path / "gone" / "log"
    other_path = tmp_path / "log"
    logger = attach("tests.log_files", logging.FileHandler(path))
    other = attach("tests.log_files.more", logging.FileHandler(other_path))
    other.propagate = False
    moved = (tmp_path / "gone").rename(tmp_path / "moved")
    other_path.rename(tmp_path / "log.1")
    reopen_log_files()
    assert [(it.name, it.getMessage()) for it in caplog.records] == [
        ("h2corn", f"cannot reopen {path}: No such file or directory")
    ]
    logger.error("still")
    other.error("new")
    assert (moved / "log").read_text() == "still\n"
    assert other_path.read_text() == "new\n"
    other.propagate = True


def test_handlers_that_reopen_by_themselves_are_asked(
    tmp_path: Path, attach: Attach, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    class Own(logging.NullHandler):
        def reopen(self) -> None:
            asked.append(self)
            raise RuntimeError("no disk")

    own = Own()
    attach("tests.log_files", own)
    logger = attach("tests.log_files.more", logging.FileHandler(tmp_path / "log"))
    (tmp_path / "log").rename(tmp_path / "log.1")
    reopen_log_files()
    assert asked == [own]
    assert [it.getMessage() for it in caplog.records] == [f"cannot reopen {own}: no disk"]
    logger.warning("new")
    assert (tmp_path / "log").read_text() == "new\n"
