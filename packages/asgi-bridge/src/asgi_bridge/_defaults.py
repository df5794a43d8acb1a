"""Owns the fields that the server adds to a response: date, server and what was configured.

Does not read a clock of its own, and adds nothing that the application has sent itself.
"""

import re
from collections.abc import Callable, Collection, Iterable
from email.utils import formatdate
from math import floor
from typing import Final

from asgi_bridge._messages import Field, KnownFields, check_head

__all__ = ["DefaultHeaders"]

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_VALUE = re.compile(rb"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")

# Heads that are kept complete: below 2 MB, of fields of 256 bytes at most.
_MAX_HEADS: Final = 256
_MAX_HEAD_FIELDS: Final = 16

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
"""Names that speak of one response and never of all."""


class DefaultHeaders:
    """The fields that every response of a server carries.

    Args:
        clock: gives the time in seconds since the epoch, as `time.time` does.
        date: whether to add `date` (RFC 9110, 6.6.1). It is made once a second.
        server: the value of `server`; None adds none.
        extra: further fields, names in any case. One that the application sends itself is left
            out, all of its name.

    Raises:
        ValueError: a name or a value that RFC 9110, 5.1 and 5.5, do not allow, or a field that
            frames one response.
    """

    __slots__ = (
        "_clock",
        "_fields",
        "_has_date",
        "_heads",
        "_known",
        "_since",
        "_static",
        "_until",
        "noted",
    )

    noted: dict[int, frozenset[bytes]]
    """What to look out for among an application's own fields, by length: the lower-case names of
    all these, and content-length."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        date: bool = True,
        server: bytes | None = None,
        extra: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        static = [] if server is None else [(b"server", server)]
        static += [(name.lower(), value) for name, value in extra]
        for name, value in static:
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name in _FRAMING:
                raise ValueError(f"no header field for every response: {name!r}: {value!r}")
        self._static = tuple(static)
        self._fields = self._static
        self._clock = clock
        self._has_date = date
        self._since = self._until = 0.0  # the second that the date is right for
        noted = {b"content-length", *(name for name, _ in static)}
        if date:
            noted.add(b"date")
        self._known: KnownFields = {}
        self._heads: dict[object, tuple[list[Field], int]] = {}
        self.noted = {
            length: frozenset(name for name in noted if len(name) == length)
            for length in map(len, noted)
        }

    def add_to(self, fields: list[Field], present: Collection[bytes]) -> None:
        """Append the fields whose lower-case names are not `present`."""
        if self._has_date:
            now = self._clock()
            if not self._since <= now < self._until:
                self._turn_to(now)
        self._append(fields, present)

    def complete(self, fields: object) -> tuple[list[Field], int]:
        """Check the fields of a response's head, as an application sends them, and append these.

        Most heads of a second repeat one before them word for word.

        Args:
            fields: an iterable of iterables of two buffers each.

        Returns:
            All fields, in a list that may be given out again and is not to be changed; the number
            of content-length, -1 without one.

        Raises:
            TypeError: something is of the wrong type, such as a str.
            ValueError: a field is no pair, or content-length is no number or given twice.
        """
        if self._has_date:
            now = self._clock()
            if not self._since <= now < self._until:
                self._turn_to(now)
        try:
            given: tuple[object, ...] = tuple(fields)  # type: ignore[arg-type]  # it raises
        except TypeError as error:
            kind = type(fields).__name__
            raise TypeError(f"headers is an iterable of pairs, not {kind}") from error
        try:
            head = self._heads.get(given)
        except TypeError:  # a list in it, or what else has no hash
            head = None
        return self._complete_new(given) if head is None else head

    def _complete_new(self, given: tuple[object, ...]) -> tuple[list[Field], int]:
        fields, length, found = check_head(given, self._known, self.noted)
        # None that is long, as only short fields are known; and not by what was given, which may
        # be equal to pairs of bytes without being any.
        is_short = len(fields) <= _MAX_HEAD_FIELDS and all(map(self._known.__contains__, fields))
        key = tuple(fields) if is_short else None
        self._append(fields, found)
        head = fields, length
        if key is not None:
            if len(self._heads) >= _MAX_HEADS:
                self._heads.clear()
            self._heads[key] = head
        return head

    def _append(self, fields: list[Field], present: Collection[bytes]) -> None:
        if present:
            fields += [field for field in self._fields if field[0] not in present]
        else:
            fields += self._fields

    def _turn_to(self, now: float) -> None:
        """Make the date of another second, which the heads of the last one do not have."""
        self._since = float(floor(now))
        self._until = self._since + 1.0
        date = formatdate(self._since, usegmt=True).encode("ascii")
        self._fields = ((b"date", date), *self._static)
        self._heads.clear()
