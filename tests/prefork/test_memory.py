"""The memory of a process, asked of a real one."""

import os
import subprocess
import sys

import pytest

from prefork._memory import resident_bytes

HELD = 64 << 20

HOLDS = f"""
import sys
print(flush=True)
sys.stdin.readline()
held = bytearray(b"x" * {HELD})
print(flush=True)
sys.stdin.readline()
"""
"""A process of its own, since one that has run tests gives back what they have held."""


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_it_follows_what_a_process_holds() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        found = []
        for _ in range(2):
            process.stdout.readline()
            found.append(resident_bytes(process.pid))
            process.stdin.write(b"\n")
            process.stdin.flush()
    before, after = found
    assert before is not None
    assert after is not None
    assert HELD * 0.9 < after - before < HELD * 2


def test_a_process_that_is_not_there_has_none() -> None:
    assert resident_bytes(2**22 + 1) is None


def test_elsewhere_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert resident_bytes(os.getpid()) is None
