"""Owns the tests of interim responses."""

from http import HTTPStatus

import pytest

from asgi_bridge import ClientDisconnected
from asgi_bridge._interim import MAX_INTERIM, InterimHeads, read_informational, read_links
from tests.asgi_bridge.fakes import Head, Sink, body, start
from tests.asgi_bridge.test_response import Case

LINKS = [b"</a.css>; rel=preload", b"</b.js>; rel=preload"]
FIELDS = [(b"link", link) for link in LINKS]
HINT = {"type": "http.response.early_hint", "links": LINKS}
INFORMATIONAL = {"type": "http.response.informational", "status": 103, "headers": FIELDS}


@pytest.mark.parametrize("status", [100, 102, 103, 199, HTTPStatus.EARLY_HINTS])
def test_status(status: int) -> None:
    assert read_informational({"status": status}) == (status, [])


@pytest.mark.parametrize("status", [None, "103", 103.0, True])
def test_status_of_the_wrong_type(status: object) -> None:
    with pytest.raises(TypeError, match="status"):
        read_informational({"status": status})


@pytest.mark.parametrize("status", [99, 101, 200, -103])
def test_status_that_is_not_interim(status: int) -> None:
    with pytest.raises(ValueError, match="interim status"):
        read_informational({"status": status})


def test_fields_of_any_shape() -> None:
    message = {"status": 103, "headers": ([b"a", bytearray(b"b")],)}
    assert read_informational(message) == (103, [(b"a", b"b")])


def test_length_of_an_interim_response() -> None:
    with pytest.raises(ValueError, match="content-length"):
        read_informational({"status": 103, "headers": [(b"Content-Length", b"0")]})


@pytest.mark.parametrize("links", [LINKS, tuple(LINKS), iter(LINKS), map(bytearray, LINKS)])
def test_links(links: object) -> None:
    assert read_links({"links": links}) == FIELDS


@pytest.mark.parametrize("links", [None, b"</a>", "</a>", memoryview(b"a"), 5, ["</a>"], [1]])
def test_links_of_the_wrong_type(links: object) -> None:
    with pytest.raises(TypeError):
        read_links({"links": links})


def test_they_are_bounded() -> None:
    sink = Sink()
    heads = InterimHeads(sink)
    field = (b"link", b"x" * 996)
    for _ in range(MAX_INTERIM // 1064):
        heads.send(103, [field])
    for _ in range(3):
        with pytest.raises(RuntimeError, match="interim"):
            heads.send(103, [field])
    assert len(sink.calls) == MAX_INTERIM // 1064


def test_those_without_fields_are_bounded_as_well() -> None:
    sink = Sink()
    heads = InterimHeads(sink)
    for _ in range(256):
        heads.send(102, [])
    with pytest.raises(RuntimeError, match="interim"):
        heads.send(102, [])
    assert len(sink.calls) == 256


def test_one_that_the_wire_refuses_is_free() -> None:
    sink = Sink()
    heads = InterimHeads(sink)
    field = (b"link", b"x" * (MAX_INTERIM - 64 - 4))
    sink.refusal = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        heads.send(103, [field])
    heads.send(103, [field])


# In their place in a response


@pytest.mark.parametrize("is_held", [False, True])
def test_before_the_head_both_go_out(is_held: bool) -> None:
    case = Case()
    if is_held:
        case.begin()
    case.response.early_hint(HINT)
    case.response.informational(INFORMATIONAL)
    assert case.sink.calls == [("informational", 103, FIELDS)] * 2
    assert case.response.status == 0


def test_hints_behind_the_head_are_left_out() -> None:
    case = Case()
    case.begin().body(body(b"a", more_body=True))
    case.response.early_hint(HINT)
    with pytest.raises(TypeError):
        case.response.early_hint({"links": None})
    assert case.sink.names == ["start", "data"]


def test_informational_behind_the_head_is_out_of_order() -> None:
    case = Case()
    case.begin().body(body(b"a", more_body=True))
    with pytest.raises(RuntimeError, match=r"informational out of order, expected http.*body"):
        case.response.informational(INFORMATIONAL)


def test_behind_the_response_both_are_out_of_order() -> None:
    case = Case(Head())
    case.response.start(start())
    case.response.body(body())
    for call, message in (
        (case.response.informational, INFORMATIONAL),
        (case.response.early_hint, HINT),
    ):
        with pytest.raises(RuntimeError, match="complete"):
            call(message)


def test_behind_the_client_both_are_an_oserror() -> None:
    case = Case()
    case.response.lose()
    with pytest.raises(ClientDisconnected):
        case.response.early_hint(HINT)
    with pytest.raises(ClientDisconnected):
        case.response.informational(INFORMATIONAL)
