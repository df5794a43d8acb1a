"""The options of logs become what writes them, and what is wrong with files is told at once."""

import asyncio
import contextlib
import io
import json
import os
from pathlib import Path

import pytest

from h2corn import Config
from h2corn._log_files import OPEN_FILES, reopen_log_files
from h2corn._log_setup import Logs, _notice, check_logs
from h2corn.config import ConfigError
from tests.h2corn.test_access_log import ENTRY


def logged(config: Config) -> str:
    """Return what one request leaves on standard error."""
    stream = io.StringIO()

    async def main() -> None:
        logs = Logs(asyncio.get_running_loop(), config, stream)
        assert logs.access is not None
        logs.access.add(ENTRY)
        logs.close()
        logs.close()

    asyncio.run(main())
    return stream.getvalue()


def test_forms() -> None:
    assert '"GET /100%s HTTP/2" 200' in logged(Config())
    assert logged(Config(access_log_format="%(s)s|")) == "200|\n"
    assert json.loads(logged(Config(log_format="json")))["event"] == "request"


def test_a_file_is_reopened_as_long_as_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "log"

    async def main() -> None:
        config = Config(access_log_file=str(path))
        logs = Logs(asyncio.get_running_loop(), config, io.StringIO())
        assert logs.access is not None
        path.rename(tmp_path / "moved")
        reopen_log_files()
        logs.access.add(ENTRY)
        logs.close()

    asyncio.run(main())
    assert "GET /100%s" in path.read_text()
    assert OPEN_FILES == []


def test_no_log() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert Logs(loop, Config(access_log=False), None).access is None

    asyncio.run(main())


def test_all_faults_are_told(tmp_path: Path) -> None:
    config = Config(access_log_file=str(tmp_path), log_config=str(tmp_path / "none"))
    with pytest.raises(ConfigError) as caught:
        check_logs(config)
    assert [fault.name for fault in caught.value.faults] == ["access_log_file", "log_config"]


def test_the_file_is_not_needed_without_an_access_log(tmp_path: Path) -> None:
    check_logs(Config(access_log=False, access_log_file=str(tmp_path)))
    check_logs(Config(access_log_file="-"))


def test_forms_that_cannot_be() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(
            access_log_format="%(nope)s", access_log_file="", log_config="", log_mask_query=("",)
        )
    assert [fault.name for fault in caught.value.faults] == [
        "access_log_format",
        "access_log_file",
        "log_config",
        "log_mask_query",
    ]
    with pytest.raises(ConfigError, match="access_log_format: is for a log_format of text"):
        Config(access_log_format="%(h)s", log_format="json")


def test_a_slow_reader_is_told_how_many_lines_were_dropped() -> None:
    assert _notice(False, "-")(3) == "3 lines dropped: standard output was not read fast enough"
    event = json.loads(_notice(True, "a.log")(3))
    assert (event["event"], event["lines"], event["subject"]) == ("dropped", 3, "a.log")
    assert event["level"] == "warning"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_lines_that_nobody_read_until_the_end_are_told_of_on_the_console(tmp_path: Path) -> None:
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        filler = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        while True:
            os.write(filler, bytes(4096))
    try:
        text = f"1 lines dropped: {path} was not read fast enough\n"
        assert logged(Config(access_log_file=path)) == text
    finally:
        os.close(filler)
        os.close(reader)
