"""Owns the options about the processes that serve: how many, as whom, and when they are replaced.

Does not check what depends on others; `config` does. What they mean to the supervisor is told by
`_supervised`.
"""

from dataclasses import dataclass

from h2corn._options import MAX_INT31, MAX_SECONDS, Option, option

__all__ = ["WorkerOptions"]

MAX_INT63 = 2**63 - 1
MAX_WORKERS = 1024
"""What prefork supervises at most."""
MAX_THREADS = 1024


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class WorkerOptions:
    """The processes of the server."""

    workers: int = option(
        1,
        Option(
            section="Workers",
            short="-w",
            metavar="PROCESSES",
            minimum=1,
            maximum=MAX_WORKERS,
            help="Worker processes. SIGTTIN adds one to a running server, SIGTTOU takes one away.",
        ),
    )
    """Worker processes."""

    runtime_threads: int = option(
        2,
        Option(
            section="Workers",
            metavar="THREADS",
            minimum=1,
            maximum=MAX_THREADS,
            help="Threads of each worker for what the application runs by asyncio.to_thread, or in "
            "the loop's default executor.",
        ),
    )
    """Threads of each worker's default executor, where `asyncio.to_thread` runs what it is given.
    `Server.serve` leaves the executor of the loop that it is called in alone."""

    max_requests: int = option(
        0,
        Option(
            section="Workers",
            metavar="REQUESTS",
            minimum=0,
            maximum=MAX_INT31,
            zero="no limit",
            help="Requests and WebSockets after which a worker is replaced, one worker at a time.",
        ),
    )
    """Requests and WebSockets after which a worker is replaced; 0 is no limit."""

    max_requests_jitter: int = option(
        0,
        Option(
            section="Workers",
            metavar="REQUESTS",
            minimum=0,
            maximum=MAX_INT31,
            zero="none",
            help="At most so many are added to that limit, at random for each worker.",
        ),
    )
    """At most so many are added to `max_requests`, at random for each worker."""

    max_worker_memory: int = option(
        0,
        Option(
            section="Workers",
            unit="bytes",
            minimum=0,
            maximum=MAX_INT63,
            zero="no limit",
            help="Resident memory above which a worker is replaced.",
        ),
    )
    """Bytes of resident memory above which a worker is replaced; 0 is no limit."""

    timeout_worker_healthcheck: float = option(
        30.0,
        Option(
            section="Workers",
            unit="seconds",
            minimum=0,
            maximum=MAX_SECONDS,
            zero="never",
            help="Time without a sign of life after which a worker writes its stacks to standard "
            "error, and is killed and replaced.",
        ),
    )
    """Seconds without a sign of life after which a worker is killed and replaced; 0 is never."""

    reuse_port: bool = option(
        False,
        Option(
            section="Workers",
            help="Give each worker a TCP listener of its own, and leave it to the operating system "
            "to spread connections. Otherwise the worker with the fewest gets the next one.",
        ),
    )
    """Whether each worker has a TCP listener of its own (SO_REUSEPORT)."""

    preload: bool = option(
        False,
        Option(
            section="Workers",
            help="Import the application once, in a process that the workers are forked from: they "
            "share its memory. Linux only.",
        ),
    )
    """Whether the application is imported once, in a process that workers are forked from."""

    pid: str | None = option(
        None,
        Option(
            section="Workers",
            metavar="FILE",
            help="File that holds the number of the supervising process.",
        ),
    )
    """Path of a file that holds the number of the supervising process."""

    user: str | None = option(
        None,
        Option(
            section="Workers",
            short="-u",
            metavar="USER",
            help="Name or number of the user that workers run as. Needs root.",
        ),
    )
    """Name or number of the user that workers run as; None keeps the one that started it."""

    group: str | None = option(
        None,
        Option(
            section="Workers",
            short="-g",
            metavar="GROUP",
            help="Name or number of the group that workers run as; by default that of the user.",
        ),
    )
    """Name or number of the group that workers run as; None takes the user's."""

    umask: int | None = option(
        None,
        Option(
            section="Workers",
            short="-m",
            metavar="OCTAL",
            minimum=0,
            maximum=0o777,
            is_octal=True,
            help="File mode mask of the workers, such as 027.",
        ),
    )
    """File mode mask of the workers; None leaves it as it is."""
