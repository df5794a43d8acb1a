"""What follows from the fields of a request, and what is not believed of them."""

import pytest

from h2corn._log_entry import field_of, request_id, trace_id

TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = b"00f067aa0ba902b7"


def test_the_first_of_a_name_counts() -> None:
    assert field_of([(b"a", b"1"), (b"B", b"2"), (b"b", b"3")], b"b") == b"2"
    assert field_of([], b"b") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"abc-1", "abc-1"),
        (b"x" * 128, "x" * 128),
        (b"x" * 129, ""),
        (b"a\x1bb", ""),
        (b"a\xe9", ""),
        (b"", ""),
    ],
)
def test_request_ids(value: bytes, found: str) -> None:
    assert request_id([(b"x-request-id", value)]) == found
    assert request_id([]) == ""


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        (b"00-%b-%b-01" % (TRACE, PARENT), True),
        (b"cc-%b-%b-01" % (TRACE, PARENT), True),
        (b"cc-%b-%b-01-more" % (TRACE, PARENT), True),
        (b"00-%b-%b-01-more" % (TRACE, PARENT), False),
        (b"cc-%b-%b-01more" % (TRACE, PARENT), False),
        (b"ff-%b-%b-01" % (TRACE, PARENT), False),
        (b"00-%b-%b-01" % (TRACE.upper(), PARENT), False),
        (b"00-%b-%b-01" % (b"0" * 32, PARENT), False),
        (b"00-%b-%b-01" % (TRACE, b"0" * 16), False),
        (b"00-%b-%b-1" % (TRACE, PARENT), False),
        (b"", False),
    ],
)
def test_trace_ids(value: bytes, is_valid: bool) -> None:
    field = (b"traceparent", value)
    assert trace_id([field]) == (TRACE.decode() if is_valid else "")
    assert trace_id([field, field]) == ""
    assert trace_id([]) == ""
