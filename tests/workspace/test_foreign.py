"""A project of somebody else that listens on nothing, and installs the wheel of prefork alone."""

import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.workspace.foreign import install, installed, needs_uv
from tests.workspace.program import PATIENCE, Program

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork"),
    needs_uv,
]

STARTED = r"Started worker \[(\d+)\]"
STOPPED = r"Stopped worker \[(\d+)\]"

PROJECT = '''
"""Turns the files of the folder `jobs` into files of the folder `done`."""

import json
import logging
import os
import select
import sys
from pathlib import Path

from prefork import Hooks, Listeners, Options, Plan, Stop, StopNow, Supervisor


def read_plan():
    settings = json.loads(Path("settings.json").read_text())
    return Plan(Options(workers=2, max_tasks=settings.get("max_tasks", 0)), settings)


def take():
    """Claim the next job: of all workers only one can rename it."""
    for job in sorted(Path("jobs").iterdir()):
        try:
            return job.rename(Path("taken", job.name))
        except FileNotFoundError:
            pass
    return None


def do(job, settings):
    text = job.read_text()
    if text == "crash":
        os._exit(7)
    draft = Path(f"draft-{os.getpid()}")
    draft.write_text(json.dumps([settings["word"], text, os.getpid()]))
    draft.rename(Path("done", job.name))


def work(worker):
    done = 0
    worker.ready()
    while True:
        select.select([worker], [], [], 0.02)
        if any(isinstance(message, Stop | StopNow) for message in worker.poll()):
            break
        job = take()
        if job is not None:
            do(job, worker.settings)
            done += 1
        worker.report(0, 0, done)
    logging.info("finished %d", os.getpid())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    hooks = Hooks(reload=read_plan)
    sys.exit(Supervisor(work, read_plan(), Listeners([]), hooks=hooks, pid_file=Path("pid")).run())
'''


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that has the wheel, and nothing else."""
    return install("prefork", tmp_path_factory.mktemp("foreign"))


class Project:
    """The folder of the project, and what is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "service.py").write_text(PROJECT, encoding="utf-8")
        for name in ("jobs", "taken", "done"):
            (folder / name).mkdir()
        self.set('{"word": "old"}')

    def set(self, text: str) -> None:
        self.write("settings.json", text)

    def write(self, name: str, text: str) -> None:
        """Write a file that is never seen half-written."""
        draft = self.folder / "draft"
        draft.write_text(text)
        draft.rename(self.folder / name)

    def give(self, numbers: Sequence[int]) -> None:
        """Write jobs."""
        for number in numbers:
            self.write(f"jobs/{number:03}", f"job {number}")

    def results(self, numbers: Sequence[int]) -> list[tuple[str, str, str]]:
        """Wait until these jobs are done; return word, text and process id of each."""
        limit = time.monotonic() + PATIENCE
        paths = [self.folder / "done" / f"{number:03}" for number in numbers]
        while not all(path.exists() for path in paths):
            assert time.monotonic() < limit, "not all jobs were done"
            time.sleep(0.01)
        found = [json.loads(path.read_text()) for path in paths]
        return [(word, text, str(pid)) for word, text, pid in found]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def start(python: Path, project: Project) -> Program:
    return Program([python, "-I", "-W", "error", "service.py"], project.folder)


def wait_for_two(program: Program, pattern: str) -> set[str]:
    return {program.wait_for(pattern)[1] for _ in range(2)}


def test_nothing_else_is_installed(python: Path) -> None:
    assert installed(python, "prefork") == "prefork"


def test_jobs_are_done_through_reloads_until_the_stop(python: Path, project: Project) -> None:
    with start(python, project) as program:
        old = wait_for_two(program, STARTED)
        project.give(range(20))
        assert {(word, text) for word, text, _ in project.results(range(20))} == {
            ("old", f"job {number}") for number in range(20)
        }

        project.set('{"word": "new"}')
        program.send(signal.SIGHUP)
        project.give(range(20, 40))
        new = wait_for_two(program, STARTED)
        assert wait_for_two(program, STOPPED) == old
        assert {word for word, _, _ in project.results(range(20, 40))} <= {"old", "new"}
        project.give(range(40, 60))
        results = project.results(range(40, 60))
        assert {word for word, _, _ in results} == {"new"}
        assert {pid for _, _, pid in results} <= new

        project.set('{"word": ')
        program.send(signal.SIGHUP)
        program.wait_for("Expecting value")
        project.give([60])
        ((word, _, pid),) = project.results([60])
        assert word == "new"
        assert pid in new

        assert (project.folder / "pid").read_text().strip().isdecimal()
        assert program.stop() == 0
    for pid in old | new:
        assert program.log.count(f"finished {pid}\n") == 1
    assert "Traceback" not in program.log
    assert not (project.folder / "pid").exists()
    assert len(list((project.folder / "done").iterdir())) == 61


def test_a_worker_that_crashes_is_replaced(python: Path, project: Project) -> None:
    with start(python, project) as program:
        first = wait_for_two(program, STARTED)
        project.write("jobs/crash", "crash")
        crashed = program.wait_for(r"worker \[(\d+)\] ended with code 7")[1]
        assert crashed in first
        assert program.wait_for(STARTED)[1] not in first
        project.give(range(10))
        assert crashed not in {pid for _, _, pid in project.results(range(10))}
        assert program.stop() == 0


def test_a_worker_that_has_done_enough_is_replaced(python: Path, project: Project) -> None:
    project.set('{"word": "old", "max_tasks": 5}')
    with start(python, project) as program:
        first = wait_for_two(program, STARTED)
        project.give(range(9))
        program.wait_for(STARTED)
        assert program.wait_for(STOPPED)[1] in first
        assert len(project.results(range(9))) == 9
        assert program.stop() == 0
