"""A worker without a loop of its own, with real sockets; the supervisor is a thread."""

from tests.prefork.isolated import Outcome, check_isolated
from tests.prefork.test_worker import PRELUDE as WORKER

PRELUDE = (
    WORKER
    + """
    listening.setblocking(False)

    def serve(worker, found):
        for sock in worker.connections(reopen_logs=lambda: found.append("reopened")):
            found.append(sock)

    def start(**options):
        # The supervisor is a thread here, the worker the main thread: `act` is its script.
        ours, worker = make(**options)
        return ours, worker

    def run(worker, act):
        failed = []
        def supervise():
            try:
                act()
            except BaseException as error:
                failed.append(error)
                ours.send(Record(Kind.STOP))
        thread = threading.Thread(target=supervise)
        thread.start()
        for sock in worker.connections(reopen_logs=reopened.set):
            assert sock.gettimeout() is None and os.get_blocking(sock.fileno())
            queue.append(sock)
            del sock
            taken.release()
        thread.join()
        if failed:
            raise failed[0]

    ours, worker = start()
    queue, taken, reopened = [], threading.Semaphore(0), threading.Event()

    def report_with(**wanted):
        # The next report that says so.
        while True:
            readable(ours)
            while (received := ours.receive()) is not None:
                record = received.record
                if record.kind is Kind.REPORT and all(
                    getattr(record, name) == value for name, value in wanted.items()
                ):
                    return record

    def take():
        assert taken.acquire(timeout=20)
        return queue.pop(0)
"""
)


def check(script: str) -> Outcome:
    outcome = check_isolated(PRELUDE + script)
    assert outcome.err == ""
    return outcome


def test_it_reports_accepts_when_told_and_ends_when_told() -> None:
    check("""
    def act():
        report_with(b=0, c=0, d=0, e=0)
        ours.send(Record(Kind.ACCEPT))
        ours.send(Record(Kind.ACCEPT))
        with socket.create_connection(address) as client:
            with take() as sock:
                client.send(b"hello")
                assert sock.recv(10) == b"hello"
                report_with(b=1, c=0, d=1, e=0)
            report_with(b=0, d=0, e=1)
        ours.send(Record(Kind.HOLD))
        ours.send(Record(Kind.REOPEN))
        assert reopened.wait(20)
        with socket.create_connection(address) as client:
            # It waits in the backlog until accepting is wanted again.
            report_with(b=0, e=1)
            assert not queue
            ours.send(Record(Kind.ACCEPT))
            take().close()
        report_with(e=2)
        ours.send(Record(Kind.STOP))
    run(worker, act)
    """)


def test_connections_are_counted_until_they_are_closed_or_dropped() -> None:
    check("""
    def act():
        clients = [socket.create_connection(address) for _ in range(3)]
        ours.send(Record(Kind.ACCEPT))
        socks = [take() for _ in range(3)]
        report_with(b=3, d=3, e=0)
        socks.pop(0).close()
        report_with(b=2, d=2, e=1)
        # The last that came, of which nothing may be kept. The collector closes it, and says so.
        import warnings
        warnings.simplefilter("ignore", ResourceWarning)
        socks.pop()
        report_with(b=1, d=1, e=2)
        file = socks[0].makefile()
        socks.pop().close()
        file.close()
        report_with(b=0, d=0, e=3)
        for client in clients:
            client.close()
        ours.close()
    run(worker, act)
    """)


def test_connections_that_were_passed_are_served_though_the_stop_is_there() -> None:
    check("""
    def act():
        clients = [socket.create_connection(address) for _ in range(3)]
        for number in range(3):
            readable(listening)
            accepted, _ = listening.accept()
            if number == 2:
                ours.send(Record(Kind.STOP))
            ours.send(Record(Kind.CONNECTION, c=number), accepted.fileno())
            accepted.close()
        for client in clients:
            client.close()
    # All is there when it begins: the last one came after the stop.
    act()
    run(worker, lambda: None)
    assert len(queue) == 3
    for sock in queue:
        sock.close()
    """)


def test_stop_now_ends_it_too() -> None:
    check("""
    run(worker, lambda: ours.send(Record(Kind.STOP_NOW)))
    """)


def test_without_a_free_descriptor_it_pauses_and_recovers() -> None:
    check("""
    import resource
    import prefork._blocking
    prefork._blocking._PAUSE = 0.05
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    def act():
        report_with(b=0)
        client = socket.create_connection(address)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
        ours.send(Record(Kind.ACCEPT))
        for _ in range(4):
            report_with(b=0)
        assert not queue
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        take().close()
        client.close()
        ours.send(Record(Kind.STOP))
    run(worker, act)
    """)


def test_a_client_that_left_the_backlog_is_passed_over() -> None:
    check("""
    import errno
    class Listening:
        def fileno(self):
            return listening.fileno()
        def accept(self):
            if left:
                raise left.pop()
            return listening.accept()
    left = [ConnectionAbortedError(errno.ECONNABORTED, "left"), OSError(errno.EPROTO, "left")]
    from prefork._blocking import _Accepting
    import selectors
    with selectors.DefaultSelector() as selector:
        accepting = _Accepting(selector, [])
        accepting.want(is_wanted=True)
        client = socket.create_connection(address)
        readable(listening)
        assert list(accepting.accept(Listening())) == []
        assert list(accepting.accept(Listening())) == []
        (sock,) = accepting.accept(Listening())
        accepting.want(is_wanted=False)
        assert list(accepting.accept(Listening())) == []
        sock.close(), client.close()
    """)


def test_a_pause_takes_the_listeners_out_of_the_selector() -> None:
    check("""
    import errno, selectors
    from prefork._blocking import _PAUSE, _Accepting
    class Exhausted:
        def accept(self):
            raise OSError(errno.EMFILE, "none left")
    with selectors.DefaultSelector() as selector:
        accepting = _Accepting(selector, [listener])
        accepting.want(is_wanted=True)
        assert len(selector.get_map()) == 1
        assert list(accepting.accept(Exhausted())) == []
        now = time.monotonic()
        assert len(selector.get_map()) == 0
        accepting.resume(now - 10)
        assert len(selector.get_map()) == 0
        accepting.resume(now + _PAUSE)
        assert len(selector.get_map()) == 1
    """)
