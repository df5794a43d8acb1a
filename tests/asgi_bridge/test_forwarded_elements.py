"""The grammar of Forwarded, from its end. The table of forwarding has its faults."""

from hypothesis import given
from hypothesis.strategies import binary, dictionaries, from_regex, lists, sampled_from, text

from asgi_bridge._forwarded_elements import FIELD_SIZE, Element, read_elements

TOKENS = from_regex(r"[a-z!#$%&'*+.^_`|~0-9-]{1,8}", fullmatch=True)
VALUES = text(
    sampled_from([chr(code) for code in (9, *range(32, 127), *range(160, 256))]), max_size=9
)
ELEMENTS = lists(dictionaries(TOKENS, VALUES, min_size=1, max_size=3), min_size=1, max_size=4)


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(element: Element) -> str:
    return ";".join(f"{name}={quoted(value)}" for name, value in element.items())


def read(value: bytes) -> list[Element | None]:
    return [element for element, _ in read_elements(value)]


@given(ELEMENTS)
def test_what_is_written_is_read_from_the_end(elements: list[Element]) -> None:
    value = ", ".join(map(written, elements)).encode("latin-1")
    assert read(value) == elements[::-1]
    for element, start in read_elements(value):
        assert element is not None
        assert read(value[start:])[-1] == element


@given(ELEMENTS, binary(max_size=40))
def test_nothing_in_front_changes_the_last(elements: list[Element], before: bytes) -> None:
    value = before + b", " + written(elements[-1]).encode("latin-1")
    assert read(value)[0] == elements[-1]


@given(binary(max_size=60))
def test_whatever_stands_there_comes_to_an_end(value: bytes) -> None:
    found = list(read_elements(value))
    assert None not in [element for element, _ in found[:-1]]
    starts = [start for _, start in found]
    assert starts == sorted(starts, reverse=True)


def test_escapes() -> None:
    assert read(rb'a="\b\\\"";c=d') == [{"a": 'b\\"', "c": "d"}]


def test_that_no_more_is_read_than_there_is_to_be() -> None:
    element = b"for=_a;by=" + b"b" * (FIELD_SIZE - 10)
    assert read(element) == [{"for": "_a", "by": "b" * (FIELD_SIZE - 10)}]
    assert read(b";" + element) == [None]
    assert read(b"x=y," * FIELD_SIZE)[-1] is None
