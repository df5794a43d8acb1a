"""Owns the tests of a request head before any field is read. Does not test the reading."""

from h2c_core import Field, RequestHead
from h2c_core._request_head import MalformedFieldsError


def test_head_of_no_fields() -> None:
    fields: list[Field] = []
    head = RequestHead(fields, end_stream=True)
    assert head.headers is fields
    assert head.end_stream
    assert head.http_version == "2"
    assert (head.method, head.target, head.scheme, head.authority) == (b"", b"", b"", b"")
    assert head.content_length == -1
    assert not head.expect_continue
    assert head.protocol == b""


def test_malformed_fields_are_a_value_error() -> None:
    assert issubclass(MalformedFieldsError, ValueError)


def test_priority_that_nobody_gave() -> None:
    head = RequestHead([], end_stream=True)
    assert (head.urgency, head.incremental, head.has_priority) == (3, False, False)


def test_priority_fields_are_one_list() -> None:
    head = RequestHead([], end_stream=True)
    head.add_priority(b"u=1")
    assert (head.urgency, head.incremental, head.has_priority) == (1, False, True)
    head.add_priority(b"i")
    assert (head.urgency, head.incremental, head.has_priority) == (1, True, True)
    head.add_priority(b"(")
    assert (head.urgency, head.incremental, head.has_priority) == (3, False, False)


def test_priority_fields_above_the_bound_are_not_gathered() -> None:
    head = RequestHead([], end_stream=True)
    for _ in range(1000):
        head.add_priority(b"u=1" + bytes(100))
    assert head._priority_text is not None
    assert len(head._priority_text) < 500
    assert not head.has_priority
