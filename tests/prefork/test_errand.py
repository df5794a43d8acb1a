"""Configuration that is read in a child."""

import pytest

from tests.prefork.isolated import Outcome, check_isolated

PRELUDE = """
    from prefork._errand import Errand, ErrandFailure
    from prefork._options import Options, Plan

    children = Children()

    def send(reload, **more):
        errand = Errand.start(children, reload, **more)
        while (result := errand.receive()) is None:
            readable(errand)
        errand.close()
        return errand, result
"""


def check(script: str) -> Outcome:
    return check_isolated(PRELUDE + script)


def test_a_plan_comes_back_as_the_child_has_read_it() -> None:
    check("""
    def reload():
        return Plan(Options(workers=3), settings={"pid": os.getpid(), "large": "x" * 1_000_000})
    errand, plan = send(reload)
    assert plan.options == Options(workers=3)
    assert plan.settings["pid"] == errand.pid != os.getpid()
    assert len(plan.settings["large"]) == 1_000_000
    assert wait(children, errand.pid)[0].code == 0
    """)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("raise ValueError('no such option: x')", "no such option: x"),
        ("raise KeyError", "KeyError"),
        ("sys.exit(2)", "the reader of the configuration ended with code 2"),
        ("raise ValueError('x' * 10_000)", "x" * 2000),
        ("return 5", "the reload hook returned int, not a Plan"),
        ("return Plan(settings=lambda: 5)", "an't"),
        ("os._exit(0)", "the process that read it ended before it was done"),
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "the process that read it ended before it was done",
        ),
        ("return Plan(settings=b'x' * (17 << 20))", "what was read is too large"),
        ("return Plan(settings=Bad())", "cannot be loaded"),
    ],
)
def test_what_goes_wrong_comes_back_as_text(statement: str, text: str) -> None:
    outcome = check(f"""
    def bad():
        raise ValueError("cannot be loaded")
    class Bad:
        def __reduce__(self):
            return bad, ()
    def reload():
        {statement}
    errand, failure = send(reload)
    assert type(failure) is ErrandFailure, failure
    print(failure.text)
    wait(children, errand.pid)
    """)
    assert text in outcome.out
    assert len(outcome.out) <= 2001
    assert outcome.err == ""


def test_a_process_that_it_leaves_behind_does_not_delay_the_answer() -> None:
    check("""
    ours, theirs = socket.socketpair()
    def reload():
        if os.fork() == 0:
            theirs.send(b"%d" % os.getpid())
            signal.pause()
        return Plan(settings=7)
    errand, plan = send(reload)
    assert plan.settings == 7
    wait(children, errand.pid)
    os.kill(int(ours.recv(20)), signal.SIGKILL)
    """)


def test_nobody_waits_for_one_that_hangs() -> None:
    outcome = check("""
    import prefork._errand
    prefork._errand._LONGEST = 0.2
    def reload_that_hangs():
        while True:
            pass
    errand, failure = send(reload_that_hangs)
    assert "ended before" in failure.text
    assert wait(children, errand.pid)[0].code == 1
    """)
    assert "in reload_that_hangs" in outcome.err


def test_the_supervisor_may_lose_interest() -> None:
    outcome = check("""
    go, told = os.pipe()
    def reload():
        os.read(go, 1)
        return Plan()
    errand = Errand.start(children, reload)
    assert errand.receive() is None
    errand.close()
    errand.close()
    os.write(told, b"!")
    assert wait(children, errand.pid)[0].code == 0
    """)
    assert outcome.err == ""


def test_leaving_and_preparing_come_first() -> None:
    check("""
    ours, theirs = socket.socketpair()
    steps = []
    _, plan = send(lambda: Plan(settings=steps + [ours.fileno()]), leave=[ours],
                   prepare=lambda: steps.append("prepared"))
    assert plan.settings == ["prepared", -1]
    """)


def test_no_descriptors_for_it_is_a_status() -> None:
    check("""
    import prefork._process, errno, resource
    def fork():
        raise OSError(errno.ENOMEM, "no")
    prefork._process._bare_fork = fork
    before = os.dup(0)
    os.close(before)
    assert "cannot allocate memory" in str(Errand.start(children, Plan))
    after = os.dup(0)
    os.close(after)
    assert before == after
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, before))
    assert "no pipe" in str(Errand.start(children, Plan))
    """)
