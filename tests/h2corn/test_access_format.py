"""Gunicorn's atoms say what gunicorn's documentation says, and no client can forge a line."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._access_format import AtomForm, fault_of_format
from h2corn._access_line import client_text
from h2corn._log_entry import Entry
from h2corn._query_mask import QueryMask

FIELDS = [
    (b"referer", b"http://a/?token=1"),
    (b"user-agent", b'curl "8"'),
    (b"authorization", b"Basic YW5uYTpzZWNyZXQ="),
]
ENTRY = Entry(
    client_text(("192.0.2.1", 5)),
    b"GET",
    b"/a?token=1&b",
    "1.1",
    200,
    1.2345678,
    25,
    5,
    FIELDS,
    [(b"Content-Type", b"text/plain")],
)


@pytest.mark.parametrize(
    ("atom", "text"),
    [
        ("%(h)s", "192.0.2.1"),
        ("%(l)s", "-"),
        ("%(u)s", "anna"),
        ("%(r)s", "GET /a?token=1&b HTTP/1.1"),
        ("%(m)s", "GET"),
        ("%(U)s", "/a"),
        ("%(q)s", "token=1&b"),
        ("%(H)s", "HTTP/1.1"),
        ("%(s)s", "200"),
        ("%(B)s", "25"),
        ("%(b)s", "25"),
        ("%(f)s", "http://a/?token=1"),
        ("%(a)s", r"curl \"8\""),
        ("%(T)s", "1"),
        ("%(D)s", "1234567"),
        ("%(M)s", "1234"),
        ("%(L)s", "1.234568"),
        ("%({User-Agent}i)s", r"curl \"8\""),
        ("%({none}i)s", "-"),
        ("%({content-type}o)s", "text/plain"),
        ("%({none}o)s", "-"),
        ("%({FORMAT_TEST}e)s", r"a\"b"),
        ("%({FORMAT_TEST_NONE}e)s", "-"),
        ("100%%(h)s", "100%(h)s"),
    ],
)
def test_atoms(atom: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMAT_TEST", 'a"b')
    assert fault_of_format(atom) is None
    form = AtomForm(f"<{atom}>")
    assert form(ENTRY) == f"<{text}>"
    assert form.needs_response_fields is ("o)" in atom)


def test_the_process() -> None:
    assert AtomForm("%(p)s")(ENTRY) == f"<{os.getpid()}>"


def test_the_time() -> None:
    assert re.fullmatch(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]", AtomForm("%(t)s")(ENTRY))


@pytest.mark.parametrize("text", ["%(x)s", "%", "50% %(h)s", "%(h)d", "%({a}x)s", "%()s", "a\nb"])
def test_unknown_atoms(text: str) -> None:
    assert fault_of_format(text) is not None


@pytest.mark.parametrize(
    ("client", "host"),
    [
        (("2001:db8::1", 5), "2001:db8::1"),
        (("2001:db8::1", 0), "2001:db8::1"),
        (("192.0.2.1", 0), "192.0.2.1"),
        (None, "unix"),
    ],
)
def test_hosts(client: tuple[str, int] | None, host: str) -> None:
    assert AtomForm("%(h)s")(ENTRY._replace(client=client_text(client))) == host


@pytest.mark.parametrize("value", [b"Bearer x", b"Basic !", b"Basic", b"Basic OmE="])
def test_no_user(value: bytes) -> None:
    assert AtomForm("%(u)s")(ENTRY._replace(fields=[(b"authorization", value)])) == "-"


def test_nothing_was_sent() -> None:
    entry = ENTRY._replace(status=0, sent=0)
    assert AtomForm("%(s)s %(b)s %(B)s")(entry) == "- - 0"


def test_parameters_are_masked_in_all_that_has_them() -> None:
    form = AtomForm("%(r)s %(q)s %(f)s %({referer}i)s %(a)s", QueryMask(["token"]))
    line = form(ENTRY)
    assert "token=1" not in line
    assert line.count("token=***") == 4


@given(st.binary(), st.binary(), st.binary())
def test_any_request_is_one_line_of_printable_ascii(
    method: bytes, target: bytes, value: bytes
) -> None:
    names = (b"referer", b"user-agent", b"authorization", b"x")
    entry = ENTRY._replace(
        method=method,
        target=target,
        fields=[(name, value) for name in names],
        response_fields=[(b"x", value)],
    )
    for atom in ("r", "m", "U", "q", "f", "a", "u", "{x}i", "{x}o"):
        line = AtomForm(f'"%({atom})s"')(entry)
        assert line.isascii()
        assert line.isprintable()
        assert line.replace("\\\\", "").replace('\\"', "").count('"') == 2
