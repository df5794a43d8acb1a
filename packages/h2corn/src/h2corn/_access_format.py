"""Owns `--access-log-format`: the atoms of gunicorn, and what each says of a request.

Does not know where a line goes. Whatever comes from a client is escaped, so that it cannot end the
line or the quotes that it stands in.
"""

import base64
import binascii
import os
import re
import time
from collections.abc import Callable
from typing import Final

from h2corn._access_line import request_line
from h2corn._escape import escape_quoted
from h2corn._log_entry import Entry, Facts, field_of
from h2corn._query_mask import QueryMask

__all__ = ["AtomForm", "fault_of_format"]

_ATOM: Final = re.compile(
    r"%(?:\((?:\{(?P<name>[^{}()]+)\}(?P<kind>[ioe])|(?P<atom>[^(){}]*))\)s|(?P<percent>%))?"
)
_URLS: Final = frozenset({"referer", "location"})
"""Fields whose queries are masked, too."""

Atom = Callable[[Entry], str]


def fault_of_format(text: str) -> str | None:
    """Return what is wrong with a format, or None."""
    for match in _ATOM.finditer(text):
        if not (match["name"] or match["percent"] or match["atom"] in _ATOMS):
            shown = match[0] if len(match[0]) > 1 else text[match.start() : match.start() + 8]
            return f"{shown!r} is no atom; those are {_KNOWN}"
    if not text.isprintable():
        return "has a character that cannot be printed"
    return None


class AtomForm:
    """Words requests as a format says.

    Args:
        text: the format, right by `fault_of_format`.
        mask: hides what query parameters carry; None hides nothing.

    Attributes:
        needs_response_fields: whether it has an atom for them.
    """

    __slots__ = ("_atoms", "_mask", "_texts", "needs_response_fields")

    def __init__(self, text: str, mask: QueryMask | None = None) -> None:
        self._mask = mask
        self._texts: list[str] = []
        self._atoms: list[Atom] = []
        self.needs_response_fields = False
        end = 0
        for match in _ATOM.finditer(text):
            self._texts.append(text[end : match.start()])
            self._atoms.append(self._atom(match))
            end = match.end()
        self._texts.append(text[end:])

    def _atom(self, match: re.Match[str]) -> Atom:
        if match["percent"]:
            return lambda _entry: "%"
        if match["name"] is None:
            return _ATOMS[match["atom"]]
        if match["kind"] == "e":
            value = escape_quoted(os.environ.get(match["name"], "-").encode("utf-8", "replace"))
            return lambda _entry: value
        name = match["name"].lower()
        is_response = match["kind"] == "o"
        self.needs_response_fields |= is_response
        key = name.encode()

        def field(entry: Entry) -> str:
            fields = entry.response_fields if is_response else entry.fields
            return _shown(field_of(fields, key))

        return field

    def __call__(self, facts: Facts) -> str:
        """Return the line of a request."""
        entry = Entry._make(facts)
        if self._mask is not None:
            entry = _masked(entry, self._mask)
        parts = [self._texts[0]]
        for atom, text in zip(self._atoms, self._texts[1:], strict=True):
            parts.append(atom(entry))
            parts.append(text)
        return "".join(parts)


def _masked(entry: Entry, mask: QueryMask) -> Entry:
    fields, response_fields = (
        [
            (name, mask(value) if name.lower().decode("latin-1") in _URLS else value)
            for name, value in listed
        ]
        for listed in (entry.fields, entry.response_fields)
    )
    return entry._replace(target=mask(entry.target), fields=fields, response_fields=response_fields)


def _shown(value: bytes | None) -> str:
    return "-" if value is None else escape_quoted(value)


def _host(entry: Entry) -> str:
    text = entry.client.rstrip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, _, port = text.rpartition(":")
    return host if host and ":" not in host and port.isdecimal() else text


def _user(entry: Entry) -> str:
    scheme, _, code = (field_of(entry.fields, b"authorization") or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return "-"
    try:
        user, colon, _ = base64.b64decode(code.strip(), validate=True).partition(b":")
    except binascii.Error:
        return "-"
    return escape_quoted(user) if colon and user else "-"


def _time(_entry: Entry) -> str:
    return time.strftime("[%d/%b/%Y:%H:%M:%S %z]")


def _field(name: bytes) -> Atom:
    return lambda entry: _shown(field_of(entry.fields, name))


_ATOMS: Final[dict[str, Atom]] = {
    "h": _host,
    "l": lambda _entry: "-",
    "u": _user,
    "t": _time,
    "r": lambda it: request_line(it.method, it.target, it.http_version),
    "m": lambda it: escape_quoted(it.method),
    "U": lambda it: escape_quoted(it.target.partition(b"?")[0]),
    "q": lambda it: escape_quoted(it.target.partition(b"?")[2]),
    "H": lambda it: f"HTTP/{it.http_version}",
    "s": lambda it: str(it.status or "-"),
    "B": lambda it: str(it.sent),
    "b": lambda it: str(it.sent or "-"),
    "f": _field(b"referer"),
    "a": _field(b"user-agent"),
    "T": lambda it: str(int(it.seconds)),
    "D": lambda it: str(int(it.seconds * 1_000_000)),
    "M": lambda it: str(int(it.seconds * 1_000)),
    "L": lambda it: f"{it.seconds:.6f}",
    "p": lambda _entry: f"<{os.getpid()}>",
}
_KNOWN: Final = " ".join(f"%({name})s" for name in _ATOMS) + " %({name}i)s %({name}o)s %({name}e)s"
