"""Tests of close codes and reasons."""

import pytest

from asgi_bridge._ws_close import CloseError, check_close, close_payload, parse_close

SENDABLE = [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999]
NOT_SENDABLE = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


@pytest.mark.parametrize("code", SENDABLE)
def test_that_a_code_goes_both_ways(code: int) -> None:
    assert check_close(code, "why") == (code, "why")
    assert parse_close(close_payload(code, "why")) == (code, "why")


@pytest.mark.parametrize("code", NOT_SENDABLE)
def test_that_no_other_code_does(code: int) -> None:
    with pytest.raises(ValueError, match=f"no close code to be sent: {code}"):
        check_close(code, None)
    with pytest.raises(CloseError) as caught:
        parse_close(code.to_bytes(2, "big"))
    assert caught.value.code == 1002


def test_that_an_empty_frame_stands_for_1005() -> None:
    assert parse_close(b"") == (1005, "")
    assert close_payload(1005, "") == b""


def test_that_half_a_code_is_a_fault() -> None:
    with pytest.raises(CloseError) as caught:
        parse_close(b"\x03")
    assert caught.value.code == 1002


def test_that_a_reason_is_utf8() -> None:
    assert parse_close(b"\x03\xe8gr\xc3\xbc\xc3\x9fe") == (1000, "gr\u00fc\u00dfe")
    with pytest.raises(CloseError) as caught:
        parse_close(b"\x03\xe8\xff")
    assert caught.value.code == 1007


def test_that_a_reason_has_123_bytes() -> None:
    assert check_close(1000, "\u00fc" * 61 + "x") == (1000, "\u00fc" * 61 + "x")
    with pytest.raises(ValueError, match="123 bytes"):
        check_close(1000, "\u00fc" * 62)


@pytest.mark.parametrize(
    ("code", "reason"), [("1000", None), (True, None), (None, None), (1000, b"x"), (1000, 1)]
)
def test_that_the_types_are_checked(code: object, reason: object) -> None:
    with pytest.raises(TypeError, match=r"is an? "):
        check_close(code, reason)


def test_that_a_reason_may_be_none() -> None:
    assert check_close(1000, None) == (1000, "")
