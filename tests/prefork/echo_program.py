"""Owns a service for the tests: an echo server with plain sockets and a supervisor.

Run as a program with one argument, JSON: `options` (those of `Options`), `reuse_port`, `preload`,
`pid_file`, `unix`, `hold_up`. Files in its working directory steer it while it runs: `start` tells
workers how to start, `plan` is what a reload reads, `watch` ends the watcher.

A client first sends a line, which the main thread of the worker reads: `hello` is answered by a
line of JSON, and everything after it comes back; other words make the worker misbehave.
"""

import json
import logging
import os
import resource
import socket
import sys
import threading
import time
from pathlib import Path

from prefork._address import Address, TcpAddress, UnixAddress
from prefork._listeners import Listeners
from prefork._options import Hooks, Options, Plan
from prefork._supervisor import Supervisor
from prefork._watcher import Watcher
from prefork._worker import Worker

PARAMETERS = json.loads(sys.argv[1])
LOADED: list[str] = []
HELD: list[bytes] = []
STARTED: list[logging.LogRecord] = []


def say(text: str) -> None:
    """Write a line to the log, in one piece."""
    os.write(1, f"{text}\n".encode())


def read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def begin(worker: Worker) -> None:
    """Do as the file `start` says."""
    word, _, number = read("start").partition(" ")
    if word == "exit":
        sys.exit(int(number))
    if word == "raise":
        raise ValueError(number)
    if word == "crash-later":
        worker.ready()
        sys.exit(int(number))
    if word == "wait":
        say("waits")
    while read("start") == "wait":
        time.sleep(0.01)


def line_of(sock: socket.socket) -> str:
    data = b""
    while not data.endswith(b"\n"):
        byte = sock.recv(1)
        if not byte:
            return ""
        data += byte
    return data.decode().strip()


def echo(sock: socket.socket) -> None:
    with sock:
        try:
            while data := sock.recv(65536):
                sock.sendall(data)
        except OSError:
            return


def count_descriptors() -> int:
    try:
        return len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return 0


def answer(worker: Worker, sock: socket.socket) -> None:
    word, _, number = line_of(sock).partition(" ")
    if word == "block":
        say("blocked")
        time.sleep(1000)
    elif word == "exit":
        os._exit(int(number))
    elif word == "babble":
        os.write(worker.fileno(), b"x")
    elif word == "grow":
        HELD.append(b"x" * int(number))
    elif word == "limit":
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(number), limits[1]))
    facts = {
        "pid": os.getpid(),
        "index": worker.index,
        "generation": worker.generation,
        "settings": worker.settings,
        "version": read("version"),
        "loaded": LOADED,
        "max_tasks": worker.max_tasks,
        "manager": sorted(set(os.environ) & {"NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS"}),
        "descriptors": count_descriptors(),
    }
    sock.sendall(json.dumps(facts).encode() + b"\n")
    threading.Thread(target=echo, args=(sock,), daemon=True).start()


def work(worker: Worker) -> None:
    begin(worker)
    worker.ready()
    # Opened while it serves, as programs do that keep a file of their own.
    for sock in worker.connections(reopen_logs=lambda: say(f"reopened {os.getpid()}")):
        answer(worker, sock)
    deadline = time.monotonic() + float(PARAMETERS.get("linger", 0.2))
    while threading.active_count() > 1 and time.monotonic() < deadline:
        time.sleep(0.01)


def reload() -> Plan:
    text = read("plan")
    if text.startswith("fail"):
        raise ValueError(text)
    if text == "hang":
        time.sleep(1000)
    found = json.loads(text or "{}")
    options = Options(**{**PARAMETERS.get("options", {}), **found.get("options", {})})
    return Plan(options, found.get("settings"))


def preload(settings: object) -> None:
    if read("preload") == "fail":
        raise ValueError("cannot be loaded")
    LOADED.append(f"loaded by {os.getpid()}")


def watch(watcher: Watcher) -> None:
    seen = read("watch")
    say("watching")
    while read("watch") != "end":
        if read("watch") != seen:
            seen = read("watch")
            watcher.changed(seen)
        time.sleep(0.01)


def hold_up(record: logging.LogRecord) -> bool:
    """Block the supervisor for a while, as a full pipe of its log does, when all have started."""
    if record.msg.startswith("Started worker"):
        STARTED.append(record)
        if len(STARTED) == PARAMETERS["options"]["workers"]:
            time.sleep(PARAMETERS["hold_up"])
    return True


def main() -> int:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    addresses: list[Address] = [TcpAddress("127.0.0.1", 0)]
    if "unix" in PARAMETERS:
        addresses.append(UnixAddress(PARAMETERS["unix"]))
    listeners = Listeners(addresses, reuse_port=PARAMETERS.get("reuse_port", False))

    def on_started() -> None:
        port = listeners.of_slot(0)[0].socket.getsockname()[1]
        say(f"port {port}")

    def on_reopen_logs() -> None:
        say("reopens")
        if PARAMETERS.get("fails_to_reopen"):
            raise RuntimeError("asked for")

    hooks = Hooks(
        reload=reload,
        preload=preload if PARAMETERS.get("preload") else None,
        watch=watch if PARAMETERS.get("watch") else None,
        on_started=on_started,
        on_reopen_logs=on_reopen_logs,
    )
    if "hold_up" in PARAMETERS:
        logging.getLogger("prefork").addFilter(hold_up)
    if "limit" in PARAMETERS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (PARAMETERS["limit"],) * 2)
    pid_file = Path(PARAMETERS["pid_file"]) if "pid_file" in PARAMETERS else None
    plan = Plan(Options(**PARAMETERS.get("options", {})))
    return Supervisor(work, plan, listeners, hooks=hooks, pid_file=pid_file).run()


if __name__ == "__main__":
    sys.exit(main())
