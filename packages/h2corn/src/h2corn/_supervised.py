"""Owns a server with worker processes: what its supervisor is told, and what a reload reads anew.

Does not supervise (prefork does) or serve (`_worker` does), and never imports the application.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from h2corn._announcement import announce
from h2corn._console import has_color, log_to_console
from h2corn._foreground import EXIT_NOT_STARTED
from h2corn._log_setup import check_logs, reopen_logs
from h2corn._titles import set_title
from h2corn._urls import urls_of
from h2corn._watch import Snapshot, WatchRules, snapshot, watch
from h2corn._worker import EXIT_FAILED, Assignment, preload, work
from h2corn.config import Config
from prefork import (
    SUPPORTED,
    Hooks,
    Identity,
    Listeners,
    Options,
    Plan,
    Supervisor,
    Watcher,
    find_identity,
)

__all__ = ["Reloading", "can_supervise", "supervise"]

logger: Final = logging.getLogger("h2corn")


@dataclass(frozen=True, slots=True)
class Reloading:
    """What becomes of a running server later."""

    read: Callable[[], tuple[Config, Mapping[str, str]]] | None = None
    """Reads the options and more variables anew, in a process of its own; None keeps them."""
    rules: WatchRules | None = None
    """The files that are watched; None waits for SIGHUP alone."""


_SAME_AGAIN: Final = Reloading()


def can_supervise() -> bool:
    """Return whether this thread can supervise worker processes: signals come to the main one."""
    return SUPPORTED and threading.current_thread() is threading.main_thread()


def supervise(assignment: Assignment, reloading: Reloading = _SAME_AGAIN) -> int:
    """Serve in worker processes until a signal ends it.

    Args:
        assignment: what they serve.
        reloading: what it does beside that.

    Returns:
        The exit code.

    Raises:
        ConfigError: a file of the logs cannot be opened, or configures nothing.
        PreforkError: an address cannot be listened on (a ListenError), the pid file cannot be
            written, or there is no such user.
    """
    config = assignment.config
    identity = find_identity(config.user, config.group)
    check_logs(config, identity)
    log_to_console(
        sys.stderr,
        is_colored=has_color(sys.stderr, os.environ),
        is_json=config.log_format == "json",
    )
    set_title(f"h2corn: supervisor{assignment.name}")
    listeners = Listeners(
        config.addresses,
        backlog=config.backlog,
        permissions=config.uds_permissions,
        reuse_port=config.reuse_port,
        owner=(identity.user, identity.group),
    )
    supervisor = Supervisor(
        work,
        plan_of(assignment, identity, outlives_failures=reloading.rules is not None),
        listeners,
        hooks=_hooks(assignment, identity, listeners, reloading),
        pid_file=None if config.pid is None else Path(config.pid),
        logger=logger,
    )
    return supervisor.run()


def plan_of(assignment: Assignment, identity: Identity, *, outlives_failures: bool) -> Plan:
    """Return what workers are started with.

    Args:
        assignment: what they serve.
        identity: whom they run as.
        outlives_failures: whether an application that does not start is no end.
    """
    config = assignment.config
    options = Options(
        workers=config.workers,
        max_tasks=config.max_requests,
        max_tasks_jitter=config.max_requests_jitter,
        max_memory=config.max_worker_memory,
        heartbeat_timeout=config.timeout_worker_healthcheck,
        stop_timeout=_stop_timeout(config),
        outlives_failures=outlives_failures,
        telling_codes=frozenset({EXIT_FAILED, EXIT_NOT_STARTED}),
        user=identity.user,
        group=identity.group,
        umask=config.umask,
    )
    return Plan(options, assignment)


def _stop_timeout(config: Config) -> float | None:
    """Return how long a worker may take for its end; None where that has no limit."""
    if not config.timeout_lifespan_shutdown:
        return None
    return config.timeout_graceful_shutdown + config.timeout_lifespan_shutdown


def _hooks(
    assignment: Assignment, identity: Identity, listeners: Listeners, reloading: Reloading
) -> Hooks:
    config = assignment.config
    read, rules = reloading.read, reloading.rules
    return Hooks(
        reload=None if read is None else partial(_read_anew, assignment, read, reloading),
        preload=preload if config.preload else None,
        watch=None if rules is None else partial(_watch, assignment, rules, snapshot(rules)),
        on_started=partial(_announce, listeners, config),
        on_reopen_logs=partial(reopen_logs, config, identity),
    )


def _watch(assignment: Assignment, rules: WatchRules, before: Snapshot, watcher: Watcher) -> None:
    set_title(f"h2corn: watcher{assignment.name}")
    watch(rules, before, watcher)


def _read_anew(
    assignment: Assignment,
    read: Callable[[], tuple[Config, Mapping[str, str]]],
    reloading: Reloading,
) -> Plan:
    """Return the plan of the next workers, in a process that ends after this."""
    before = assignment.config
    config, variables = read()
    for name in ("bind", "uds_permissions", "reuse_port", "preload", "pid"):
        if getattr(config, name) != getattr(before, name):
            logger.warning("%s does not change by a reload", name)
    identity = find_identity(config.user, config.group)
    check_logs(config, identity)
    return plan_of(
        replace(assignment, config=config, variables=variables),
        identity,
        outlives_failures=reloading.rules is not None,
    )


def _announce(listeners: Listeners, config: Config) -> None:
    announce(urls_of(listeners.of_slot(0)), config)
