"""Owns the tests of the fields that the server adds to a response."""

from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime

import pytest

from asgi_bridge import DefaultHeaders
from asgi_bridge._messages import check_fields, parse_length


class Clock:
    """A clock that stands still, and counts who looks at it."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.now


def added(defaults: DefaultHeaders, *present: bytes) -> list[tuple[bytes, bytes]]:
    fields = [(b"x", b"y")]
    defaults.add_to(fields, present)
    assert fields.pop(0) == (b"x", b"y")
    return fields


def test_date_is_an_imf_fixdate() -> None:
    # The example of RFC 9110, 5.6.7.
    assert added(DefaultHeaders(Clock(784111777.9))) == [
        (b"date", b"Sun, 06 Nov 1994 08:49:37 GMT")
    ]


@pytest.mark.parametrize("now", [0.0, 0.5, 1.0, 1e9, 1234567890.999999, 4102444800.0])
def test_date_is_the_second_that_has_begun(now: float) -> None:
    ((_, date),) = added(DefaultHeaders(Clock(now)))
    assert parsedate_to_datetime(date.decode()).timestamp() == int(now)


def test_date_is_made_once_a_second() -> None:
    clock = Clock(1000.0)
    defaults = DefaultHeaders(clock)
    (first,) = added(defaults)
    clock.now = 1000.999
    (second,) = added(defaults)
    assert second is first
    clock.now = 1001.0
    (third,) = added(defaults)
    assert third[1].endswith(b":41 GMT")
    clock.now = 999.5
    (fourth,) = added(defaults)
    assert fourth[1].endswith(b":39 GMT")


def test_without_a_date_nobody_looks_at_the_clock() -> None:
    clock = Clock(0.0)
    defaults = DefaultHeaders(clock, date=False)
    assert added(defaults) == []
    assert clock.looks == 0
    assert defaults.noted == {14: {b"content-length"}}


def test_server_is_off_until_it_has_a_value() -> None:
    assert added(DefaultHeaders(Clock(0), date=False, server=b"h2corn")) == [(b"server", b"h2corn")]


def test_all_fields_in_order() -> None:
    extra = [(b"X-One", b"1"), (b"x-two", b"2"), (b"X-One", b"1b")]
    defaults = DefaultHeaders(Clock(0), server=b"s", extra=iter(extra))
    assert [name for name, _ in added(defaults)] == [
        b"date",
        b"server",
        b"x-one",
        b"x-two",
        b"x-one",
    ]
    assert defaults.noted == {
        4: {b"date"},
        5: {b"x-one", b"x-two"},
        6: {b"server"},
        14: {b"content-length"},
    }


def test_what_is_present_is_not_added() -> None:
    defaults = DefaultHeaders(
        Clock(0), server=b"s", extra=[(b"a", b"1"), (b"b", b"2"), (b"a", b"")]
    )
    assert added(defaults, b"date", b"a") == [(b"server", b"s"), (b"b", b"2")]


@pytest.mark.parametrize("value", [b"", b"a", b"a b\tc", b"\xe9t\xe9", b"max-age=1; x"])
def test_good_values(value: bytes) -> None:
    assert added(DefaultHeaders(Clock(0), date=False, extra=[(b"a", value)])) == [(b"a", value)]


@pytest.mark.parametrize("value", [b" a", b"a ", b"\ta", b"a\r\nb: c", b"a\nb", b"a\0", b"\x7f"])
def test_bad_values(value: bytes) -> None:
    with pytest.raises(ValueError, match="no header field"):
        DefaultHeaders(Clock(0), extra=[(b"a", value)])
    with pytest.raises(ValueError, match="no header field"):
        DefaultHeaders(Clock(0), server=value)


@pytest.mark.parametrize(
    "name",
    [b"", b"a b", b":status", b"a:", b"a\n", b"\xe9", b"Content-Length", b"transfer-encoding"],
)
def test_bad_names(name: bytes) -> None:
    with pytest.raises(ValueError, match="no header field"):
        DefaultHeaders(Clock(0), extra=[(name, b"1")])


HEADS: dict[str, list[object]] = {
    "none": [],
    "length": [(b"a", b"b"), (b"Content-Length", b"15"), (b"x-y", b"z")],
    "own date": [(b"a", b"b"), (b"Date", b"now")],
    "own server": [(b"Server", b"mine"), (b"content-length", b"0")],
    "lists": [[b"a", b"b"], (b"content-length", b"3")],
    "bytearray": [(b"a", bytearray(b"b")), (b"content-length", b"3")],
    "memoryview": [(b"a", memoryview(b"b"))],
    "long": [(b"x", b"y" * 300), (b"content-length", b"0")],
    "many": [(b"x-%d" % number, b"y") for number in range(40)],
}


@pytest.mark.parametrize("given", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_heads_are_completed_alike_however_often(
    given: list[object], kind: Callable[[list[object]], Iterable[object]]
) -> None:
    clock = Clock(1000.0)
    defaults = DefaultHeaders(clock, server=b"s", extra=[(b"Via", b"v")])
    for now in (1000.0, 1000.5, 1001.0, 1001.5, 999.0):
        clock.now = now
        checked, value, found = check_fields(given, defaults.noted)
        defaults.add_to(checked, found)
        length = -1 if value is None else parse_length(value)
        assert defaults.complete(kind(given)) == (checked, length)


def test_head_of_the_same_second_is_not_made_again() -> None:
    clock = Clock(1000.0)
    defaults = DefaultHeaders(clock)
    first, _ = defaults.complete([(b"a", b"b")])
    assert defaults.complete(((b"a", b"b"),))[0] is first
    clock.now = 1001.0
    assert defaults.complete([(b"a", b"b")])[0] is not first


class SubBytes(bytes):
    """Equal to bytes, of the same hash, and none of the wire's."""


@pytest.mark.parametrize("field", [(SubBytes(b"a"), b"b"), (b"a", SubBytes(b"b"))])
def test_what_only_equals_a_known_head_is_turned_into_it(field: tuple[bytes, bytes]) -> None:
    defaults = DefaultHeaders(Clock(1000.0), date=False)
    for given in ([field], [(b"a", b"b")], [field]):
        ((name, value),), _ = defaults.complete(given)
        assert [type(name), type(value)] == [bytes, bytes]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (None, TypeError),
        ([("a", "b")], TypeError),
        (["ab"], TypeError),
        ([(b"a",)], ValueError),
        ([(b"content-length", b"1"), (b"Content-Length", b"1")], ValueError),
        ([(b"content-length", b"-1")], ValueError),
    ],
    ids=["no list", "str", "no pair", "one", "twice", "negative"],
)
def test_malformed_heads_are_not_completed(given: object, error: type[Exception]) -> None:
    defaults = DefaultHeaders(Clock(1000.0))
    for _ in range(3):
        with pytest.raises(error):
            defaults.complete(given)


def test_headers_that_are_no_iterable_are_named() -> None:
    with pytest.raises(TypeError, match="headers is an iterable of pairs, not NoneType"):
        DefaultHeaders(Clock(1000.0)).complete(None)


def test_few_heads_are_kept_and_only_short_ones() -> None:
    defaults = DefaultHeaders(Clock(1000.0), date=False)
    for number in range(1000):
        defaults.complete([(b"x-number", b"%d" % number)])
        assert len(defaults._heads) <= 256
    kept = len(defaults._heads)
    defaults.complete([(b"x", b"y" * 256)])
    defaults.complete([(b"x-%d" % number, b"y") for number in range(17)])
    assert len(defaults._heads) == kept
