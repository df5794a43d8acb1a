"""Owns what a process says of its start and of its failure, in the form that the options ask for.

Does not decide when.
"""

import os
import sys
from collections.abc import Iterable

from h2corn._console import banner, has_color, listening_events, write_text
from h2corn.config import Config

__all__ = ["announce", "failure_event"]


def announce(urls: Iterable[str], config: Config) -> None:
    """Tell on standard error that the server listens."""
    if config.log_format == "json":
        text = listening_events(urls, has_http1=config.http1)
    else:
        is_colored = has_color(sys.stderr, os.environ)
        text = banner(urls, has_http1=config.http1, is_colored=is_colored)
    write_text(sys.stderr, text)


def failure_event(config: Config) -> str:
    """Return what `write_error` calls the failure of a worker; empty where logs are text."""
    return "worker_failed" if config.log_format == "json" else ""
