"""A worker's side of its channel, and the end of one whose supervisor was killed."""

import sys

import pytest

from tests.prefork.isolated import Outcome, check_isolated, run_isolated

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux kills with the parent")

PRELUDE = """
    from functools import partial
    from prefork._address import TcpAddress
    from prefork._channel import Channel, Sent
    from prefork._listener import Listener
    from prefork._messages import Accept, Connection, Hold, ReopenLogs, Stop, StopNow
    from prefork._options import Options
    from prefork._reasons import StopReason
    from prefork._records import Kind, Record
    from prefork._worker import Assignment, Worker, run_worker
    import prefork._deadman

    listening = socket.create_server(("127.0.0.1", 0))
    listener = Listener(listening, TcpAddress("127.0.0.1", 0))
    address = listening.getsockname()
    listening.setblocking(True)

    def assign(**options):
        return Assignment(2, 5, 100, (listener,), Options(**options), {"name": "settings"})

    def make(**options):
        ours, theirs = Channel.pair()
        return ours, Worker(theirs, assign(**options))

    def records(channel):
        found = []
        while (received := channel.receive()) is not None:
            found.append(received.record)
        return found

    def connect():
        client = socket.create_connection(address)
        return client, listening.accept()[0]
"""


def check(script: str) -> Outcome:
    outcome = check_isolated(PRELUDE + script)
    assert outcome.err == ""
    return outcome


def test_it_says_who_it_is_and_that_it_is_ready_once() -> None:
    check("""
    ours, worker = make()
    assert records(ours) == [Record(Kind.HELLO, c=os.getpid())]
    assert (worker.index, worker.generation, worker.max_tasks) == (2, 5, 100)
    assert worker.listeners == (listener,)
    assert worker.settings == {"name": "settings"}
    worker.ready()
    assert records(ours) == [Record(Kind.READY)]
    try:
        worker.ready()
    except RuntimeError:
        sys.exit(0)
    sys.exit(1)
    """)


def test_what_it_is_told() -> None:
    check("""
    ours, worker = make()
    assert worker.poll() == []
    for kind in (Kind.ACCEPT, Kind.HOLD, Kind.REOPEN, Kind.STOP_NOW):
        ours.send(Record(kind))
    ours.send(Record(Kind.STOP, a=StopReason.RESTARTED), 0)
    ours.send(Record(Kind.STOP, a=StopReason.STOPPED))
    # Of no worker's concern.
    ours.send(Record(Kind.HELLO))
    readable(worker)
    assert worker.poll() == [
        Accept(), Hold(), ReopenLogs(), StopNow(), Stop(StopReason.RESTARTED)
    ]
    ours.close()
    readable(worker)
    assert worker.poll() == []
    """)


def test_the_end_of_the_supervisor_is_a_stop_that_comes_once() -> None:
    check("""
    ours, worker = make()
    ours.send(Record(Kind.HOLD))
    ours.close()
    assert worker.poll() == [Hold(), Stop(StopReason.ORPHANED)]
    assert worker.poll() == []
    worker.report(1, 1, 1)
    """)


def test_reports_have_the_numbers_given() -> None:
    check("""
    ours, worker = make()
    worker.report(7, 8, 2**40)
    worker.report(6, 9, 2**40 + 1)
    assert records(ours)[1:] == [
        Record(Kind.REPORT, b=7, d=8, e=2**40), Record(Kind.REPORT, b=6, d=9, e=2**40 + 1)
    ]
    """)


def test_a_connection_that_was_passed_is_reported_at_once() -> None:
    check("""
    ours, worker = make()
    worker.report(3, 1, 4)
    pairs = [connect(), connect()]
    for number, (_, accepted) in enumerate(pairs):
        ours.send(Record(Kind.CONNECTION, c=number), accepted.fileno())
        accepted.close()
    first, second = worker.poll()
    for (client, _), connection in zip(pairs, (first, second)):
        assert connection.listener == 0
        sock = connection.socket
        assert (sock.family, sock.type, sock.proto) == (
            socket.AF_INET, socket.SOCK_STREAM, listening.proto
        )
        assert sock.gettimeout() == 0 and not os.get_blocking(sock.fileno())
        assert sock.getpeername() == client.getsockname()
        client.close()
        sock.close()
    assert records(ours)[2:] == [Record(Kind.REPORT, b=5, c=2, d=1, e=4)]
    worker.report(0, 0, 6)
    assert records(ours) == [Record(Kind.REPORT, b=0, c=2, d=0, e=6)]
    """)


def test_one_poll_takes_a_bounded_number() -> None:
    check("""
    ours, worker = make()
    for _ in range(70):
        assert ours.send(Record(Kind.HOLD)) is Sent.DONE
    assert len(worker.poll()) == 64
    readable(worker)
    assert len(worker.poll()) == 6
    """)


def test_a_connection_without_a_free_descriptor_is_returned_before_it_is_counted() -> None:
    check("""
    import resource
    ours, worker = make()
    client, accepted = connect()
    for number in (41, 42, 43):
        ours.send(Record(Kind.CONNECTION, c=number), accepted.fileno())
    records(ours)
    free = os.dup(0)
    os.close(free)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, limits[1]))
    (connection,) = worker.poll()
    assert records(ours) == [
        Record(Kind.RETURNED, c=42), Record(Kind.RETURNED, c=43), Record(Kind.REPORT, b=1, c=3)
    ]
    for sock in (client, accepted, connection.socket):
        sock.close()
    """)


