"""Adoption of orphans, and death with the parent."""

import sys

import pytest

from prefork import _prctl
from prefork.errors import UnsupportedError
from tests.prefork.isolated import check_isolated

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="prctl is of Linux")


@linux_only
def test_a_subreaper_adopts_the_orphans_of_its_descendants() -> None:
    check_isolated("""
        from prefork._prctl import become_subreaper
        become_subreaper()
        reading, writing = os.pipe()
        if os.fork() == 0:
            if os.fork() == 0:
                os.write(writing, b"%d" % os.getpid())
                os._exit(7)
            os._exit(0)
        os.close(writing)
        grandchild = int(read_all(reading))
        while True:
            pid, status = os.wait()
            if pid == grandchild:
                break
        assert os.waitstatus_to_exitcode(status) == 7
    """)


def test_a_system_that_cannot_adopt_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_prctl, "_prctl", lambda: None)
    with pytest.raises(UnsupportedError, match="needs Linux"):
        _prctl.become_subreaper()
    _prctl.die_with_parent(0)
    _prctl.outlive_parent()


PARENT = """
    from prefork._prctl import die_with_parent, outlive_parent
    alive, writing = os.pipe()
    ready, told = os.pipe()
    ours, theirs = socket.socketpair()
    def echo():
        theirs.send(theirs.recv(1))
        os._exit(0)
    middle = os.fork()
    if middle == 0:
        parent = os.getpid()
        if os.fork() == 0:
            os.close(alive)
            die_with_parent(parent)
            CHILD
            os.write(told, b"!")
            time.sleep(100)
        signal.pause()
    os.close(writing)
    os.read(ready, 1)
"""


@linux_only
def test_a_process_that_dies_with_its_parent_is_killed_though_it_sleeps() -> None:
    check_isolated(
        PARENT.replace("CHILD", "")
        + """
    os.kill(middle, signal.SIGKILL)
    assert os.read(alive, 1) == b""
    """
    )


@linux_only
def test_it_can_be_undone() -> None:
    check_isolated(
        PARENT.replace("CHILD", "outlive_parent()").replace("time.sleep(100)", "echo()")
        + """
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    ours.send(b"?")
    assert ours.recv(1) == b"?"
    """
    )


@linux_only
def test_a_process_can_die_with_whoever_adopts_it() -> None:
    check_isolated("""
        from prefork._prctl import become_subreaper, die_with_adopter
        alive, writing = os.pipe()
        ready, told = os.pipe()
        reaper = os.fork()
        if reaper == 0:
            become_subreaper()
            me = os.getpid()
            if os.fork() == 0:
                parent = os.getpid()
                if os.fork() == 0:
                    os.close(alive)
                    die_with_adopter(parent, me)
                    os.write(told, b"!")
                    time.sleep(100)
                time.sleep(0.05)
                os._exit(0)
            os.wait()
            signal.pause()
        os.close(writing)
        assert os.read(ready, 1) == b"!"
        os.kill(reaper, signal.SIGKILL)
        assert os.read(alive, 1) == b""
    """)


@linux_only
def test_an_adopter_that_is_dead_already_is_noticed() -> None:
    check_isolated("""
        from prefork._prctl import become_subreaper, die_with_adopter
        become_subreaper()
        pid = os.fork()
        if pid == 0:
            parent = os.getpid()
            if os.fork() == 0:
                die_with_adopter(parent, parent)
                os._exit(0)
            os._exit(0)
        codes = sorted(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2))
        assert codes == [0, 1]
    """)


@linux_only
def test_a_parent_that_is_dead_already_is_noticed() -> None:
    check_isolated("""
        from prefork._prctl import die_with_parent
        pid = os.fork()
        if pid == 0:
            die_with_parent(os.getpid())
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    """)
