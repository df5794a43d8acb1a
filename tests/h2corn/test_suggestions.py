"""Who has written a name that there is none of hears the nearest one."""

import pytest

from h2corn._suggestions import unknown
from h2corn.config import OPTIONS

NAMES = [row.name for row in OPTIONS]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("worker", "workers"),
        ("max_request", "max_requests"),
        ("timeout_keepalive", "timeout_keep_alive"),
        ("h2_timeout_write", "timeout_write"),
        ("BACKLOG", ""),
        ("qqq", ""),
    ],
)
def test_the_nearest(name: str, meant: str) -> None:
    hint = f"; do you mean {meant}?" if meant else ""
    assert unknown(name, NAMES) == f"there is no such option{hint}"


def test_a_prefix_is_nothing_that_is_alike() -> None:
    assert unknown("X", ["PID"], "H2CORN_") == "there is no such option"
    assert unknown("PIT", ["PID"], "H2CORN_").endswith("do you mean H2CORN_PID?")
