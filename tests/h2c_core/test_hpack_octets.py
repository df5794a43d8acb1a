"""Owns the tests of what names and values may consist of. Does not test field blocks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._hpack_octets import is_stripped, is_valid_name, is_valid_value

TOKEN = re.compile(rb":?[!#$%&'*+\-.^_`|~0-9a-z]+")


@given(st.one_of(st.binary(max_size=8), st.from_regex(TOKEN, fullmatch=True)))
def test_names_are_lower_case_tokens(name: bytes) -> None:
    assert is_valid_name(name) == (TOKEN.fullmatch(name) is not None)


@pytest.mark.parametrize("octet", range(256))
def test_each_octet_of_a_name(octet: int) -> None:
    name = bytes((0x61, octet))
    assert is_valid_name(name) == (TOKEN.fullmatch(name) is not None)


@pytest.mark.parametrize("octet", range(256))
def test_each_octet_of_a_value(octet: int) -> None:
    assert is_valid_value(bytes((0x61, octet, 0x61))) == (octet not in b"\0\r\n")
    assert is_stripped(bytes((octet, 0x61))) == (octet not in b" \t")
    assert is_stripped(bytes((0x61, octet))) == (octet not in b" \t")


def test_an_empty_value_is_valid_and_an_empty_name_is_not() -> None:
    assert is_valid_value(b"")
    assert not is_valid_name(b"")
    assert not is_valid_name(b":")
