"""Workers as they are seen from outside: who serves, what each signal does, who is replaced."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.workers import Workers, begin, is_alive, wait_gone
from tests.server.wsclient import Http1WebSocket


def test_one_worker_is_supervised() -> None:
    with Workers(count=0) as server:
        (worker,) = server.workers
        assert worker != server.pid
        process = server.ask("/process")
        assert (process["pid"], process["parent"]) == (worker, server.pid)
        server.stop()
    assert not is_alive(worker)


def test_both_of_two_serve() -> None:
    with (
        Workers() as server,
        Http1Client(server.endpoint) as one,
        Http1Client(server.endpoint) as other,
    ):
        assert {begin(one, "/wait"), begin(other, "/wait")} == set(server.workers)


def test_the_supervisor_does_not_import_the_application() -> None:
    with Workers() as server:
        assert server.ask("/process")["imported_by"] in server.workers
        maps = Path(f"/proc/{server.pid}/maps").read_text(encoding="utf-8")
        assert "uvloop" not in maps


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_stop_lets_requests_end(self, number: signal.Signals) -> None:
        with Workers() as server, H2Client(server.endpoint) as client:
            stream = client.request("/slow?seconds=1")
            client.flush()
            client.get("/")
            server.signal(number)
            answer = client.response(stream)
            assert (answer.status, answer.is_complete) == (200, True)
            assert server.wait() == 0
            assert server.workers == []

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_the_second_stops_at_once(self, number: signal.Signals) -> None:
        with Workers() as server, Http1Client(server.endpoint) as client:
            begin(client, "/endless")
            workers = server.workers
            server.signal(number)
            wait_refused(server)
            begun = time.monotonic()
            server.signal(number)
            server.wait(5)
            assert time.monotonic() - begun < 2.5
            assert not any(map(is_alive, workers))

    def test_hangup_replaces_all(self) -> None:
        with Workers() as server:
            old = server.workers
            server.signal(signal.SIGHUP)
            server.wait_replaced(old)
            assert server.ask() in server.workers

    def test_more_and_fewer(self) -> None:
        with Workers(count=1) as server:
            (first,) = server.workers
            for count in (2, 3):
                server.signal(signal.SIGTTIN)
                assert server.wait_workers(lambda found: len(found) == count)[0] == first  # noqa: B023
            clients = [Http1Client(server.endpoint) for _ in range(3)]
            assert {begin(client, "/wait") for client in clients} == set(server.workers)
            for client in clients:
                client.__exit__()
            for count in (2, 1):
                server.signal(signal.SIGTTOU)
                server.wait_workers(lambda found: len(found) == count)  # noqa: B023
            server.signal(signal.SIGTTOU)
            server.signal(signal.SIGTTIN)
            server.wait_workers(lambda found: len(found) == 2)
            assert server.ask() in server.workers

    def test_a_scaled_down_worker_finishes_what_it_has(self) -> None:
        with Workers() as server:
            clients = [H2Client(server.endpoint) for _ in range(2)]
            streams = [client.request("/slow?seconds=1") for client in clients]
            for client in clients:
                client.flush()
                client.get("/")
            server.signal(signal.SIGTTOU)
            for client, stream in zip(clients, streams, strict=True):
                assert client.response(stream).status == 200
                client.__exit__()
            server.wait_workers(lambda found: len(found) == 1)

    def test_reopening_logs_disturbs_nobody(self) -> None:
        with Workers() as server, Http1Client(server.endpoint) as client:
            workers = server.workers
            client.get("/")
            server.signal(signal.SIGUSR1)
            server.signal(signal.SIGUSR1)
            assert client.get("/").status == 200
            assert server.ask() in workers
            assert server.workers == workers

    def test_log_files_that_were_moved_away_are_opened_anew(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        with Workers(count=1) as server:
            server.ask(f"/log?path={path}")
            path.rename(tmp_path / "log.1")
            server.ask(f"/log?path={path}")
            assert not path.exists()
            server.signal(signal.SIGUSR1)
            deadline = time.monotonic() + 10
            while not path.exists():
                assert time.monotonic() < deadline
                server.ask(f"/log?path={path}")
            assert (tmp_path / "log.1").read_text(encoding="utf-8").startswith("asked\nasked\n")

    @pytest.mark.slow
    def test_those_of_a_terminal_reach_workers_as_well(self) -> None:
        with Workers() as server, H2Client(server.endpoint) as client:
            stream = client.request("/slow?seconds=1")
            client.flush()
            client.get("/")
            for pid in (*server.workers, server.pid):
                os.kill(pid, signal.SIGINT)
            assert client.response(stream).status == 200
            assert server.wait() == 0


def wait_refused(server: Workers) -> None:
    """Wait until no connection is accepted."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            Http1Client(server.endpoint).__exit__()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue
        time.sleep(0.01)
    raise AssertionError("still accepts connections")


