"""Forks, ends and signals of real processes."""

import sys

import pytest

from prefork._process import Children
from tests.prefork.isolated import check_isolated, run_isolated

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="adoption is of Linux")


def test_how_children_end_is_told() -> None:
    outcome = check_isolated("""
        children = Children()
        def fail():
            raise ValueError("bad work")
        pids = [
            children.start(lambda: None),
            children.start(lambda: sys.exit(3)),
            children.start(fail),
            children.start(lambda: os.kill(os.getpid(), signal.SIGKILL)),
            children.start(lambda: os._exit(77)),
        ]
        print([str(status) for status in wait(children, *pids)])
        assert children.reap() == []
    """)
    assert (
        outcome.out
        == str(
            [
                "ended with code 0",
                "ended with code 3",
                "ended with code 1",
                "was killed by SIGKILL",
                "ended with code 77",
            ]
        )
        + "\n"
    )
    assert outcome.err.count("ValueError: bad work") == 1


def test_no_exception_of_a_child_reaches_the_frames_of_its_parent() -> None:
    outcome = check_isolated("""
        children = Children()
        def fail(*_):
            raise SystemExit(5)
        class Leaves:
            def close(self):
                raise KeyError("leave")
        pids = []
        try:
            pids.append(children.start(fail))
            pids.append(children.start(print, prepare=fail))
            pids.append(children.start(print, leave=[Leaves()]))
        finally:
            print(os.getpid(), flush=True)
        print([status.code for status in wait(children, *pids)])
    """)
    assert len(outcome.out.splitlines()) == 2
    assert outcome.out.endswith("[5, 5, 1]\n")


def test_prepare_comes_before_the_work_and_after_leaving() -> None:
    check_isolated("""
        children = Children()
        ours, theirs = socket.socketpair()
        steps = []
        def prepare():
            steps.append(ours.fileno())
        def work():
            steps.append("work")
            theirs.send(repr(steps).encode())
        pid = children.start(work, leave=[ours], prepare=prepare)
        assert ours.recv(100) == b"[-1, 'work']"
        wait(children, pid)
    """)


def test_what_is_buffered_is_written_once() -> None:
    outcome = check_isolated("""
        children = Children()
        print("before")
        wait(children, children.start(lambda: None))
    """)
    assert outcome.out == "before\n"


def test_a_sibling_that_is_left_open_would_hide_the_end() -> None:
    check_isolated("""
        children = Children()
        def pause():
            signal.pause()
        for leaves in (True, False):
            ours, theirs = socket.socketpair()
            first = children.start(pause, leave=[ours])
            second = children.start(pause, leave=[ours, theirs] if leaves else [ours])
            theirs.close()
            children.kill(first, signal.SIGKILL)
            wait(children, first)
            poll = select.poll()
            poll.register(ours, select.POLLIN)
            assert bool(poll.poll(5000 if leaves else 200)) is leaves
            children.kill(second, signal.SIGKILL)
            wait(children, second)
            assert ours.recv(1) == b""
    """)


def test_signals_that_come_during_a_fork_reach_the_parent_alone() -> None:
    # The child is sent SIGTERM only by mistake of the mask: it was sent to the parent, which
    # forwards nothing. A handler of the parent that ran in the child would write its process id.
    check_isolated("""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        me = os.getpid()
        seen = []
        def handler(number, frame):
            seen.append(number)
            if os.getpid() != me:
                os.write(writing, b"%d ran the handler\\n" % os.getpid())
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, handler)
        wakeup, theirs = socket.socketpair()
        wakeup.setblocking(False)
        theirs.setblocking(False)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        children = Children()
        for _ in range(60):
            wait(children, children.start(lambda: time.sleep(0.001)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert seen
        try:
            raise AssertionError(os.read(reading, 1000))
        except BlockingIOError:
            pass
    """)


def test_a_signal_to_the_whole_group_during_a_fork_is_the_childs_too() -> None:
    check_isolated("""
        import prefork._process
        bare = prefork._process._bare_fork
        def fork():
            pid = bare()
            # Between fork and the child's own handlers; both have SIGTERM blocked.
            os.kill(os.getpid(), signal.SIGTERM)
            return pid
        prefork._process._bare_fork = fork
        me, seen = os.getpid(), []
        signal.signal(signal.SIGTERM, lambda *_: seen.append(os.getpid()))
        children = Children()
        pid = children.start(lambda: os._exit(5))
        assert seen == [me]
        (status,) = wait(children, pid)
        assert status.signal == signal.SIGTERM, status
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
    """)


