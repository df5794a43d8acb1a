"""Templates with real processes."""

import os
import signal
from pathlib import Path

from tests.prefork.service import Service, is_alive, until


def template_of(service: Service, fact: str) -> int:
    return int(fact.rpartition(" ")[2])


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("PPid:")[2].split()[0])


def test_the_program_is_loaded_once_and_workers_are_the_supervisor_s_children(
    tmp_path: Path,
) -> None:
    with Service(tmp_path, options={"workers": 3}, preload=True) as service:
        pids = service.wait_started(3)
        clients = [service.connect() for _ in range(3)]
        facts = [client.facts() for client in clients]
        assert {fact["pid"] for fact in facts} == set(pids)
        # Once the process between is gone, which may end after its worker has begun to serve.
        until(lambda: {parent_of(pid) for pid in pids} == {service.process.pid})
        ((loaded,),) = {tuple(fact["loaded"]) for fact in facts}
        assert template_of(service, loaded) not in {*pids, service.process.pid}
        assert service.stop() == 0
        until(lambda: not is_alive(template_of(service, loaded)))


def test_a_reload_makes_a_new_template_and_ends_the_old_one(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}, preload=True) as service:
        service.wait_started(2)
        old = template_of(service, service.ask()["loaded"][0])
        service.send(signal.SIGHUP)
        service.wait_for("^Reloaded$")
        new = template_of(service, service.ask()["loaded"][0])
        assert new != old
        until(lambda: not is_alive(old))


def test_a_killed_worker_is_waited_for_and_comes_back(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}, preload=True) as service:
        pids = service.wait_started(2)
        os.kill(pids[0], signal.SIGKILL)
        service.wait_for(rf"worker \[{pids[0]}\] was killed by SIGKILL")
        service.wait_started(1)
        until(lambda: not Path(f"/proc/{pids[0]}").exists())


def test_a_killed_template_does_not_take_the_service_down(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}, preload=True) as service:
        pids = service.wait_started(2)
        old = template_of(service, service.ask()["loaded"][0])
        os.kill(old, signal.SIGKILL)
        assert service.ask()["pid"] in pids
        os.kill(pids[0], signal.SIGKILL)
        service.wait_started(1)
        clients = [service.connect() for _ in range(4)]
        assert {template_of(service, client.facts()["loaded"][0]) for client in clients} - {old}
        assert service.stop() == 0


def test_a_first_load_that_fails_ends_the_supervisor(tmp_path: Path) -> None:
    (tmp_path / "preload").write_text("fail")
    with Service(tmp_path, options={"workers": 2}, preload=True) as service:
        assert service.wait() == 1
        assert "ValueError: cannot be loaded" in service.log()


def test_a_later_load_that_fails_leaves_the_old_ones_serving(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}, preload=True) as service:
        pids = service.wait_started(2)
        service.write("preload", "fail")
        service.send(signal.SIGHUP)
        service.wait_for("ValueError: cannot be loaded")
        service.wait_for("bandon")
        assert service.ask()["pid"] in pids
        assert service.stop() == 0
