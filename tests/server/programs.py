"""Owns the client programs: where they are, how they are run, what their output says.

Does not start servers.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NODE_SCRIPTS = Path(__file__).parent / "node"
PROGRAM_TIMEOUT = 500.0


def find(name: str) -> str:
    """Return the path of a program; without it the test is skipped, and fails where CI is set."""
    path = shutil.which(name)
    if path is None:
        reason = f"{name} is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def run(name: str, *arguments: str) -> str:
    """Run a program to its successful end and return what it printed."""
    done = subprocess.run(
        [find(name), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PROGRAM_TIMEOUT,
        check=False,
    )
    output = done.stdout.decode(errors="replace")
    errors = done.stderr.decode(errors="replace")
    assert done.returncode == 0, (
        f"{name} ended with {done.returncode}: {errors[-2000:]}\n{output[-2000:]}"
    )
    return output


def curl(*arguments: str) -> str:
    """Run curl without progress bar, failing on its own errors only."""
    return run("curl", "--silent", "--show-error", "--max-time", "100", *arguments)


def node(script: str, *arguments: str) -> dict[str, object]:
    """Run a script of the `node` folder and return the JSON object that it printed."""
    result = json.loads(run("node", str(NODE_SCRIPTS / script), *arguments))
    assert isinstance(result, dict)
    return result


def h2load(*arguments: str) -> None:
    """Run h2load and check that each request succeeded with a status of 2xx."""
    output = run("h2load", *arguments)
    requests = re.search(
        r"requests: (\d+) total, (\d+) started, (\d+) done, (\d+) succeeded, "
        r"(\d+) failed, (\d+) errored, (\d+) timeout",
        output,
    )
    assert requests, output
    total, _, done, succeeded, failed, errored, timeout = map(int, requests.groups())
    assert (done, succeeded) == (total, total), output
    assert (failed, errored, timeout) == (0, 0, 0), output
    assert f"status codes: {total} 2xx, 0 3xx, 0 4xx, 0 5xx" in output, output
