"""Owns which policy goes for a path, and what it says together with the options.

Does not check policies (`config` does), and gives their rules to nobody; `_adapters` does.

A path is compared as the application sees it, decoded and without its `root_path`, so that no
percent-encoding changes what goes for it. Applications differ in what they make of `.`, `..` and
doubled slashes. A path that has them gets the narrowest of what goes for it as it stands, without
doubled slashes, and for the path that it leads to, so that none is of use to go past a policy.
"""

import re
import sys
from collections.abc import Sequence
from math import inf
from posixpath import normpath
from typing import Final, NamedTuple

from h2corn._request_policy import ALL_BELOW, RequestPolicy
from h2corn.config import Config

__all__ = ["Policies", "Rules", "policies_of"]

_slashes: Final = re.compile("//+")


class Rules(NamedTuple):
    """What goes for a request; what is not limited is as large as can be."""

    max_body_size: int
    """Bytes that its body may have."""
    timeout_body: float
    """Seconds without a byte of its body."""
    timeout_response_stall: float
    """Seconds that its response may wait for an HTTP/2 client's window."""


class Policies:
    """The policies of a server.

    Args:
        policies: in their order: the first one whose path fits, goes.
        others: what goes where none fits, and for what a policy does not say.

    Attributes:
        sizes: all sizes that bodies may have.
    """

    def __init__(self, policies: Sequence[RequestPolicy], others: Rules) -> None:
        self._others: Final = others
        self._exact: Final[dict[str, tuple[int, Rules]]] = {}
        self._subtrees: Final[list[tuple[int, str, str, Rules]]] = []
        for index, policy in enumerate(policies):
            rules = _rules(policy, others)
            if policy.path.endswith(ALL_BELOW):
                base = policy.path.removesuffix(ALL_BELOW)
                self._subtrees.append((index, base, base + "/", rules))
            else:
                self._exact.setdefault(policy.path, (index, rules))
        found = [rules for _, rules in self._exact.values()]
        found += [rules for *_, rules in self._subtrees]
        self.sizes: Final = {rules.max_body_size for rules in (*found, others)}

    def find(self, path: str) -> Rules | None:
        """Return what goes for a decoded path; None where that is what goes for all others."""
        rules = self._match(path)
        if "/." in path or "//" in path:
            readings = [rules or self._others]
            readings += [self._match(other) or self._others for other in _readings(path)]
            return Rules(
                min(it.max_body_size for it in readings),
                min(it.timeout_body for it in readings),
                min(it.timeout_response_stall for it in readings),
            )
        return rules

    def _match(self, path: str) -> Rules | None:
        before, rules = self._exact.get(path, (sys.maxsize, None))
        for index, base, prefix, found in self._subtrees:
            if index > before:
                break
            if path.startswith(prefix) or path == base:
                return found
        return rules


def policies_of(config: Config) -> Policies | None:
    """Return the policies that the options ask for; None where there are none."""
    if not config.request_policies:
        return None
    others = Rules(
        config.max_request_body_size or sys.maxsize,
        config.timeout_request_body_idle or inf,
        config.h2_timeout_response_stall or inf,
    )
    return Policies(config.request_policies, others)


def _readings(path: str) -> tuple[str, str]:
    """Return what a path is without doubled slashes, and without `.` and `..` as well."""
    merged = _slashes.sub("/", path)
    resolved = normpath(merged)
    if merged.endswith("/") and resolved != "/":
        resolved += "/"
    return merged, resolved


def _rules(policy: RequestPolicy, others: Rules) -> Rules:
    size, idle = policy.max_request_body_size, policy.timeout_request_body_idle
    stall = policy.h2_timeout_response_stall
    return Rules(
        others.max_body_size if size is None else size or sys.maxsize,
        others.timeout_body if idle is None else idle or inf,
        others.timeout_response_stall if stall is None else stall or inf,
    )
