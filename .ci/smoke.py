"""Owns the proof that the README's first command answers: starts it, asks it, stops it.

Does not judge more than that an answer comes, over HTTP/2 cleartext and over HTTP/1.1, and that
the server ends with 0 when it is told to.
"""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TextIO, cast

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "tools/run.py", "examples.hello:app", "--bind", "127.0.0.1:0"]
INSTALL_TIMEOUT = 600.0
ANSWER_TIMEOUT = 30.0
LISTENING = re.compile(r"Listening on (http://\S+)")


def ask(address: str, option: str) -> str:
    """Return the HTTP version and status that curl saw."""
    curl = ["curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", option]
    form = ["--write-out", "%{http_version} %{http_code}", f"{address}/"]
    return subprocess.check_output([*curl, *form], text=True, timeout=ANSWER_TIMEOUT)


def main() -> None:
    """Run the command, ask twice, and exit with 1 where something is not as it should be."""
    server = subprocess.Popen(COMMAND, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    log = cast("TextIO", server.stderr)
    watchdog = threading.Timer(INSTALL_TIMEOUT, server.kill)
    watchdog.start()
    try:
        address = ""
        for line in log:
            sys.stdout.write(line)
            if found := LISTENING.search(line):
                address = found[1]
                break
        if not address:
            sys.exit("the server did not start")
        answers = [ask(address, "--http2-prior-knowledge"), ask(address, "--http1.1")]
        server.send_signal(signal.SIGTERM)
        sys.stdout.write(log.read())
        server.wait(ANSWER_TIMEOUT)
    finally:
        watchdog.cancel()
        server.kill()
    if answers != ["2 200", "1.1 200"] or server.returncode != 0:
        sys.exit(f"answers {answers}, exit code {server.returncode}")
    print("answered over HTTP/2 and HTTP/1.1, and stopped")


if __name__ == "__main__":
    main()
