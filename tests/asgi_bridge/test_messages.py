"""Owns the tests of the checks of values that an application sends."""

import array
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from asgi_bridge._messages import (
    KnownFields,
    as_bytes,
    check_fields,
    check_head,
    check_status,
    parse_length,
)

NOTED = {4: frozenset({b"date"}), 14: frozenset({b"content-length", b"x-fourteen-len"})}


class SubBytes(bytes):
    """A subclass, which the wire does not take."""


@pytest.mark.parametrize(
    "value",
    [
        b"abc",
        SubBytes(b"abc"),
        bytearray(b"abc"),
        memoryview(b"abc"),
        memoryview(b"a-b-c")[::2],
        array.array("B", b"abc"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_buffer_becomes_bytes(value: object) -> None:
    assert as_bytes(value) == b"abc"
    assert type(as_bytes(value)) is bytes


@pytest.mark.parametrize("value", ["abc", 3, None, [1, 2], object()])
def test_what_is_no_buffer_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match=f"expected bytes, not {type(value).__name__}"):
        as_bytes(value)


@pytest.mark.parametrize("status", [200, 204, 404, 599, 999, HTTPStatus.OK])
def test_status(status: int) -> None:
    assert check_status(status) == status
    assert type(check_status(status)) is int


@pytest.mark.parametrize("status", [None, -1, 0, 99, 100, 103, 199, 1000, HTTPStatus.CONTINUE])
def test_status_out_of_range_or_missing(status: object) -> None:
    with pytest.raises(ValueError, match="status"):
        check_status(status)


@pytest.mark.parametrize("status", ["200", 200.0, True, b"200"])
def test_status_of_the_wrong_type(status: object) -> None:
    with pytest.raises(TypeError, match="a status is an int"):
        check_status(status)


PAIRS = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]


def generator() -> Iterator[tuple[bytes, bytes]]:
    yield from PAIRS


@pytest.mark.parametrize(
    "fields",
    [
        PAIRS,
        tuple(PAIRS),
        generator(),
        iter(PAIRS),
        [list(pair) for pair in PAIRS],
        (list(pair) for pair in PAIRS),
        [iter(pair) for pair in PAIRS],
        [PAIRS[0], list(PAIRS[1]), iter(PAIRS[2])],
        [(bytearray(name), memoryview(value)) for name, value in PAIRS],
        [(name, SubBytes(value)) for name, value in PAIRS],
        [(SubBytes(name), value) for name, value in PAIRS],
        dict.fromkeys(PAIRS[:2]) | {PAIRS[2]: None},
    ],
    ids=[
        "list",
        "tuple",
        "generator",
        "iterator",
        "lists",
        "generated lists",
        "iterators",
        "mixed",
        "buffers",
        "subclass value",
        "subclass name",
        "any iterable",
    ],
)
def test_fields_of_any_shape(fields: object) -> None:
    checked, length, found = check_fields(fields, NOTED)
    assert checked == PAIRS
    assert {type(pair) for pair in checked} == {tuple}
    assert {type(text) for pair in checked for text in pair} == {bytes}
    assert length is None
    assert not found


def test_fields_are_a_new_list() -> None:
    assert check_fields(PAIRS, NOTED)[0] is not PAIRS
    assert check_fields((), NOTED)[0] is not check_fields((), NOTED)[0]


@pytest.mark.parametrize(
    "fields",
    [
        None,
        1,
        [None],
        [1],
        "ab",
        ["ab"],
        [b"ab"],
        [("a", b"1")],
        [(b"a", "1")],
        [(b"a", None)],
        [(b"a", 1)],
        {b"ab": b"1"},
        memoryview(b"ab"),
    ],
)
def test_fields_of_the_wrong_type(fields: object) -> None:
    with pytest.raises(TypeError):
        check_fields(fields, NOTED)


@pytest.mark.parametrize("item", [(), (b"a",), (b"a", b"b", b"c"), [b"a"], [], iter(())])
def test_field_that_is_no_pair_is_malformed(item: object) -> None:
    with pytest.raises(ValueError, match="a header field is a pair"):
        check_fields([item], NOTED)


@pytest.mark.parametrize("item", ["ab", "a", b"ab", b"a", bytearray(b"ab")], ids=repr)
def test_text_is_no_pair(item: object) -> None:
    with pytest.raises(TypeError, match="a header field is a pair"):
        check_fields([item], NOTED)


@pytest.mark.parametrize("name", [b"content-length", b"Content-Length", b"CONTENT-LENGTH"])
def test_content_length_is_found(name: bytes) -> None:
    fields = [(b"x-fourteen-tic", b""), (name, b"5")]
    assert check_fields(fields, NOTED) == (fields, b"5", frozenset())


def test_content_length_given_twice() -> None:
    for values in ((b"5", b"5"), (b"5", b"6")):
        with pytest.raises(ValueError, match="twice"):
            check_fields([(b"content-length", value) for value in values], NOTED)


def test_noted_names_are_found_in_any_case() -> None:
    fields = [(b"DATE", b""), (b"X-Fourteen-Len", b""), (b"etag", b""), (b"date", b"")]
    assert check_fields(fields, NOTED) == (fields, None, {b"date", b"x-fourteen-len"})


def test_nothing_is_found_that_is_not_noted() -> None:
    fields = [(b"content-length", b"x"), (b"content-length", b"y"), (b"date", b"z")]
    assert check_fields(fields, {}) == (fields, None, frozenset())


@pytest.mark.parametrize(("value", "number"), [(b"0", 0), (b"007", 7), (b"9" * 30, 10**30 - 1)])
def test_length(value: bytes, number: int) -> None:
    assert parse_length(value) == number


@pytest.mark.parametrize(
    "value",
    [b"", b"-1", b"+1", b" 1", b"1 ", b"1,1", b"0x1", b"1_0", b"\xb2", b"9" * 5000],
    ids=lambda value: repr(value[:9]),
)
def test_length_that_is_no_number(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"content-length is a number|Exceeds the limit"):
        parse_length(value)


# Lower-case names to look out for, with content-length, as `DefaultHeaders.noted` has them.
NOTED_OF_HEADS = {4: frozenset({b"date"}), 14: frozenset({b"content-length"})}


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b"a", b"b"), (b"Content-Length", b"15"), (b"x-y", b"z")],
        ((b"a", b"b"), (b"Date", b"now")),
        [[b"a", b"b"], (b"content-length", b"3")],
        [(b"a", bytearray(b"b")), (b"content-length", b"3")],
        [(b"a", memoryview(b"b"))],
        [(b"x", b"y" * 300), (b"content-length", b"0")],
        [(b"user-id", b"1")],
    ],
    ids=["none", "length", "noted", "list", "bytearray", "memoryview", "long", "same size"],
)
def test_heads_read_as_fields_do_however_often(fields: list[object]) -> None:
    known: KnownFields = {}
    checked, value, found = check_fields(fields, NOTED_OF_HEADS)
    length = -1 if value is None else parse_length(value)
    for _ in range(3):
        assert check_head(fields, known, NOTED_OF_HEADS) == (checked, length, found)
    for (name, text), _ in known.values():
        assert type(name) is type(text) is bytes
        assert name.lower() != b"date"
        assert len(name) + len(text) <= 256


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (None, TypeError),
        ([("a", "b")], TypeError),
        ([(b"a", "b")], TypeError),
        (["ab"], TypeError),
        ([(b"a",)], ValueError),
        ([(b"a", b"b", b"c")], ValueError),
        ([(b"content-length", b"1"), (b"Content-Length", b"1")], ValueError),
        ([(b"content-length", b"-1")], ValueError),
        ([(b"content-length", b"")], ValueError),
    ],
    ids=["no list", "str", "str value", "no pair", "one", "three", "twice", "negative", "empty"],
)
def test_malformed_heads_are_refused_however_often(fields: object, error: type[Exception]) -> None:
    known: KnownFields = {}
    for _ in range(3):
        with pytest.raises(error):
            check_head(fields, known, NOTED_OF_HEADS)


@pytest.mark.parametrize("field", [(SubBytes(b"a"), b"b"), (b"a", SubBytes(b"b"))])
def test_what_only_equals_known_bytes_is_turned_into_them(field: tuple[bytes, bytes]) -> None:
    known: KnownFields = {}
    for fields in ([field], [(b"a", b"b")], [field]):
        (checked,), _, _ = check_head(fields, known, NOTED_OF_HEADS)
        assert checked == (b"a", b"b")
        assert [type(part) for part in checked] == [bytes, bytes]


def test_heads_leave_few_fields_behind() -> None:
    known: KnownFields = {}
    most = 0
    for number in range(5000):
        check_head([(b"x-number", b"%d" % number)], known, NOTED_OF_HEADS)
        most = max(most, len(known))
    assert most == 1024
