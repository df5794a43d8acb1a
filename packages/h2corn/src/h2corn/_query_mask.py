"""Owns the masking of what query parameters carry, so that no secret of theirs gets into a log.

Does not escape anything, and knows no parameter by itself.
"""

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

__all__ = ["QueryMask"]


class QueryMask:
    """Hides the values of some parameters.

    Args:
        names: of the parameters, in any case.
    """

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower().encode() for name in names)

    def __call__(self, url: bytes) -> bytes:
        """Return a target or a URL with the values of these parameters as `***`.

        A name counts however it is percent-encoded. Parameters end at `&`; one that is named
        behind a `;` is hidden up to the next `&`, since applications differ in what `;` means.
        """
        head, mark, query = url.partition(b"?")
        if not mark or not self._names:
            return url
        return head + mark + b"&".join(map(self._masked, query.split(b"&")))

    def _masked(self, part: bytes) -> bytes:
        pieces = part.split(b";")
        for index, piece in enumerate(pieces):
            name, equals, _ = piece.partition(b"=")
            if equals and self._is_hidden(name):
                return b";".join([*pieces[:index], name + b"=***"])
        return part

    def _is_hidden(self, name: bytes) -> bool:
        plain = unquote_to_bytes(name.replace(b"+", b" ")).strip()
        try:
            return plain.decode().lower().encode() in self._names
        except UnicodeDecodeError:
            return False