class TestReplacement:
    def test_a_killed_worker_comes_back(self) -> None:
        with Workers() as server:
            killed, other = server.workers
            os.kill(killed, signal.SIGKILL)
            found = server.wait_workers(lambda found: killed not in found and len(found) == 2)
            assert other in found
            assert server.ask() in found
            server.wait_line(rf"worker \[{killed}\] was killed by SIGKILL")

    @pytest.mark.slow
    def test_a_worker_that_is_asked_to_end_is_replaced(self) -> None:
        with Workers() as server, H2Client(server.endpoint) as client:
            stream = client.request("/slow?seconds=1")
            client.flush()
            asked = int(client.get("/").body)
            os.kill(asked, signal.SIGTERM)
            assert client.response(stream).status == 200
            server.wait_workers(lambda found: asked not in found and len(found) == 2)

    def test_a_worker_that_has_done_enough_retires(self) -> None:
        """No request fails, and never do two of them retire at a time."""
        with Workers("--max-requests", "20", "--max-requests-jitter", "5") as server:
            old = server.workers
            seen: set[int] = set()
            while len(seen) < 6:
                with Http1Client(server.endpoint) as client:
                    answer = client.get("/")
                    assert answer.status == 200
                    seen.add(int(answer.body))
            server.wait_workers(lambda found: len(found) >= 2 and not set(old) & set(found))
            served = 0
            for line in server.log:
                if "Started worker" in line:
                    served += 1
                elif "Stopped worker" in line:
                    served -= 1
                    assert served >= 2, "there were two until the last one of them was replaced"

    def test_a_worker_may_do_more_by_the_jitter(self) -> None:
        """Once in fifty million times it is none."""
        with Workers("--max-requests", "1", "--max-requests-jitter", str(10**9), count=1) as server:
            (worker,) = server.workers
            assert {int(server.ask("/")) for _ in range(20)} == {worker}
            assert server.workers == [worker]

    def test_a_worker_that_has_grown_retires(self) -> None:
        with Workers("--max-worker-memory", str(150 << 20)) as server:
            old = server.workers
            grown = server.ask(f"/grow?size={200 << 20}")
            found = server.wait_workers(lambda found: grown not in found and len(found) == 2)
            assert len(set(found) & set(old)) == 1

    def test_a_client_that_stays_is_moved_and_loses_nothing(self) -> None:
        with Workers("--max-requests", "20") as server:
            seen: set[int] = set()
            deadline = time.monotonic() + 15
            while len(seen) < 3:
                assert time.monotonic() < deadline
                with H2Client(server.endpoint) as client:
                    while not client.goaways:
                        answer = client.get("/")
                        assert answer.is_complete
                        seen.add(int(answer.body))

    def test_websockets_of_a_retiring_worker_are_told_to_come_back(self) -> None:
        with Workers(count=1) as server:
            session = Http1WebSocket(server.endpoint, "/")
            session.text("who?")
            (old,) = server.workers
            assert session.receive_text() == str(old)
            server.signal(signal.SIGHUP)
            assert session.receive_close()[0] == 1012
            session.close(1012)
            session.leave()
            server.wait_replaced([old])

    def test_a_blocked_worker_tells_where_and_is_replaced(self) -> None:
        with (
            Workers("--timeout-worker-healthcheck", "1") as server,
            Http1Client(server.endpoint) as client,
        ):
            server.allows_traceback = True
            blocked = begin(client, "/block?seconds=60")
            begun = time.monotonic()
            found = server.wait_workers(lambda found: blocked not in found and len(found) == 2)
            assert time.monotonic() - begun < 6
            server.wait_line(r'File ".*worker_apps\.py", line \d+ in app')
            server.wait_line(rf"\[{blocked}\]")
            assert server.ask() in found

    def test_the_others_serve_while_one_is_blocked(self) -> None:
        with (
            Workers("--timeout-graceful-shutdown", "0") as server,
            Http1Client(server.endpoint) as client,
        ):
            blocked = begin(client, "/block?seconds=2")
            begun = time.monotonic()
            assert blocked not in {server.ask() for _ in range(10)}
            assert time.monotonic() - begun < 1.5


def test_workers_end_when_the_supervisor_is_killed() -> None:
    with (
        Workers("--timeout-graceful-shutdown", "1") as server,
        Http1Client(server.endpoint) as idle,
        H2Client(server.endpoint) as client,
    ):
        workers = server.workers
        idle.get("/")
        stream = client.request("/slow?seconds=0.5")
        client.flush()
        client.get("/")
        server.kill_supervisor()
        answer = client.response(stream)
        assert (answer.status, answer.is_complete) == (200, True)
        client.__exit__()
        for pid in workers:
            wait_gone(pid, 5)
        with pytest.raises(ConnectionRefusedError):
            Http1Client(server.endpoint)


@pytest.mark.slow
def test_a_blocked_worker_ends_when_the_supervisor_is_killed() -> None:
    options = (
        *("--timeout-graceful-shutdown", "1", "--timeout-lifespan-shutdown", "1"),
        *("--timeout-worker-healthcheck", "1"),
    )
    with Workers(*options) as server, Http1Client(server.endpoint) as client:
        begin(client, "/block?seconds=60")
        workers = server.workers
        server.kill_supervisor()
        for pid in workers:
            wait_gone(pid, 10)


def test_scaling_while_connections_come() -> None:
    with Workers(count=1) as server:
        stop = threading.Event()
        failures: list[Exception] = []

        def visit() -> None:
            while not stop.is_set():
                try:
                    assert server.ask("/slow?seconds=0.02")
                except (OSError, AssertionError) as error:
                    failures.append(error)

        visitors = [threading.Thread(target=visit) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        try:
            for number, count in (
                (signal.SIGTTIN, 2),
                (signal.SIGTTIN, 3),
                (signal.SIGTTOU, 2),
                (signal.SIGTTOU, 1),
            ):
                server.signal(number)
                server.wait_workers(lambda found: len(found) == count)  # noqa: B023
        finally:
            stop.set()
            for visitor in visitors:
                visitor.join()
        assert failures == []
