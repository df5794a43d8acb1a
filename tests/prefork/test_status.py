"""Owns the tests of exit statuses: their text, and the code that a supervisor passes on.

Does not end processes.
"""

import signal

import pytest

from prefork._status import ExitStatus


@pytest.mark.parametrize(
    ("status", "text", "code", "is_success"),
    [
        (ExitStatus.exited(0), "ended with code 0", 0, True),
        (ExitStatus.exited(3), "ended with code 3", 3, False),
        (ExitStatus.killed(signal.SIGKILL), "was killed by SIGKILL", 137, False),
        (ExitStatus.killed(signal.SIGTERM), "was killed by SIGTERM", 143, False),
        (ExitStatus.killed(121), "was killed by signal 121", 249, False),
        (ExitStatus.not_started("no memory"), "could not be started: no memory", 1, False),
    ],
)
def test_status(status: ExitStatus, text: str, code: int, is_success: bool) -> None:
    assert str(status) == text
    assert status.exit_code == code
    assert status.is_success is is_success


def test_of_wait() -> None:
    assert ExitStatus.of_wait(-9) == ExitStatus.killed(9)
    assert ExitStatus.of_wait(0) == ExitStatus.exited(0)
    assert ExitStatus.of_wait(4) == ExitStatus.exited(4)
