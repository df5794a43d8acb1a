"""What a forked process does before and after its work."""

import os
import sys
from pathlib import Path

import pytest

from prefork._child import EXIT_FAILED, flush_streams, run, stderr_descriptor
from tests.prefork.isolated import check_isolated, run_isolated

IN_CHILD = """
    from prefork._child import cut_loose, end

    def in_child(work, leave=()):
        pid = os.fork()
        if pid == 0:
            cut_loose(leave)
            end(work)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def leave_with(code: object) -> None:
    raise SystemExit(code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, 0), (0, 0), (3, 3), (True, 1), (256 + 7, 7), (-1, 255), ("too bad", 1)],
)
def test_the_code_of_system_exit(
    code: object, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(lambda: leave_with(code)) == expected
    assert capsys.readouterr().err == ("too bad\n" if isinstance(code, str) else "")


def test_work_that_returns_gives_code_0() -> None:
    assert run(lambda: 5) == 0


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt("bad"), MemoryError("bad")])
def test_an_exception_is_told_and_gives_code_1(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        raise error

    assert run(work) == EXIT_FAILED
    assert f"{type(error).__name__}: bad" in capsys.readouterr().err


def test_the_programs_own_hook_tells_and_may_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hook(*_: object) -> None:
        raise OSError("the hook")

    def work() -> None:
        raise ValueError("the work")

    monkeypatch.setattr(sys, "excepthook", hook)
    assert run(work) == EXIT_FAILED
    assert "ValueError: the work" in capsys.readouterr().err


def test_streams_that_are_not_there_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", object())
    flush_streams()


def test_where_there_is_no_stderr_stacks_go_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stderr__", None)
    descriptor = stderr_descriptor()
    assert os.fstat(descriptor).st_rdev == Path(os.devnull).stat().st_rdev
    os.close(descriptor)


def test_it_ends_as_the_interpreter_would() -> None:
    outcome = check_isolated(
        IN_CHILD
        + """
    import atexit
    def work():
        gate = threading.Event()
        def last():
            gate.wait()
            print("thread", flush=True)
        threading.Thread(target=last).start()
        atexit.register(print, "atexit")
        atexit.register(lambda: 1 / 0)
        atexit.register(gate.is_set)
        print("work")
        sys.stdout.write("begun, ")
        gate.set()
        sys.exit(4)
    assert in_child(work) == 4
    """
    )
    assert outcome.out.splitlines() == ["work", "begun, thread", "atexit"]
    assert "ZeroDivisionError" in outcome.err


def test_what_the_parent_has_for_its_own_end_is_not_done_by_the_child() -> None:
    outcome = check_isolated(
        IN_CHILD
        + """
    import atexit, tempfile, pathlib, logging.handlers
    atexit.register(print, "of the parent")
    directory = tempfile.TemporaryDirectory()
    made = []
    def work():
        atexit.register(lambda: print("of the child"))
        mine = tempfile.TemporaryDirectory()
        globals()["keep"] = mine
        print(mine.name, flush=True)
        logger = logging.getLogger("x")
        target = logging.StreamHandler(sys.stdout)
        logger.addHandler(logging.handlers.MemoryHandler(9, target=target))
        logger.warning("kept until the end")
    assert in_child(work) == 0
    assert pathlib.Path(directory.name).exists()
    """
    )
    name, *rest = outcome.out.splitlines()
    assert rest == ["of the child", "kept until the end", "of the parent"]
    assert not Path(name).exists()


def test_the_signals_of_the_parent_are_forgotten() -> None:
    check_isolated(
        IN_CHILD
        + """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM):
        signal.signal(number, print)
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno())
    def work():
        for name in ("SIGINT", "SIGHUP", "SIGTTIN", "SIGTTOU", "SIGUSR1"):
            number = getattr(signal, name)
            assert signal.getsignal(number) is signal.SIG_IGN, number
            os.kill(os.getpid(), number)
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM):
            assert signal.getsignal(number) is signal.SIG_DFL, number
        assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
        assert signal.set_wakeup_fd(-1) == -1
        sys.exit(9)
    assert in_child(work) == 9
    reading.setblocking(False)
    signal.set_wakeup_fd(-1)
    # Only SIGCHLD of our own child.
    assert set(reading.recv(100)) == {signal.SIGCHLD}
    """
    )


def test_what_the_parent_holds_is_closed_and_what_fails_to_close_is_passed_over() -> None:
    check_isolated(
        IN_CHILD
        + """
    class Broken:
        def close(self):
            raise OSError(5, "no")
    ours, theirs = socket.socketpair()
    def work():
        assert ours.fileno() == -1
        assert theirs.fileno() != -1
    assert in_child(work, [Broken(), ours]) == 0
    assert ours.fileno() != -1
    """
    )


def test_nothing_leaves_it_but_the_code() -> None:
    outcome = run_isolated(
        """
    from prefork._child import end
    import prefork._child
    def fail(*_):
        raise MemoryError
    prefork._child.run = fail
    try:
        end(print)
    finally:
        print("escaped", flush=True)
    """
    )
    assert (outcome.code, outcome.out) == (1, "")


@pytest.mark.parametrize("body", ["time.sleep(100)", "while True: pass"], ids=["sleeping", "busy"])
def test_sigusr2_dumps_the_stacks_of_a_blocked_process(body: str) -> None:
    outcome = check_isolated(f"""
        import subprocess
        from prefork._child import cut_loose, end
        go, told = os.pipe()
        dump, stderr = os.pipe()
        def the_work_that_blocks():
            os.write(told, b"!")
            {body}
        pid = os.fork()
        if pid == 0:
            os.dup2(stderr, 2)
            cut_loose([])
            end(the_work_that_blocks)
        os.read(go, 1)
        for _ in range(2):
            os.kill(pid, signal.SIGUSR2)
            text = b""
            while b"in <module>" not in text:
                text += os.read(dump, 4096)
            assert b"in the_work_that_blocks" in text, text
        assert os.waitpid(pid, os.WNOHANG) == (0, 0)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    """)
    assert outcome.err == ""