def test_a_fork_that_fails_is_a_status() -> None:
    check_isolated("""
        import errno
        import prefork._process
        def fork():
            raise BlockingIOError(errno.EAGAIN, "no")
        prefork._process._bare_fork = fork
        children = Children()
        status = children.start(print)
        assert "cannot fork: resource temporarily unavailable" in str(status), status
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
        assert children.reap() == []
    """)


def test_a_process_that_is_gone_is_not_killed() -> None:
    check_isolated("""
        children = Children()
        pid = children.start(lambda: None)
        wait(children, pid)
        assert not children.kill(pid, signal.SIGKILL)
        assert not children.kill(os.getpid(), signal.SIGKILL)
        pid = children.start(signal.pause)
        assert children.kill(pid, signal.SIGKILL)
        (status,) = wait(children, pid)
        assert status.signal == signal.SIGKILL
    """)


def test_reaping_with_no_child() -> None:
    check_isolated("assert Children().reap() == []")
    assert Children().kill(1, 0) is False


def test_children_that_die_with_the_parent() -> None:
    outcome = run_isolated("""
        children = Children()
        reading, writing = os.pipe()
        def work():
            os.write(writing, b"!")
            time.sleep(100)
        children.start(work, dies_with_parent=True)
        os.read(reading, 1)
        if sys.platform != "linux":
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    assert outcome.code == -9


@linux_only
def test_a_detached_process_is_adopted_whenever_it_ends() -> None:
    check_isolated("""
        from prefork._prctl import become_subreaper
        from prefork._process import start_detached
        become_subreaper()
        children = Children()
        ours, theirs = socket.socketpair()
        def grandchild(wanted):
            theirs.send(b"%d" % os.getpid())
            assert ours.fileno() == -1
            theirs.recv(1)
            assert os.getppid() == wanted
            os._exit(6)
        def middle(wanted):
            from functools import partial
            error = start_detached(partial(grandchild, wanted), [ours])
            sys.exit(0 if error is None else 1)
        from functools import partial
        # Told before it ends.
        pid = children.start(partial(middle, os.getpid()))
        (status,) = wait(children, pid)
        assert status.code == 0
        worker = int(ours.recv(20))
        assert children.adopt(worker) is None
        ours.send(b"!")
        (status,) = wait(children, worker)
        assert status.code == 6
        # Told after it has ended.
        pid = children.start(partial(middle, os.getpid()))
        worker = int(ours.recv(20))
        wait(children, pid)
        ours.send(b"!")
        while not children._strangers:
            assert children.reap() == []
            time.sleep(0.002)
        status = children.adopt(worker)
        assert status.code == 6
        assert not children.kill(worker, signal.SIGKILL)
    """)


@linux_only
def test_a_detached_process_that_cannot_be_forked_is_told() -> None:
    check_isolated("""
        import errno
        import prefork._process
        from prefork._process import start_detached
        bare, me = prefork._process._bare_fork, os.getpid()
        def fork():
            if os.getpid() != me:
                raise OSError(errno.EAGAIN, "no")
            return bare()
        prefork._process._bare_fork = fork
        error = start_detached(print, [])
        assert error.errno == errno.EAGAIN, error
        def fork():
            raise OSError(errno.ENOMEM, "no")
        prefork._process._bare_fork = fork
        assert start_detached(print, []).errno == errno.ENOMEM
        def fork():
            pid = bare()
            if pid == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return pid
        prefork._process._bare_fork = fork
        assert "signal 9" in str(start_detached(print, []))
    """)


def test_strangers_are_forgotten_in_the_end() -> None:
    check_isolated("""
        children = Children()
        for _ in range(70):
            if os.fork() == 0:
                os._exit(0)
        limit = time.monotonic() + 20
        while True:
            assert children.reap() == []
            try:
                os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            except ChildProcessError:
                break
            assert time.monotonic() < limit
        assert len(children._strangers) == 64
    """)


def test_whatever_fails_after_a_fork_the_child_does_not_go_on_as_its_parent() -> None:
    check_isolated("""
        import prefork._process
        def fail(work):
            raise MemoryError
        prefork._process.end = fail
        children = Children()
        ours, theirs = socket.socketpair()
        try:
            pid = children.start(print)
        finally:
            theirs.send(b"%d" % os.getpid())
        assert wait(children, pid)[0].code == 1
        assert ours.recv(100) == b"%d" % os.getpid()
    """)
