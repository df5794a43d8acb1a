"""Owns whose forwarding fields are believed, and which of them applications see.

Does not read them; `_forwarded` does. An application finds such a field in its scope only where the
server has believed it, so that nobody has to ask again whether it can be trusted.
"""

import re
from collections.abc import Sequence
from itertools import product
from typing import Final, Protocol

from asgi_bridge._forwarded import FIELDS, Believed, Field, believe
from asgi_bridge._trust import TrustedPeers

__all__ = ["DEFAULT_FIELDS", "ForwardingRules", "PeerWord"]

DEFAULT_FIELDS: Final = ("for", "proto")

MAX_KNOWN: Final = 1024
"""Combinations of fields that are remembered with what they mean. A full memo is emptied: what
lasts is back after a few requests."""
MAX_KNOWN_FIELDS: Final = 16
MAX_KNOWN_SIZE: Final = 512
"""Fields, and bytes of their values, that a combination may have. A memo stays below 4 MB."""

_SAME_SUBJECTS: Final = (
    b"front-end-https",
    b"x-forwarded-by",
    b"x-forwarded-protocol",
    b"x-forwarded-scheme",
    b"x-forwarded-server",
    b"x-forwarded-ssl",
    b"x-real-ip",
    b"x-url-scheme",
)
"""Fields that speak of the same things as those that can be believed. They never are."""

_OF_PROXIES: Final = (
    b"cf-connecting-ip",
    b"fastly-client-ip",
    b"true-client-ip",
    b"x-client-ip",
    b"x-cluster-client-ip",
)
"""Others by which proxies speak of their clients, beside all that begin with `x-forwarded-`. What a
trusted proxy says in them is between it and the application."""


def _spellings(name: bytes) -> list[bytes]:
    """Return what is one name to those who write `_` for `-`, as CGI does (RFC 3875, 4.1.18)."""
    parts = name.split(b"-")
    return [
        parts[0] + b"".join(sign + part for sign, part in zip(signs, parts[1:], strict=True))
        for signs in product((b"-", b"_"), repeat=len(parts) - 1)
    ]


_NAMES: Final = frozenset(
    spelling for name in (*FIELDS.values(), *_SAME_SUBJECTS) for spelling in _spellings(name)
)

_PATTERN: Final = b"|".join(
    [
        *(
            re.escape(name).replace(rb"\-", b"[_-]")
            for name in (b"forwarded", *_SAME_SUBJECTS, *_OF_PROXIES)
        ),
        rb"x[_-]forwarded[_-].*",
    ]
)
_is_of_proxies: Final = re.compile(_PATTERN).fullmatch
_are_of_proxies: Final = re.compile(rb"^(?:%b)$" % _PATTERN, re.MULTILINE).search
"""Finds one among names that stand on lines of their own."""


class PeerWord(Protocol):
    """What the word of a peer is worth."""

    def hear(self, headers: list[Field]) -> Believed | None:
        """Return what is believed of a request's fields, and take out what is not.

        Returns:
            None where nothing is.
        """


class ForwardingRules:
    """Whom a server believes, and what.

    Args:
        trusted: the proxies that are trusted.
        fields: what they are believed: `for`, `proto`, `host`, `port` and `prefix` are the
            X-Forwarded fields of these names, `forwarded` is RFC 7239. Empty for nothing.

    Raises:
        ValueError: `fields` has another name, one twice, or `forwarded` beside others: a proxy that
            sends the one may pass on the other as a client has sent it.
    """

    __slots__ = ("_guide", "_messenger", "_trusted")

    def __init__(self, trusted: TrustedPeers, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
        for name in fields:
            if name not in FIELDS:
                wanted = ", ".join(FIELDS)
                raise ValueError(f"must be of {wanted}, not {name!r}")
            if fields.count(name) > 1:
                raise ValueError(f"has {name} more than once")
        if "forwarded" in fields and len(fields) > 1:
            raise ValueError("must not have forwarded beside others: only one of them is believed")
        self._trusted = trusted
        self._guide = _Trusted(trusted, fields, walks=True)
        self._messenger = _Trusted(trusted, fields, walks=False)

    def word_of(self, host: str | None, *, names_client: bool = True) -> PeerWord:
        """Return what the word of a connection's peer is worth.

        Args:
            host: the IP address of the peer, None on a Unix socket.
            names_client: whether it may say who the client is. It may not where it has been said
                for the whole connection, as by the PROXY protocol, that this is somebody who is not
                trusted to speak for others.
        """
        if not self._trusted.has_peer(host):
            return _STRANGER
        return self._guide if names_client else self._messenger


class _Trusted:
    """A peer that is trusted."""

    __slots__ = ("_fields", "_known", "_trusted", "_walks")

    def __init__(self, trusted: TrustedPeers, fields: Sequence[str], *, walks: bool) -> None:
        self._trusted = trusted
        self._fields = tuple(fields)
        self._walks = walks
        self._known: dict[tuple[Field, ...], Believed] = {}

    def hear(self, headers: list[Field]) -> Believed | None:
        """Return what is believed, and take out what is not."""
        names = _NAMES
        found = tuple([field for field in headers if field[0] in names])
        if not found:
            return None
        believed = self._known.get(found) or self._learn(found)
        if not believed.is_all:
            headers[:] = [field for field in headers if field[0] not in names]
            headers += believed.kept
        return believed

    def _learn(self, found: tuple[Field, ...]) -> Believed:
        believed = believe(found, self._fields, self._trusted, walks=self._walks)
        size = sum(len(value) for _, value in found)
        if size <= MAX_KNOWN_SIZE and len(found) <= MAX_KNOWN_FIELDS:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[found] = believed
        return believed


class _Stranger:
    """A peer that is not trusted."""

    __slots__ = ()

    def hear(self, headers: list[Field]) -> None:
        """Take out whatever proxies say."""
        if _are_of_proxies(b"\n".join([name for name, _ in headers])):
            headers[:] = [field for field in headers if not _is_of_proxies(field[0])]


_STRANGER: Final = _Stranger()
