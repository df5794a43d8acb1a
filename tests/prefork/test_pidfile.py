"""The pid file: written whole, replaced when stale, removed only while it is ours."""

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from prefork._pidfile import PidFile
from prefork.errors import PreforkError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "service.pid"


def test_it_holds_the_number_of_this_process_until_it_is_removed(path: Path) -> None:
    file = PidFile(path)
    file.write()
    assert path.read_text() == f"{os.getpid()}\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["service.pid"]
    file.remove()
    assert list(path.parent.iterdir()) == []
    file.remove()


@pytest.mark.parametrize("left", ["4194305\n", "", "nonsense\n", "-1\n", "9" * 40, "\0\xff"])
def test_a_stale_one_is_replaced(path: Path, left: str) -> None:
    path.write_text(left)
    PidFile(path).write()
    assert path.read_text() == f"{os.getpid()}\n"


def test_one_of_a_dead_process_is_replaced(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    path.write_text(f"{process.pid}\n")
    PidFile(path).write()
    assert path.read_text() == f"{os.getpid()}\n"


def test_one_of_our_own_number_is_ours(path: Path) -> None:
    """In a container, every start has the same number."""
    path.write_text(f"{os.getpid()}\n")
    PidFile(path).write()
    assert path.read_text() == f"{os.getpid()}\n"


def test_one_of_a_living_process_is_left_alone(path: Path) -> None:
    path.write_text(f"{os.getppid()}\n")
    with pytest.raises(PreforkError, match=f"belongs to process {os.getppid()}, which is running"):
        PidFile(path).write()
    assert path.read_text() == f"{os.getppid()}\n"
    assert len(list(path.parent.iterdir())) == 1


def test_another_process_s_is_not_removed(path: Path) -> None:
    file = PidFile(path)
    file.write()
    path.write_text("1\n")
    file.remove()
    assert path.read_text() == "1\n"


def test_one_that_was_never_written_removes_nothing(path: Path) -> None:
    path.write_text(f"{os.getpid()}\n")
    PidFile(path).remove()
    assert path.exists()


def test_a_file_that_somebody_else_removed_is_no_error(path: Path) -> None:
    file = PidFile(path)
    file.write()
    path.unlink()
    file.remove()


@pytest.mark.parametrize("kind", ["gone", "file", "loop"])
def test_a_directory_that_is_out_of_reach_at_the_end_is_no_error(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    file = PidFile(folder / "service.pid")
    file.write()
    folder.rename(tmp_path / "moved")
    if kind == "file":
        folder.write_text("precious")
    elif kind == "loop":
        folder.symlink_to(folder)
    file.remove()


def test_a_directory_in_the_place_of_the_file_is_no_error_at_the_end(path: Path) -> None:
    file = PidFile(path)
    file.write()
    path.unlink()
    path.mkdir()
    file.remove()
    assert path.is_dir()


def test_a_directory_that_is_not_there_is_a_clear_error(path: Path) -> None:
    with pytest.raises(PreforkError, match=r"cannot write pid file .*: no such file or directory"):
        PidFile(path.parent / "absent" / "x.pid").write()


def test_a_directory_in_its_place_is_a_clear_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(PreforkError, match="cannot write pid file"):
        PidFile(path).write()
    assert [entry.name for entry in path.parent.iterdir()] == ["service.pid"]


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(path: Path) -> None:
    """A limit on the size of files stands for the disk: write fails in the same place."""
    path.write_text("4194305\n")
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(PreforkError, match=r"cannot write pid file .*: file too large"):
            PidFile(path).write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text() == "4194305\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["service.pid"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_hard_links_will_do(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def link(source: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)
    PidFile(path).write()
    assert path.read_text() == f"{os.getpid()}\n"
