"""Owns the base of the small immutable classes of this package.

Does not replace dataclasses where users make values: those have all that a dataclass has. A
dataclass is compiled when its module is loaded, a third of a millisecond each, and a supervisor has
thirty of such classes.
"""

from typing import ClassVar, dataclass_transform

__all__ = ["Value"]


@dataclass_transform(frozen_default=True)
class Value:
    """What its annotations say, once made never changed, and equal to what has the same in it.

    It is made, compared, matched, shown and pickled as a frozen dataclass is. Fields are not
    inherited.

    Raises:
        TypeError: there are too many fields, or too few.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.__match_args__ = tuple(cls.__annotations__)  # type: ignore[misc]

    def __init__(self, *values: object, **named: object) -> None:
        fields = self.__match_args__
        given = dict(zip(fields, values, strict=False))
        is_twice = len(given) < len(values) or not named.keys().isdisjoint(given)
        given.update(named)
        is_whole = all(field in given or hasattr(self, field) for field in fields)
        if is_twice or not is_whole or not given.keys() <= set(fields):
            raise TypeError(f"{type(self).__name__} is made of {', '.join(fields) or 'nothing'}")
        vars(self).update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name}")

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, field) for field in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        fields = (f"{field}={getattr(self, field)!r}" for field in self.__match_args__)
        return f"{type(self).__name__}({', '.join(fields)})"

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), self._values()
