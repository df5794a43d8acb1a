"""Owns the tests of the base of small immutable classes.

Does not test the classes that have it.
"""

import copy
import pickle
from dataclasses import dataclass
from typing import Any

import pytest

from prefork._value import Value


class Point(Value):
    """Has a field with a default."""

    x: int
    y: int = 2


class Other(Value):
    """Has the same fields."""

    x: int
    y: int = 2


class Nothing(Value):
    """Has no field."""


@dataclass(frozen=True)
class Known:
    """What it stands in for."""

    x: int
    y: int = 2


@pytest.mark.parametrize("kind", [Point, Known])
def test_is_made_as_a_dataclass_is(kind: Any) -> None:
    assert [(it.x, it.y) for it in (kind(1), kind(1, 3), kind(y=3, x=1), kind(1, y=3))] == [
        (1, 2),
        (1, 3),
        (1, 3),
        (1, 3),
    ]


@pytest.mark.parametrize("kind", [Point, Known])
@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((), {"y": 1}), ((1, 2, 3), {}), ((1,), {"x": 1}), ((1,), {"z": 1})],
)
def test_other_fields_are_refused(
    kind: Any, values: tuple[int, ...], named: dict[str, int]
) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


@pytest.mark.parametrize("kind", [Point, Known])
def test_never_changes(kind: Any) -> None:
    point = kind(1)
    with pytest.raises(AttributeError):
        point.x = 2
    with pytest.raises(AttributeError):
        del point.x
    with pytest.raises(AttributeError):
        point.z = 2
    assert point.x == 1


def test_is_equal_to_what_has_the_same_in_it() -> None:
    assert Point(1) == Point(1, 2)
    assert Point(1) != Point(1, 3)
    assert Point(1) != Other(1)
    assert Point(1) != (1, 2)
    assert Nothing() == Nothing()
    assert len({Point(1), Point(1, 2), Other(1)}) == 2


def test_is_matched_by_place() -> None:
    match Point(1):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_is_shown_with_its_fields() -> None:
    assert repr(Point(1)) == "Point(x=1, y=2)"
    assert repr(Nothing()) == "Nothing()"


def test_is_copied_and_pickled() -> None:
    for copied in (pickle.loads(pickle.dumps(Point(1))), copy.copy(Point(1))):
        assert copied == Point(1)
