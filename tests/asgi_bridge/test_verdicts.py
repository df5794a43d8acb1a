"""Owns the tests of responses that end otherwise than by their last message."""

import pytest

from asgi_bridge import ClientDisconnected
from asgi_bridge._states import COMPLETE, LOST, OVERRULED, UNHEARD
from tests.asgi_bridge.fakes import Head, body, start
from tests.asgi_bridge.test_response import DEFAULTS, Case

TOO_LARGE = [
    (
        "start",
        413,
        [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"17"), *DEFAULTS],
        False,
    ),
    ("data", b"Content Too Large", True),
]


def test_request_is_overruled_before_the_start() -> None:
    case = Case()
    case.response.overrule()
    assert case.sink.calls == TOO_LARGE
    assert (case.response.state, case.response.status) == (OVERRULED, 413)


def test_request_is_overruled_while_the_head_is_held() -> None:
    case = Case()
    case.begin(200, (b"a", b"b")).overrule()
    assert case.sink.calls == TOO_LARGE


def test_response_that_has_begun_is_cut_off() -> None:
    case = Case()
    case.begin().body(body(b"a", more_body=True))
    case.response.overrule()
    assert case.sink.names == ["start", "data", "abort"]
    assert (case.response.state, case.response.status) == (LOST, 200)


def test_response_without_a_body_is_complete_when_overruled() -> None:
    case = Case(Head(method=b"HEAD"))
    case.begin().body(body(b"a", more_body=True))
    assert case.response.state == UNHEARD
    case.response.overrule()
    assert case.sink.calls[-1] == ("data", b"", True)
    assert case.response.state == OVERRULED


@pytest.mark.parametrize("call", ["overrule", "cut_off", "abort", "lose"])
def test_complete_response_stays(call: str) -> None:
    case = Case()
    case.begin().body(body(b"a"))
    getattr(case.response, call)()
    assert case.sink.names == ["start", "data"]
    assert case.response.state == COMPLETE


@pytest.mark.parametrize("begins", [True, False])
def test_application_learns_that_it_was_overruled(begins: bool) -> None:
    case = Case()
    if begins:
        case.begin().body(body(b"a", more_body=True))
    case.response.overrule()
    for message in (start(), body()):
        with pytest.raises(ClientDisconnected):
            (case.response.start if "status" in message else case.response.body)(message)


def test_error_of_an_overruled_application_is_its_departure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    case = Case()
    case.response.overrule()
    case.response.fail(ClientDisconnected("so"))
    assert caplog.records == []
    case.response.fail(KeyError("so"))
    assert len(caplog.records) == 1
    assert case.sink.calls == TOO_LARGE
