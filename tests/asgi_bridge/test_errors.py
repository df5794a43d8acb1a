"""Owns the tests of the exceptions, and of which of an application's are no fault."""

import pytest

from asgi_bridge import BridgeError, ClientDisconnected, LifespanError
from asgi_bridge.errors import is_departure


def raised(function: object) -> BaseException:
    assert callable(function)
    with pytest.raises(BaseException) as info:  # noqa: PT011 - whatever it raises
        function()
    return info.value


def test_tree() -> None:
    assert issubclass(ClientDisconnected, BridgeError)
    assert issubclass(ClientDisconnected, OSError)
    assert issubclass(LifespanError, BridgeError)
    assert not issubclass(LifespanError, OSError)


def wrap_from() -> None:
    try:
        raise ClientDisconnected
    except OSError as error:
        raise KeyError from error


def wrap_while() -> None:
    try:
        raise ClientDisconnected
    except OSError:
        raise KeyError  # noqa: B904 - as frameworks do


def wrap_twice() -> None:
    try:
        wrap_from()
    except KeyError:
        raise IndexError  # noqa: B904


def wrap_other() -> None:
    try:
        raise OSError
    except OSError as error:
        raise KeyError from error


def circle() -> None:
    one, two = KeyError(), IndexError()
    one.__context__ = two
    two.__context__ = one
    raise one


@pytest.mark.parametrize("function", [wrap_from, wrap_while, wrap_twice])
def test_what_follows_from_the_departure_is_one(function: object) -> None:
    assert is_departure(raised(function))


@pytest.mark.parametrize("function", [wrap_other, circle])
def test_what_does_not_is_none(function: object) -> None:
    assert not is_departure(raised(function))


def test_exceptions_by_themselves() -> None:
    assert is_departure(ClientDisconnected())
    assert not is_departure(OSError())
    assert not is_departure(SystemExit())


def test_group_is_one_when_all_its_members_are() -> None:
    gone, fault = ClientDisconnected(), KeyError()
    assert is_departure(ExceptionGroup("", [gone, ExceptionGroup("", [gone])]))
    assert not is_departure(ExceptionGroup("", [gone, fault]))
    assert not is_departure(BaseExceptionGroup("", [gone, SystemExit()]))