def test_a_supervisor_that_does_not_read_loses_nothing_and_delays_nobody() -> None:
    check("""
    import resource
    ours, worker = make()
    for number in range(1000):
        worker.report(number, 0, number)
    # What must not be lost, while the channel is full.
    client, accepted = connect()
    ours.send(Record(Kind.CONNECTION, c=9), accepted.fileno())
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    assert worker.poll() == []
    worker.report(1000, 0, 1000)
    found = records(ours)
    assert found[-1].e < 999 and Record(Kind.RETURNED, c=9) not in found
    worker.poll()
    assert records(ours) == [
        Record(Kind.RETURNED, c=9), Record(Kind.REPORT, b=1000, c=1, d=0, e=1000)
    ]
    client.close(), accepted.close()
    """)


def test_sigterm_asks_for_a_replacement_once() -> None:
    check("""
    ours, worker = make()
    worker.ready()
    records(ours)
    os.kill(os.getpid(), signal.SIGTERM)
    assert records(ours) == []
    worker.report(0, 0, 0)
    worker.report(0, 0, 1)
    assert [record.kind for record in records(ours)] == [Kind.RETIRE, Kind.REPORT, Kind.REPORT]
    os.kill(os.getpid(), signal.SIGTERM)
    ours.send(Record(Kind.STOP))
    worker.poll()
    assert records(ours) == []
    """)


def test_sigterm_ends_a_worker_that_is_not_ready() -> None:
    outcome = run_isolated(
        PRELUDE
        + """
    make()
    os.kill(os.getpid(), signal.SIGTERM)
    """
    )
    assert outcome.code == -15


def test_a_worker_in_a_process_of_its_own() -> None:
    outcome = check("""
    children = Children()
    def work(worker):
        worker.ready()
        while True:
            readable(worker)
            for message in worker.poll():
                os.write(1, f"{type(message).__name__} {os.getpid()}\\n".encode())
                if isinstance(message, Stop):
                    sys.exit(7)
    ours, theirs = Channel.pair()
    pid = children.start(partial(run_worker, work, theirs, assign()), leave=[ours])
    theirs.close()
    for kind in (Kind.HELLO, Kind.READY):
        readable(ours)
        received = ours.receive()
        assert received.record.kind is kind
        assert received.record.c == (pid if kind is Kind.HELLO else 0)
    ours.send(Record(Kind.HOLD))
    ours.send(Record(Kind.STOP))
    os.write(1, b"%d\\n" % pid)
    assert wait(children, pid)[0].code == 7
    readable(ours)
    assert ours.receive() is None and ours.is_ended
    """)
    lines = outcome.out.splitlines()
    pid = next(line for line in lines if " " not in line)
    assert sorted(lines) == sorted([pid, f"Hold {pid}", f"Stop {pid}"])


ORPHAN = """
    prefork._deadman._BEAT_GRACE = 0.1
    prefork._deadman._REARM_INTERVAL = 0.1
    prefork._deadman._STOP_GRACE = 0.1
    children = Children()
    go, told = os.pipe()
    def the_work_that_blocks(worker):
        READY
        os.write(told, b"!")
        BODY
    ours, theirs = Channel.pair()
    pid = children.start(
        partial(run_worker, the_work_that_blocks, theirs,
                assign(heartbeat_timeout=HEARTBEAT, stop_timeout=0.1)),
        leave=[ours],
        dies_with_parent=True,
    )
    theirs.close()
    os.read(go, 1)
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""Ends, by the end of its output, when the worker has ended too."""


def orphan(body: str, *, ready: str = "worker.ready()", heartbeat: float = 0.1) -> Outcome:
    script = ORPHAN.replace("BODY", body).replace("READY", ready)
    outcome = run_isolated(PRELUDE + script.replace("HEARTBEAT", str(heartbeat)))
    assert outcome.code == -9
    return outcome


@pytest.mark.parametrize("body", ["time.sleep(100)", "while True: pass"], ids=["sleeping", "busy"])
@pytest.mark.parametrize("heartbeat", [0.1, 0])
def test_a_blocked_worker_does_not_outlive_a_killed_supervisor(body: str, heartbeat: float) -> None:
    assert "in the_work_that_blocks" in orphan(body, heartbeat=heartbeat).err


@linux_only
def test_nor_does_one_that_is_not_ready() -> None:
    assert orphan("time.sleep(100)", ready="", heartbeat=0).err == ""


def test_nor_one_that_does_not_stop() -> None:
    body = "readable(worker); assert worker.poll(); time.sleep(100)"
    assert "in the_work_that_blocks" in orphan(body, heartbeat=0).err


def test_one_that_stops_is_left_in_peace() -> None:
    body = "readable(worker); print(worker.poll()[0].reason.name, flush=True)"
    outcome = orphan(body, heartbeat=0)
    assert (outcome.out, outcome.err) == ("ORPHANED\n", "")
