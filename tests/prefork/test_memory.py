"""The memory of a process, asked of a real one."""

import os
import sys

import pytest

from prefork._memory import resident_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_it_follows_what_a_process_holds() -> None:
    before = resident_bytes(os.getpid())
    held = bytearray(b"x" * (64 << 20))
    after = resident_bytes(os.getpid())
    assert before is not None
    assert after is not None
    assert len(held) * 0.9 < after - before < len(held) * 2


def test_a_process_that_is_not_there_has_none() -> None:
    assert resident_bytes(2**22 + 1) is None


def test_elsewhere_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert resident_bytes(os.getpid()) is None
