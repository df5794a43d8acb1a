"""Owns the tests of the order and framing of a response, message by message."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from asgi_bridge import ClientDisconnected, DefaultHeaders
from asgi_bridge._response import BURST, COMPLETE, CUT, MESSAGE_COST, UNHEARD, Response
from tests.asgi_bridge.fakes import LOGGER, Head, Sink, body, start, trailers


@dataclass
class Context:
    """What responses share, as an ExchangeContext has it."""

    default_headers: DefaultHeaders = field(
        default_factory=lambda: DefaultHeaders(lambda: 0.0, server=b"s")
    )
    logger: logging.Logger = LOGGER


DEFAULTS = [(b"date", b"Thu, 01 Jan 1970 00:00:00 GMT"), (b"server", b"s")]


class Case:
    """A response and the sink that it goes to."""

    def __init__(self, head: Head | None = None, *, can_trailers: bool = True) -> None:
        self.sink = Sink(can_trailers=can_trailers)
        self.response = Response(Context(), head or Head(), self.sink)

    def begin(self, status: int = 200, *fields: tuple[bytes, bytes], **more: object) -> Response:
        self.response.start(start(status, fields, **more))
        return self.response


def length(value: int) -> tuple[bytes, bytes]:
    return b"content-length", str(value).encode()


# The calls of the sink


def test_start_is_held_until_the_first_body_message() -> None:
    case = Case()
    response = case.begin(404, (b"a", b"b"))
    assert case.sink.calls == []
    assert response.status == 0
    assert not response.body(body(b"gone"))
    assert case.sink.calls == [
        ("start", 404, [(b"a", b"b"), *DEFAULTS], False),
        ("data", b"gone", True),
    ]
    assert response.status == 404
    assert response.state == COMPLETE


def test_keys_have_the_defaults_of_asgi() -> None:
    case = Case()
    case.response.start({"type": "http.response.start", "status": 204})
    case.response.body({"type": "http.response.body"})
    assert case.sink.calls == [("start", 204, DEFAULTS, True)]
    assert case.response.state == COMPLETE


def test_fields_of_the_application_are_not_overruled_nor_changed() -> None:
    fields = [(b"Server", b"mine"), (b"a", b"1")]
    case = Case()
    case.response.start(start(200, fields))
    fields.append((b"late", b""))
    case.response.body(body())
    assert case.sink.calls == [
        ("start", 200, [(b"Server", b"mine"), (b"a", b"1"), DEFAULTS[0]], True)
    ]


def test_chunks_go_out_one_by_one() -> None:
    case = Case()
    response = case.begin()
    for chunk in (b"one", bytearray(b"two"), memoryview(b"three")):
        assert not response.body(body(chunk, more_body=True))
    response.body(body(b"four"))
    assert case.sink.calls[1:] == [
        ("data", b"one", False),
        ("data", b"two", False),
        ("data", b"three", False),
        ("data", b"four", True),
    ]


def test_bytes_go_out_by_reference() -> None:
    case = Case()
    chunk = bytes(5000)
    case.begin().body(body(chunk))
    assert case.sink.calls[1][1] is chunk


def test_empty_first_chunk_sends_the_head() -> None:
    case = Case()
    response = case.begin()
    response.body(body(b"", more_body=True))
    assert case.sink.calls[1:] == [("data", b"", False)]
    response.body(body(b"", more_body=True))
    assert case.sink.calls[1:] == [("data", b"", False)]


def test_empty_last_chunk_ends() -> None:
    case = Case()
    response = case.begin()
    response.body(body(b"a", more_body=True))
    response.body(body())
    assert case.sink.calls[1:] == [("data", b"a", False), ("data", b"", True)]


def test_full_sink_makes_the_next_message_wait_but_not_after_the_last() -> None:
    case = Case()
    case.sink.has_room = False
    response = case.begin()
    assert response.body(body(b"a", more_body=True))
    assert response.body(body(b"b", more_body=True))
    assert not response.body(body(b"", more_body=True))
    assert not response.body(body(b"c"))


def test_full_sink_makes_the_trailers_wait() -> None:
    case = Case()
    case.sink.has_room = False
    response = case.begin(trailers=True)
    assert response.body(body(b"a"))


# Order


Step = Callable[[Response], object]

MESSAGES: dict[str, Step] = {
    "start": lambda response: response.start(start(trailers=True)),
    "body": lambda response: response.body(body(b"a", more_body=True)),
    "last body": lambda response: response.body(body(b"a")),
    "trailers": lambda response: response.trailers(trailers(more_trailers=True)),
    "last trailers": lambda response: response.trailers(trailers()),
    "abort": lambda response: response.abort(),
}

# What led to each state, and what may come next.
STATES = [
    ([], {"start"}),
    (["start"], {"body", "last body"}),
    (["start", "body"], {"body", "last body"}),
    (["start", "last body"], {"trailers", "last trailers"}),
    (["start", "body", "last body", "trailers"], {"trailers", "last trailers"}),
    (["start", "last body", "last trailers"], set[str]()),
    (["abort"], set[str]()),
    (["start", "body", "abort"], set[str]()),
]


@pytest.mark.parametrize("name", sorted(set(MESSAGES) - {"abort"}))
@pytest.mark.parametrize(("past", "possible"), STATES, ids=lambda value: "-".join(sorted(value)))
def test_every_message_in_every_state(past: list[str], possible: set[str], name: str) -> None:
    case = Case()
    for step in past:
        MESSAGES[step](case.response)
    before = list(case.sink.calls)
    if name in possible:
        MESSAGES[name](case.response)
    else:
        with pytest.raises(RuntimeError, match=r"out of order, expected"):
            MESSAGES[name](case.response)
        assert case.sink.calls == before


def test_trailers_that_were_not_announced() -> None:
    case = Case()
    response = case.begin()
    response.body(body(b"a", more_body=True))
    with pytest.raises(RuntimeError, match=r"expected http\.response\.body"):
        response.trailers(trailers())


def test_after_the_client_left_every_message_is_an_oserror() -> None:
    for past, possible in STATES:
        case = Case()
        for step in past:
            MESSAGES[step](case.response)
        case.response.lose()
        assert case.response.is_lost is bool(possible)
        error = ClientDisconnected if possible else RuntimeError
        for name in set(MESSAGES) - {"abort"}:
            with pytest.raises(error):
                MESSAGES[name](case.response)


def test_complete_response_cannot_be_lost() -> None:
    case = Case()
    response = case.begin()
    response.body(body())
    response.lose()
    assert not response.is_lost
    with pytest.raises(RuntimeError, match="the response is complete"):
        response.body(body())


# Values


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (start("200"), TypeError),
        (start(True), TypeError),
        (start(101), ValueError),
        ({"type": "http.response.start"}, ValueError),
        (start(200, None), TypeError),
        (start(200, [("a", b"b")]), TypeError),
        (start(200, [(b"a",)]), ValueError),
        (start(200, [(b"content-length", b"x")]), ValueError),
        (start(200, [length(1), length(1)]), ValueError),
    ],
    ids=repr,
)
def test_bad_start_did_not_happen(message: dict[str, object], error: type[Exception]) -> None:
    case = Case()
    with pytest.raises(error):
        case.response.start(message)
    case.begin().body(body(b"x"))
    assert case.sink.names == ["start", "data"]


@pytest.mark.parametrize("chunk", ["a", None, 1, [b"a"]], ids=repr)
def test_bad_body_did_not_happen(chunk: object) -> None:
    case = Case()
    response = case.begin(200, length(1))
    with pytest.raises(TypeError):
        response.body(body(chunk))
    assert case.sink.calls == []
    response.body(body(b"x"))
    assert case.sink.names == ["start", "data"]


def test_head_that_the_sink_refuses_did_not_happen() -> None:
    case = Case()
    response = case.begin(200, (b"bad name", b""), length(9), trailers=True)
    case.sink.refusal = ValueError("bad name")
    with pytest.raises(ValueError, match="bad name"):
        response.body(body(b"x" * 9, more_body=True))
    assert response.status == 0
    case.begin(500).body(body(b"sorry"))
    assert case.sink.calls == [("start", 500, DEFAULTS, False), ("data", b"sorry", True)]


# Content-length


def test_body_as_long_as_its_length() -> None:
    case = Case()
    response = case.begin(200, length(3))
    response.body(body(b"a", more_body=True))
    response.body(body(b"", more_body=True))
    response.body(body(b"bc", more_body=True))
    response.body(body())
    assert case.sink.names == ["start", "data", "data", "data"]
    assert response.state == COMPLETE


@pytest.mark.parametrize("more_body", [True, False])
def test_longer_first_body_may_be_taken_back(*, more_body: bool) -> None:
    case = Case()
    response = case.begin(200, length(3))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="longer than its content-length"):
            response.body(body(b"abcd", more_body=more_body))
    assert not case.sink.calls
    response.body(body(b"abc"))
    assert case.sink.names == ["start", "data"]
    assert response.state == COMPLETE


def test_longer_first_body_is_an_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    response = case.begin(200, length(3))
    with pytest.raises(RuntimeError) as raised:
        response.body(body(b"abcd"))
    response.fail(raised.value)
    assert case.sink.calls == ERROR


@pytest.mark.parametrize("chunks", [[b"abc", b"d"], [b"", b"abc", b"", b"de"]])
@pytest.mark.parametrize("more_body", [True, False])
def test_longer_body_is_never_sent(chunks: list[bytes], *, more_body: bool) -> None:
    case = Case()
    response = case.begin(200, length(3))
    for chunk in chunks[:-1]:
        response.body(body(chunk, more_body=True))
    with pytest.raises(RuntimeError, match="longer than its content-length"):
        response.body(body(chunks[-1], more_body=more_body))
    assert case.sink.bytes_sent <= 3
    assert case.sink.names[-1] == "abort"
    with pytest.raises(RuntimeError, match="the response was aborted"):
        response.body(body())


@pytest.mark.parametrize("chunk", [b"", b"ab"])
def test_shorter_only_body_is_an_error_of_the_server(
    chunk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    case = Case()
    response = case.begin(200, length(3))
    assert not response.body(body(chunk))
    assert case.sink.calls == ERROR
    assert response.status == 500
    assert caplog.messages == [
        f"ASGI application sent {3 - len(chunk)} bytes less than its content-length"
    ]


@pytest.mark.parametrize("chunks", [[b"a", b"b"], [b"ab", b""]])
def test_shorter_body_is_aborted_and_logged(
    chunks: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    case = Case()
    response = case.begin(200, length(3))
    for chunk in chunks[:-1]:
        response.body(body(chunk, more_body=True))
    assert not response.body(body(chunks[-1]))
    assert case.sink.names[-1] == "abort"
    assert ("data", chunks[-1], True) not in case.sink.calls
    missing = 3 - sum(map(len, chunks))
    assert caplog.messages == [
        f"ASGI application sent {missing} bytes less than its content-length"
    ]


@pytest.mark.parametrize("chunk", [b"", b"ab", b"abcd"])
@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304)])
def test_length_of_a_response_without_body_is_not_counted(
    method: bytes, status: int, chunk: bytes
) -> None:
    case = Case(Head(method))
    response = case.begin(status, length(3))
    response.body(body(chunk, more_body=True))
    response.body(body(chunk))
    assert response.state == COMPLETE
    assert case.sink.names[-1] == "data"
    assert ("start", status, [length(3), *DEFAULTS], False) in case.sink.calls


# Responses without a body

EMPTY = pytest.mark.parametrize(
    ("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304)]
)


@EMPTY
def test_body_that_does_not_go_out_is_dropped(method: bytes, status: int) -> None:
    case = Case(Head(method))
    response = case.begin(status)
    assert response.state < UNHEARD
    response.body(body(b"a", more_body=True))
    assert response.state == UNHEARD
    calls = list(case.sink.calls)
    assert calls == [("start", status, DEFAULTS, False), ("data", b"a", False)]
    assert not response.body(body(b"b", more_body=True))
    assert case.sink.calls == calls
    assert not response.body(body(b"c"))
    assert case.sink.calls == [*calls, ("data", b"", True)]
    assert response.state == COMPLETE
    with pytest.raises(RuntimeError, match="the response is complete"):
        response.body(body())


@EMPTY
@pytest.mark.parametrize("size", [0, 1, 1000, BURST])
def test_body_that_does_not_go_out_has_an_end(method: bytes, status: int, size: int) -> None:
    case = Case(Head(method))
    response = case.begin(status)
    response.body(body(b"a", more_body=True))
    for _ in range(BURST // (size + MESSAGE_COST)):
        response.body(body(bytes(size), more_body=True))
    for _ in range(2):
        with pytest.raises(ClientDisconnected, match="nobody waits"):
            response.body(body(bytes(size), more_body=True))
    assert case.sink.calls[2:] == [("data", b"", True)]
    assert response.status == status
    assert response.state == CUT
    response.lose()
    assert not response.is_lost


def test_last_part_of_a_dropped_body_may_be_of_any_size() -> None:
    case = Case(Head(b"HEAD"))
    response = case.begin()
    response.body(body(b"a", more_body=True))
    response.body(body(bytes(2 * BURST)))
    assert response.state == COMPLETE


def test_dropped_body_is_checked() -> None:
    case = Case(Head(b"HEAD"))
    response = case.begin()
    response.body(body(b"a", more_body=True))
    with pytest.raises(TypeError):
        response.body(body("text", more_body=True))
    with pytest.raises(RuntimeError, match=r"expected http\.response\.body"):
        response.start(start())


def test_dropped_body_after_the_client_left() -> None:
    case = Case(Head(b"HEAD"))
    response = case.begin()
    response.body(body(b"a", more_body=True))
    response.lose()
    with pytest.raises(ClientDisconnected, match="left"):
        response.body(body(b"a", more_body=True))
    assert case.sink.names == ["start", "data"]


def test_return_in_the_middle_of_a_dropped_body_completes_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    case = Case(Head(b"HEAD"))
    response = case.begin()
    response.body(body(b"a", more_body=True))
    response.miss(is_excused=False)
    assert case.sink.calls[2:] == [("data", b"", True)]
    assert response.state == COMPLETE
    assert caplog.messages == []


def test_error_in_the_middle_of_a_dropped_body(caplog: pytest.LogCaptureFixture) -> None:
    case = Case(Head(b"HEAD"))
    response = case.begin()
    response.body(body(b"a", more_body=True))
    response.fail(ZeroDivisionError())
    assert case.sink.names[2:] == ["abort"]
    assert caplog.messages == ["Exception in ASGI application"]


def test_head_that_the_sink_refuses_says_nothing_of_the_next_one() -> None:
    case = Case()
    case.sink.refusal = ValueError("unsafe")
    response = case.begin(204)
    with pytest.raises(ValueError, match="unsafe"):
        response.body(body(b"a", more_body=True))
    case.begin(200)
    response.body(body(b"a", more_body=True))
    assert response.state < UNHEARD


def test_trailers_of_a_response_without_body_are_dropped() -> None:
    case = Case(Head(b"HEAD"))
    response = case.begin(trailers=True)
    response.body(body(b"a"))
    assert response.state == COMPLETE
    response.trailers(trailers([(b"x", b"1")], more_trailers=True))
    response.trailers(trailers([(b"y", b"2")]))
    assert case.sink.calls[1:] == [("data", b"a", True)]
    with pytest.raises(RuntimeError):
        response.trailers(trailers())


# Trailers


def test_trailers_end_the_response() -> None:
    case = Case()
    response = case.begin(trailers=True)
    response.body(body(b"a"))
    assert response.state < COMPLETE
    response.trailers(trailers([[b"x", b"1"]], more_trailers=True))
    assert response.state < COMPLETE
    response.trailers(trailers(iter([(b"y", memoryview(b"2"))])))
    assert case.sink.calls[1:] == [
        ("data", b"a", False),
        ("trailers", [(b"x", b"1"), (b"y", b"2")]),
    ]
    assert response.state == COMPLETE


def test_trailers_after_an_empty_body() -> None:
    case = Case()
    response = case.begin(trailers=True)
    response.body(body())
    response.trailers(trailers())
    assert case.sink.calls == [
        ("start", 200, DEFAULTS, False),
        ("data", b"", False),
        ("trailers", []),
    ]


def test_empty_last_chunk_before_trailers_is_not_sent() -> None:
    case = Case()
    response = case.begin(trailers=True)
    response.body(body(b"a", more_body=True))
    response.body(body())
    assert case.sink.names == ["start", "data"]


def test_trailers_that_the_sink_refuses_can_be_sent_again() -> None:
    case = Case()
    response = case.begin(trailers=True)
    response.body(body(b"a"))
    case.sink.refusal = ValueError("bad")
    with pytest.raises(ValueError, match="bad"):
        response.trailers(trailers([(b":x", b"")]))
    with pytest.raises(TypeError):
        response.trailers(trailers([("x", b"")]))
    response.trailers(trailers([(b"x", b"")]))
    assert case.sink.calls[-1] == ("trailers", [(b"x", b"")])


def test_trailers_are_dropped_where_the_client_takes_none() -> None:
    case = Case(can_trailers=False)
    response = case.begin(trailers=True)
    with pytest.raises(RuntimeError):
        response.trailers(trailers())
    response.body(body(b"a"))
    assert case.sink.calls[1:] == [("data", b"a", True)]
    assert response.state == COMPLETE
    with pytest.raises(TypeError):
        response.trailers(trailers([("x", b"")]))
    response.trailers(trailers([(b"x", b"")], more_trailers=True))
    response.trailers(trailers([(b"y", b"")]))
    with pytest.raises(RuntimeError, match="the response is complete"):
        response.trailers(trailers())
    assert case.sink.names == ["start", "data"]


# What the application leaves undone

ERROR = [
    (
        "start",
        500,
        [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21"), *DEFAULTS],
        False,
    ),
    ("data", b"Internal Server Error", True),
]


def test_exception_before_the_start(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    error = KeyError("why")
    case.response.fail(error)
    assert case.sink.calls == ERROR
    assert case.response.status == 500
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_error_response_keeps_its_content_type() -> None:
    sink = Sink()
    defaults = DefaultHeaders(lambda: 0.0, date=False, extra=[(b"content-type", b"text/html")])
    Response(Context(defaults), Head(), sink).fail(KeyError())
    assert sink.calls[0][2] == ERROR[0][2][:2]  # type: ignore[index]  # the list of fields


def test_trailers_without_announcement_tell_how_to_announce_them() -> None:
    response = Case().begin()
    response.body(body(b"a"))
    with pytest.raises(RuntimeError, match="a start announces trailers by `trailers: True`"):
        response.trailers(trailers())


def test_exception_while_the_start_is_held(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    case.begin().fail(KeyError())
    assert case.sink.calls == ERROR
    assert len(caplog.records) == 1


def test_exception_after_the_first_body(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    response = case.begin()
    response.body(body(b"a", more_body=True))
    response.fail(KeyError())
    assert case.sink.names[-1] == "abort"
    assert len(caplog.records) == 1


def test_exception_after_the_end(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    response = case.begin()
    response.body(body())
    response.fail(KeyError())
    assert case.sink.names == ["start"]
    assert len(caplog.records) == 1


def test_exception_for_the_client_that_left_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    case = Case()
    case.response.lose()
    case.response.fail(ClientDisconnected())
    assert [record.levelno for record in caplog.records] == [logging.DEBUG]
    case.response.fail(KeyError())
    assert caplog.records[1].levelno == logging.ERROR
    assert case.sink.calls == []


def test_departure_of_another_client_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    case = Case()
    case.response.fail(ClientDisconnected())
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert case.sink.calls == ERROR


@pytest.mark.parametrize("is_excused", [True, False])
def test_no_response(caplog: pytest.LogCaptureFixture, *, is_excused: bool) -> None:
    case = Case()
    case.response.miss(is_excused=is_excused)
    assert case.sink.calls == ERROR
    expected = [] if is_excused else ["ASGI application returned without a response"]
    assert caplog.messages == expected


@pytest.mark.parametrize("is_excused", [True, False])
def test_incomplete_response(caplog: pytest.LogCaptureFixture, *, is_excused: bool) -> None:
    case = Case()
    case.begin().body(body(b"a", more_body=True))
    case.response.miss(is_excused=is_excused)
    assert case.sink.names[-1] == "abort"
    expected = [] if is_excused else ["ASGI application returned without completing its response"]
    assert caplog.messages == expected


def test_abort_is_said_once_and_never_after_the_end() -> None:
    case = Case()
    case.response.abort()
    case.response.abort()
    assert case.sink.calls == [("abort",)]
    case = Case()
    case.begin().body(body())
    case.response.abort()
    assert case.sink.names == ["start"]


# The burst


def test_burst_counts_bytes_and_messages() -> None:
    case = Case()
    response = case.begin()
    assert response.burst == 0
    response.body(body(b"a" * 500, more_body=True))
    response.body(body(b"", more_body=True))
    assert response.burst == 500 + 2 * MESSAGE_COST
