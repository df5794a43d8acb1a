"""Workers that are forked from a template, and what is left when it dies."""

import sys

import pytest

from tests.prefork.isolated import Outcome, check_isolated, run_isolated
from tests.prefork.test_worker import PRELUDE as WORKER

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="preloading needs Linux")

PRELUDE = (
    WORKER
    + """
    import gc
    from prefork._options import Plan
    from prefork._prctl import become_subreaper
    from prefork._template import Preload, Template

    become_subreaper()
    children = Children()
    loaded = []

    def load(settings):
        loaded.append((settings, os.getpid()))

    def work(worker):
        worker.ready()
        while True:
            readable(worker)
            for message in worker.poll():
                if isinstance(message, Stop):
                    sys.exit(message.reason + 10)

    def start(load=load, work=work, **more):
        plan = Plan(Options(heartbeat_timeout=9), {"name": "settings"})
        preload = Preload(4, plan, load, work, [listener.address])
        template = Template.start(children, preload, leave=[listening], **more)
        assert template.generation == 4
        return template

    def start_ready(**more):
        template = start(**more)
        readable(template)
        assert template.receive() and not template.is_ended
        assert not template.receive()
        return template

    def spawn(template):
        ours, theirs = Channel.pair()
        assert template.spawn(assign(), theirs) is Sent.DONE
        theirs.close()
        return ours

    def expect(channel, kind):
        readable(channel)
        received = channel.receive()
        assert received is not None and received.record.kind is kind, received
        return received.record

    def expect_end(channel):
        readable(channel)
        assert channel.receive() is None and channel.is_ended
"""
)


def check(script: str) -> Outcome:
    outcome = check_isolated(PRELUDE + script)
    assert outcome.err == ""
    return outcome


def test_workers_come_from_what_was_loaded_once_and_are_children_of_the_supervisor() -> None:
    check("""
    def work_and_tell(worker):
        assert gc.get_freeze_count() > 0
        assert (worker.index, worker.generation, worker.max_tasks) == (2, 5, 100)
        assert worker.settings == {"name": "settings"}
        assert worker.options.heartbeat_timeout == 9
        (mine,) = worker.listeners
        assert mine.address == listener.address
        assert mine.socket.getsockname() == address
        # What the template needs, a worker has not.
        kinds = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
                 if os.path.exists(f"/proc/self/fd/{name}")]
        assert sum("socket" in kind for kind in kinds) == 2, kinds
        ((settings, pid),) = loaded
        assert settings == worker.settings
        told.send(b"%d" % pid)
        work(worker)

    told = os.pipe()
    class Told:
        send = staticmethod(partial(os.write, told[1]))
    reading, told = told[0], Told

    template = start_ready(work=work_and_tell)
    assert loaded == []
    workers = [spawn(template) for _ in range(3)]
    pids = []
    for channel in workers:
        pid = expect(channel, Kind.HELLO).c
        assert children.adopt(pid) is None
        pids.append(pid)
        expect(channel, Kind.READY)
        wanted = b"%d" % template.pid
        assert os.read(reading, len(wanted)) == wanted
    assert len({*pids, template.pid, os.getpid()}) == 5
    for channel in workers:
        channel.send(Record(Kind.STOP, a=StopReason.RESTARTED))
    assert [status.code for status in wait(children, *pids)] == [11, 11, 11]
    # The processes between are gone as well.
    template.close()
    assert wait(children, template.pid)[0].code == 0
    try:
        os.wait()
    except ChildProcessError:
        sys.exit(0)
    sys.exit(1)
    """)


def test_workers_outlive_their_template_and_the_end_of_its_program() -> None:
    outcome = check("""
    import atexit
    def load(settings):
        atexit.register(print, "atexit of the program")
        threading.Thread(target=time.sleep, args=(100,)).start()
    template = start_ready(load=load)
    worker = spawn(template)
    pid = expect(worker, Kind.HELLO).c
    expect(worker, Kind.READY)
    template.close()
    assert wait(children, template.pid)[0].code == 0
    children.adopt(pid)
    worker.send(Record(Kind.STOP))
    assert wait(children, pid)[0].code == 10
    """)
    assert outcome.out == "atexit of the program\n"


def test_a_template_that_is_killed_with_a_request_unread_lets_the_channel_end() -> None:
    check("""
    template = start_ready()
    os.kill(template.pid, signal.SIGSTOP)
    workers = [spawn(template), spawn(template)]
    children.kill(template.pid, signal.SIGKILL)
    assert wait(children, template.pid)[0].signal == signal.SIGKILL
    for worker in workers:
        expect_end(worker)
    assert not template.receive() and template.is_ended
    ours, theirs = Channel.pair()
    assert template.spawn(assign(), theirs) is Sent.GONE
    """)


