"""The package as a whole: its names, what loading it costs, and a platform without processes."""

import subprocess
import sys

import prefork

WINDOWS = """
import builtins, os, signal, socket, subprocess, sys

# Loaded before the platform changes: the standard library's own modules look at it.
import contextlib, dataclasses, faulthandler, ipaddress, logging, pathlib, pickle, random
import selectors, tempfile, threading, time, traceback

ABSENT = {"fcntl", "grp", "posix", "pwd", "resource", "termios"}
for name in ABSENT:
    sys.modules[name] = None
for module, names in {
    os: "chown fchown fork geteuid getegid getppid getuid getgid initgroups killpg memfd_create "
        "O_CLOEXEC O_NONBLOCK pidfd_open pipe2 register_at_fork sched_getaffinity set_blocking "
        "setgid setgroups setuid setsid sysconf wait wait3 wait4 waitid WIFEXITED "
        "WIFSIGNALED WNOHANG",
    signal: "SIGALRM SIGCHLD SIGHUP SIGKILL SIGPIPE SIGQUIT SIGTTIN SIGTTOU SIGUSR1 SIGUSR2 "
            "SIG_BLOCK SIG_SETMASK SIG_UNBLOCK pthread_sigmask sigwait valid_signals",
    socket: "AF_UNIX CMSG_LEN CMSG_SPACE MSG_CTRUNC MSG_DONTWAIT MSG_CMSG_CLOEXEC SCM_RIGHTS "
            "SOCK_SEQPACKET SO_REUSEPORT recv_fds send_fds",
    faulthandler: "register unregister",
    selectors: "PollSelector EpollSelector",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
for name in ("recvmsg", "sendmsg"):
    setattr(socket.socket, name, property(lambda self: (_ for _ in ()).throw(AttributeError())))
sys.platform = "win32"
# It has this one, and here another number stands for it.
socket.SO_EXCLUSIVEADDRUSE = socket.SO_KEEPALIVE

import prefork

assert prefork.SUPPORTED is False
for name in prefork.__all__:
    getattr(prefork, name)
listeners = prefork.Listeners([prefork.parse_address("127.0.0.1:0")])
supervisor = prefork.Supervisor(lambda worker: None, prefork.Plan(), listeners)
try:
    supervisor.run()
except prefork.UnsupportedError as error:
    print(error)
assert listeners.names == ()
assert prefork.inherited_addresses({}, 1) == ()
for text in ("unix:nowhere", "fd://0"):
    try:
        prefork.Listeners([prefork.parse_address(text)]).open()
    except prefork.ListenError as error:
        print(error)
# What a program without a supervisor needs works.
listeners.open()
(listener,) = listeners.of_slot(0)
print(listener.socket.getsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE))
listeners.close()
print(prefork.find_identity(None, None))
"""


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_public_names() -> None:
    assert len(set(prefork.__all__)) == len(prefork.__all__)
    assert [name for name in prefork.__all__ if not hasattr(prefork, name)] == []
    undocumented = [
        name
        for name in prefork.__all__
        if isinstance(getattr(prefork, name), type) and not getattr(prefork, name).__doc__
    ]
    assert undocumented == []


def test_it_is_light() -> None:
    loaded = set(run("import prefork, sys; print(*sys.modules)").split())
    assert loaded & {"asyncio", "ssl", "multiprocessing", "concurrent.futures", "http"} == set()


def test_without_processes() -> None:
    lines = run(WINDOWS).splitlines()
    assert lines == [
        "worker processes need a system that has fork: not Windows",
        "cannot listen on unix:nowhere: this platform has no Unix sockets",
        "cannot listen on fd://0: sockets are not inherited as descriptors on Windows",
        "1",
        "Identity(user=None, group=None)",
    ]
