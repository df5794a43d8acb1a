"""Owns the tests of the fields that the server adds to a response."""

from email.utils import parsedate_to_datetime

import pytest

from asgi_bridge import DefaultHeaders


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