def test_a_template_that_is_killed_after_the_fork_leaves_a_worker_that_tells() -> None:
    check("""
    # Killed by the worker itself, before the worker has said anything.
    import prefork._template
    run = prefork._template.run_worker
    def kill_and_run(*args):
        os.kill(template_pid[0], signal.SIGKILL)
        run(*args)
    prefork._template.run_worker = kill_and_run
    template_pid = []
    template = start_ready(load=lambda _: template_pid.append(os.getpid()))
    worker = spawn(template)
    pid = expect(worker, Kind.HELLO).c
    children.adopt(pid)
    expect(worker, Kind.READY)
    assert wait(children, template.pid)[0].signal == signal.SIGKILL
    worker.send(Record(Kind.STOP))
    assert wait(children, pid)[0].code == 10
    """)


def test_a_worker_that_dies_before_its_word_is_read_is_not_forgotten() -> None:
    check("""
    template = start_ready(work=lambda worker: os._exit(9))
    worker = spawn(template)
    poll = select.poll()
    poll.register(worker, 0)
    # Hung up: both the word and the end are there.
    assert poll.poll(20000)
    while not children._strangers:
        assert children.reap() == []
        time.sleep(0.002)
    assert children.adopt(expect(worker, Kind.HELLO).c).code == 9
    template.close()
    wait(children, template.pid)
    """)


def test_a_fork_that_fails_in_the_template_ends_the_channel_and_is_told() -> None:
    outcome = check_isolated(
        PRELUDE
        + """
    import errno, prefork._process
    bare = prefork._process._bare_fork
    def load(settings):
        def fork():
            raise OSError(errno.EAGAIN, "no")
        prefork._process._bare_fork = fork
    template = start_ready(load=load)
    expect_end(spawn(template))
    expect_end(spawn(template))
    template.close()
    assert wait(children, template.pid)[0].code == 0
    """
    )
    assert outcome.err.count("cannot start a worker") == 2


def test_a_template_without_descriptors_ends_the_channel_and_is_told() -> None:
    outcome = check_isolated(
        PRELUDE
        + """
    import resource
    def load(settings):
        import selectors
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        # One for the selector, one for the control channel, none for the listener.
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + 2, limits[1]))
    template = start_ready(load=load)
    expect_end(spawn(template))
    template.close()
    assert wait(children, template.pid)[0].code == 0
    """
    )
    assert "too few descriptors" in outcome.err


@pytest.mark.parametrize(
    ("statement", "code", "text"),
    [
        ("raise ValueError('cannot load')", 1, "ValueError: cannot load"),
        ("sys.exit(3)", 3, ""),
        ("sys.exit(0)", 0, ""),
    ],
)
def test_a_program_that_cannot_be_loaded_ends_the_template(
    statement: str, code: int, text: str
) -> None:
    outcome = check_isolated(
        PRELUDE
        + f"""
    def load(settings):
        threading.Thread(target=time.sleep, args=(100,)).start()
        {statement}
    template = start(load=load)
    readable(template)
    assert not template.receive() and template.is_ended
    assert wait(children, template.pid)[0].code == {code}
    """
    )
    assert text in outcome.err


def test_privileges_are_dropped_once_before_loading() -> None:
    check("""
    steps = []
    def load(settings):
        steps.append("load")
    def work(worker):
        os._exit(20 if steps == ["prepare", "load"] else 21)
    template = start_ready(load=load, work=work, prepare=lambda: steps.append("prepare"))
    worker = spawn(template)
    pid = expect(worker, Kind.HELLO).c
    status = children.adopt(pid) or wait(children, pid)[0]
    assert status.code == 20
    template.close()
    wait(children, template.pid)
    """)


def test_a_template_that_loads_dies_with_the_supervisor() -> None:
    outcome = run_isolated(
        PRELUDE
        + """
    go, told = os.pipe()
    def load(settings):
        os.write(told, b"!")
        time.sleep(100)
    start(load=load)
    os.read(go, 1)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    )
    assert (outcome.code, outcome.err) == (-9, "")


def test_too_many_listeners_are_refused() -> None:
    check("""
    template = start_ready()
    many = Assignment(0, 0, 0, (listener,) * 64, Options(), None)
    try:
        template.spawn(many, Channel.pair()[0])
    except ValueError as error:
        assert "63 listeners" in str(error)
    else:
        sys.exit(1)
    template.close()
    wait(children, template.pid)
    """)


def test_no_descriptors_for_it_is_a_status() -> None:
    check("""
    import prefork._process, errno, resource
    def fork():
        raise OSError(errno.ENOMEM, "no")
    prefork._process._bare_fork = fork
    preload = Preload(4, Plan(), load, work, [])
    free = os.dup(0)
    os.close(free)
    assert "cannot allocate memory" in str(Template.start(children, preload))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    assert "no channel" in str(Template.start(children, preload))
    """)
