"""The start of a server is measured with all its processes, and judged by both bars."""

import sys

from bench.echo.servers import OURS, start
from bench.startup import RATIO_BAR, SECONDS_BAR, judge


def test_all_processes_of_a_server_count() -> None:
    with start(sys.executable, OURS, "examples.hello:app") as server:
        server.wait_answered()
        supervisor, worker = server.processes()
        assert supervisor != worker
        # An interpreter alone takes more than this of both.
        assert server.cpu_seconds() > 0.01
        assert server.memory() > 10 * 2**20


def test_each_bar_is_judged() -> None:
    microseconds = SECONDS_BAR * 1e6
    ratio, seconds = judge([(microseconds - 1, microseconds / RATIO_BAR)] * 7)
    assert ratio["is_met"]
    assert seconds["is_met"]
    ratio, seconds = judge([(microseconds + 1, microseconds / RATIO_BAR - 1)] * 7)
    assert not ratio["is_met"]
    assert not seconds["is_met"]
