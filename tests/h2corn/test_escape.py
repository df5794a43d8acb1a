"""What others wrote stays one piece of one line."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._escape import escape_quoted, escape_unprintable


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"/items/42?q=%22", "/items/42?q=%22"),
        (b"", ""),
        (b'a" 200', r"a\" 200"),
        (b"a\\x0a", r"a\\x0a"),
        (b"a\r\nb", r"a\x0d\x0ab"),
        (b"\x1b[2J", r"\x1b[2J"),
        (b"\x7f\x80\x9b\xff", r"\x7f\x80\x9b\xff"),
        ("é".encode(), r"\xc3\xa9"),
    ],
)
def test_quoted(raw: bytes, text: str) -> None:
    assert escape_quoted(raw) == text


@given(st.binary())
def test_quoted_bytes_are_printable_ascii_and_can_be_read_back(raw: bytes) -> None:
    text = escape_quoted(raw)
    assert text.isascii()
    assert text.isprintable()
    assert '"' not in text.replace("\\\\", "").replace('\\"', "")
    assert codecs.escape_decode(text.encode())[0] == raw


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("no module named 'é' • here", "no module named 'é' • here"),
        ("a\nb\r\x1b[1m", r"a\nb\r\x1b[1m"),
        ("\x85\u2028\u202e", r"\x85\u2028\u202e"),
        ("\udcff", r"\udcff"),
    ],
)
def test_unprintable(text: str, escaped: str) -> None:
    assert escape_unprintable(text) == escaped


@given(st.text())
def test_text_becomes_one_printable_line(text: str) -> None:
    escaped = escape_unprintable(text)
    assert escaped.isprintable()
    assert len(escaped.splitlines()) <= 1
    assert escape_unprintable(escaped) == escaped
