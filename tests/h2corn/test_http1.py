"""A connection: one request after the other, what is bounded, and how it ends."""

import itertools
import sys

import pytest
from httptools import HttpParserError, HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from h2corn._http1_limits import Http1Limits
from tests.h2corn.http1_rows import CHUNKED, CHUNKED_ROWS, HEAD_ROWS
from tests.h2corn.http1_shell import GET, OK, SMUGGLED, Fields, Request, Shell, post, receive

KIB = 1024
CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"


def echo(request: Request) -> None:
    """Answer with the body, and close when the target says so."""
    headers = [(b"connection", b"close")] if b"close" in request.head.target else []
    request.answer(request.body, headers=headers)


# Requests


def test_request_and_response() -> None:
    shell = receive(b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n")
    assert shell.last.head.target == b"/a"
    assert not shell.is_idle()
    assert not shell.has_pending()
    shell.last.answer()
    assert shell.flush() == OK
    assert shell.is_idle()
    assert not shell.is_closed()


def test_body_with_a_length() -> None:
    shell = receive(post(5) + b"he", b"l", b"lo" + GET)
    assert shell.last.body == b"hello"
    assert shell.last.trailers == []
    assert len(shell.requests) == 1
    shell.last.answer()
    assert shell.has_pending()
    shell.receive(b"")
    assert len(shell.requests) == 2


def test_body_in_chunks() -> None:
    shell = receive(CHUNKED, b"3\r\nab", b"c\r\n2\r\nde\r\n0\r\nA: b\r", b"\n\r\n" + GET)
    assert shell.last.body == b"abcde"
    assert shell.last.trailers == [(b"a", b"b")]
    shell.last.answer()
    shell.receive(b"")
    assert len(shell.requests) == 2


@pytest.mark.parametrize(
    "body", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS]
)
def test_body_of_head(body: bytes) -> None:
    """Its answer has none, which is nothing to what comes (RFC 9110 section 9.3.2)."""
    shell = Shell(answer=echo)
    shell.receive(b"HEAD / HTTP/1.1\r\nHost: a\r\n" + body + GET)
    assert [request.head.method for request in shell.requests] == [b"HEAD", b"GET"]
    assert shell.requests[0].body == b"hello"


def test_empty_bodies() -> None:
    shell = receive(post(0))
    assert shell.last.head.end_stream
    assert shell.last.trailers is None
    shell = receive(CHUNKED + b"0\r\n\r\n")
    assert not shell.last.head.end_stream
    assert shell.last.trailers == []


def test_empty_line_between_requests() -> None:
    shell = Shell(answer=Request.answer)
    shell.receive(GET + b"\r\n" + GET, b"\r", b"\n" + GET)
    assert len(shell.requests) == 3
    assert shell.sent == OK * 3


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_connection_is_kept(version: bytes) -> None:
    shell = Shell(answer=Request.answer)
    request = b"GET / HTTP/%b\r\nConnection: keep-alive\r\nHost: a\r\n\r\n" % version
    shell.receive(*[request] * 3)
    assert len(shell.requests) == 3
    assert not shell.is_closed()


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_nothing_is_read_behind_the_last_request(request_head: bytes) -> None:
    shell = Shell(answer=Request.answer)
    shell.receive(request_head + SMUGGLED, SMUGGLED)
    assert len(shell.requests) == 1
    assert b"connection: close" in shell.sent
    assert shell.is_closed()
    assert shell.connection.refusal is None


def test_connect_is_left_to_the_application() -> None:
    shell = receive(b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert shell.last.head.target == b""
    assert shell.last.head.authority == b"a:80"


# Pipelining


def test_one_request_at_a_time() -> None:
    shell = receive(GET + SMUGGLED)
    assert [request.head.target for request in shell.requests] == [b"/"]
    shell.receive(b"")
    assert len(shell.requests) == 1
    shell.last.answer()
    assert shell.writes == [False]
    assert shell.has_pending()
    shell.receive(b"")
    assert [request.head.target for request in shell.requests] == [b"/", b"/smuggled"]


def test_incomplete_request_is_not_pending_for_ever() -> None:
    shell = receive(GET + GET[:-1])
    shell.last.answer()
    assert shell.has_pending()
    shell.receive(b"")
    assert not shell.has_pending()
    shell.receive(GET[-1:])
    assert len(shell.requests) == 2


def test_twenty_thousand_requests_in_one_write() -> None:
    depths: set[int] = set()

    def answer(request: Request) -> None:
        depths.add(len(list(iter_frames())))
        request.answer()

    shell = Shell(answer=answer)
    data = GET * 20_000
    for start in range(0, len(data), 256 * KIB):
        assert shell.is_reading()
        shell.receive(data[start : start + 256 * KIB])
    assert len(shell.requests) == 20_000
    assert shell.sent == OK * 20_000
    assert len(depths) == 1
    assert not shell.has_pending()


def iter_frames() -> list[object]:
    frames: list[object] = []
    frame = sys._getframe()
    while frame.f_back is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def test_waiting_requests_are_bounded() -> None:
    shell = receive(GET)
    received = 0
    while shell.is_reading():
        shell.receive(GET * 100)
        received += len(GET) * 100
    assert received <= 64 * KIB + len(GET) * 100
    shell.last.answer()
    count = 0
    while shell.has_pending():
        shell.receive(b"")
        shell.last.answer()
        shell.flush()
        count += 1
    assert count == received // len(GET)
    assert shell.is_reading()


def test_large_head_behind_a_request_is_not_waited_for_in_vain() -> None:
    shell = receive(GET + GET[:-2] + b"A: " + b"b" * 30_000 + b"\r\nB: " + b"b" * 32_000)
    shell.receive(b"\r\nC: " + b"b" * 30_000)
    assert not shell.is_reading()
    shell.last.answer()
    shell.receive(b"")
    assert shell.is_reading()
    shell.receive(b"\r\n\r\n")
    assert len(shell.requests) == 2


def test_no_request_begins_while_the_transport_is_full() -> None:
    shell = receive(GET)
    shell.connection.pause_output()
    shell.last.answer()
    shell.receive(GET * 3)
    assert len(shell.requests) == 1
    assert not shell.has_pending()
    received = 0
    while shell.is_reading():
        shell.receive(GET * 100)
        received += len(GET) * 100
    assert received <= 64 * KIB + len(GET) * 100
    shell.connection.resume_output()
    assert shell.has_pending()
    shell.receive(b"")
    assert len(shell.requests) == 2


# Bodies that are not taken


def test_unread_body_pauses_reading() -> None:
    shell = receive(post(10 * KIB * KIB))
    received = 0
    while shell.is_reading():
        shell.receive(b"a" * 5_000)
        received += 5_000
    assert 64 * KIB < received <= 64 * KIB + 5_000
    stream = shell.last.stream
    stream.credit(received - 32 * KIB - 1)
    assert not shell.is_reading()
    stream.credit(1)
    assert shell.is_reading()
    stream.credit(32 * KIB)
    shell.receive(b"a" * 64 * KIB)
    assert shell.is_reading()
    shell.receive(b"a")
    assert not shell.is_reading()


def test_reading_goes_on_when_nobody_will_take_the_body() -> None:
    for size in (70_000, 80_000):
        shell = receive(post(size) + b"a" * 70_000)
        assert not shell.is_reading()
        shell.last.answer()
        assert shell.is_reading()


def test_what_was_taken_is_not_held() -> None:
    shell = receive(post(200_000) + b"a" * 100_000)
    assert shell.connection._input.buffer == b""


# Bodies in small pieces


def in_turns(shell: Shell) -> int:
    """Go on while there is something to go on with; returns how often."""
    turns = 0
    while shell.has_pending():
        assert not shell.is_reading()
        shell.receive(b"")
        turns += 1
    return turns


def test_small_chunks_are_taken_in_turns() -> None:
    shell = receive(CHUNKED + b"1\r\nx\r\n" * 9_999)
    assert shell.last.body == b"x" * 2048
    assert in_turns(shell) == 4
    assert shell.last.body == b"x" * 9_999
    assert shell.is_reading()
    shell.receive(b"1\r\ny\r\n0\r\n\r\n" + GET)
    assert shell.last.body[9_999:] == b"y"
    assert shell.last.is_complete
    shell.last.answer()
    shell.receive(b"")
    assert len(shell.requests) == 2


def test_more_that_comes_is_a_turn_too() -> None:
    chunk = b"1\r\nx\r\n"
    shell = receive(CHUNKED + chunk * 5000)
    shell.receive(chunk * 1000)
    assert len(shell.last.body) == 2 * 2048
    in_turns(shell)
    assert len(shell.last.body) == 6000


@pytest.mark.parametrize("count", [2047, 2048, 2049, 4096])
@pytest.mark.parametrize("last", [b"", b"0\r\n\r\n", b"0\r\n\r\n" + GET])
def test_turns_end_with_the_bytes(count: int, last: bytes) -> None:
    shell = receive(CHUNKED + b"1\r\nx\r\n" * count + last)
    assert in_turns(shell) == (count + bool(last) - 1) // 2048
    assert shell.last.body == b"x" * count
    assert shell.last.is_complete == bool(last)
    assert shell.is_reading()


def test_small_chunks_that_nobody_wants() -> None:
    shell = receive(CHUNKED + b"1\r\nx\r\n" * 9_999 + b"0\r\n\r\n" + GET)
    shell.last.answer()
    assert in_turns(shell) == 4
    assert len(shell.requests) == 2


def test_fault_behind_small_chunks() -> None:
    shell = receive(CHUNKED + b"1\r\nx\r\n" * 5_000 + b"x\r\n")
    assert not shell.is_closed()
    in_turns(shell)
    assert len(shell.last.body) == 5_000
    assert shell.is_closed()


def test_no_turn_while_the_transport_is_full() -> None:
    shell = receive(CHUNKED + b"1\r\nx\r\n" * 5_000)
    shell.connection.pause_output()
    assert not shell.has_pending()
    assert not shell.is_reading()
    shell.connection.resume_output()
    assert in_turns(shell) == 2


def test_fault_in_what_is_discarded_closes_without_a_word() -> None:
    shell = receive(CHUNKED)
    shell.last.answer()
    assert shell.flush() == OK
    shell.receive(b"x\r\n", SMUGGLED)
    assert shell.is_closed()
    assert shell.flush() == b""
    assert shell.last.reset is None
    assert len(shell.requests) == 1


# Back-pressure of the response


def test_urgent_output_is_written_at_once() -> None:
    shell = receive(GET)
    stream = shell.last.stream
    stream.start(200, [], False)
    assert stream.data(b"a" * 65_000, False)
    assert shell.writes == [False]
    assert stream.data(b"b" * 65_000, False)
    assert shell.writes == [False, True]
    assert len(shell.sent) > 130_000
    assert shell.last.writable == 0


def test_response_waits_for_the_transport() -> None:
    shell = receive(GET)
    shell.takes_urgent = False
    stream = shell.last.stream
    stream.start(200, [], False)
    assert not stream.data(b"a" * 65_537, False)
    assert shell.last.writable == 0
    shell.flush()
    assert shell.last.writable == 1
    shell.connection.pause_output()
    assert not stream.data(b"a", False)
    shell.flush()
    assert shell.last.writable == 1
    shell.connection.resume_output()
    assert shell.last.writable == 2


@pytest.mark.parametrize("is_taken", [True, False])
def test_end_of_a_response_never_waits(is_taken: bool) -> None:
    shell = receive(post(5))
    shell.takes_urgent = False
    shell.connection.pause_output()
    stream = shell.last.stream
    stream.start(200, [], False)
    assert stream.data(b"a" * 100_000, True)
    shell.connection.resume_output()
    if is_taken:
        shell.flush()
    shell.receive(b"abcde" + GET)
    shell.flush()
    assert [request.writable for request in shell.requests] == [0, 0]


# Drain


def test_idle_connection_closes_when_drained() -> None:
    for shell in (receive(), receive(GET)):
        if shell.requests:
            shell.last.answer()
            shell.flush()
        shell.connection.start_drain(0.0)
        assert shell.is_closed()
        assert shell.connection.refusal is None
        assert shell.flush() == b""


def test_response_during_the_drain_is_the_last() -> None:
    shell = receive(GET + SMUGGLED)
    shell.connection.start_drain(0.0)
    assert not shell.is_closed()
    shell.last.answer()
    assert b"connection: close" in shell.flush()
    assert shell.is_closed()
    assert not shell.has_pending()


def test_response_that_has_begun_when_drained() -> None:
    shell = receive(GET)
    shell.last.stream.start(200, [], False)
    shell.last.stream.data(b"a", False)
    shell.connection.start_drain(0.0)
    shell.last.stream.data(b"b", True)
    assert b"connection: close" not in shell.flush()
    assert shell.is_closed()


@pytest.mark.parametrize("rest", [GET, GET[:10]])
def test_request_that_is_here_already_is_served_when_drained(rest: bytes) -> None:
    shell = receive(GET + rest)
    shell.last.stream.start(200, [], False)
    shell.last.stream.data(b"a", False)
    shell.connection.start_drain(0.0)
    shell.last.stream.data(b"b", True)
    assert not shell.is_closed()
    shell.receive(b"", GET[len(rest) :])
    shell.flush()
    shell.last.answer()
    assert b"connection: close" in shell.flush()
    assert shell.is_closed()


def test_request_that_is_coming_is_served_when_drained() -> None:
    shell = receive(GET[:10])
    shell.connection.start_drain(0.0)
    assert not shell.is_closed()
    shell.receive(GET[10:])
    shell.last.answer()
    assert b"connection: close" in shell.flush()


def test_body_is_not_discarded_when_drained() -> None:
    for data in (post(5), CHUNKED + b"3"):
        shell = receive(data)
        shell.last.answer()
        assert not shell.is_closed()
        shell.connection.start_drain(0.0)
        assert shell.is_closed()
    shell = receive(CHUNKED + b"3")
    stream = shell.last.stream
    stream.start(200, [], False)
    stream.data(b"a", False)
    shell.connection.start_drain(0.0)
    stream.data(b"b", True)
    assert not shell.is_closed()
    stream.finish()
    assert shell.is_closed()


# Any bytes, in any pieces

MESSAGES = [
    GET,
    b"\r\n" + GET,
    b"HEAD /a HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n",
    post(0),
    post(5) + b"hello",
    post(3, b"Expect: 100-continue\r\n") + b"\r\n\r",
    CHUNKED + b"0\r\n\r\n",
    CHUNKED + b"3;a=b\r\nabc\r\n4\r\n\r\n\r\n\r\n0\r\nA: b\r\n\r\n",
]
FAULTY = [row.data for row in HEAD_ROWS if len(row.data) < 400] + [
    CHUNKED + row.data for row in CHUNKED_ROWS if len(row.data) < 400
]

Told = tuple[bytes, bytes, Fields, bytes, Fields | None, int | None]


def transcript(pieces: list[bytes], limits: Http1Limits) -> tuple[list[Told], bytes, bool]:
    """Return all that comes of these pieces."""
    shell = Shell(limits, answer=echo)
    shell.receive(*pieces)
    shell.flush()
    told = [
        (
            request.head.method,
            request.head.target,
            request.head.headers,
            request.body,
            request.trailers,
            request.reset,
        )
        for request in shell.requests
    ]
    return told, shell.sent, shell.is_closed()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place for place in places if place < len(data)), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


SMALL = Http1Limits(
    max_request_line=40,
    max_head=150,
    max_fields=4,
    max_field=60,
    max_chunk_line=12,
    max_trailers=20,
)


@given(
    messages=st.lists(st.sampled_from(MESSAGES), max_size=4),
    last=st.sampled_from([b"", *FAULTY]),
    places=st.lists(st.integers(0, 600), max_size=12),
    limits=st.sampled_from([Http1Limits(), SMALL]),
)
def test_pieces_make_no_difference(
    messages: list[bytes], last: bytes, places: list[int], limits: Http1Limits
) -> None:
    data = b"".join(messages) + last
    assert transcript(cut(data, places), limits) == transcript([data], limits)


@given(last=st.sampled_from(MESSAGES + FAULTY), limits=st.sampled_from([Http1Limits(), SMALL]))
def test_single_bytes_make_no_difference(last: bytes, limits: Http1Limits) -> None:
    data = GET + last
    assert transcript([bytes([octet]) for octet in data], limits) == transcript([data], limits)


TOKENS = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b":",
        b"0",
        b"5",
        b"GET / HTTP/1.1\r\n",
        b"Host: a\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"\r\n\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        GET,
        CHUNKED,
    ]
)


@given(st.lists(st.one_of(TOKENS, st.binary(max_size=8)), max_size=20))
def test_garbage_is_refused_or_waited_for(pieces: list[bytes]) -> None:
    shell = Shell(answer=echo)
    shell.receive(*pieces)
    connection = shell.connection
    if connection.refusal is not None:
        assert connection.is_closed
        assert 400 <= connection.refusal.status <= 505
        assert b"connection: close\r\n" in shell.sent
    assert len(connection._input.buffer) <= 256 + 8 * 1024
    assert transcript(pieces, Http1Limits()) == transcript([b"".join(pieces)], Http1Limits())


class Llhttp:
    """What httptools makes of the same bytes."""

    def __init__(self, data: bytes) -> None:
        self.target = b""
        self.headers: Fields = []
        self.body = b""
        self.is_complete = False
        self.keeps_alive = False
        self.fault = ""
        self.parser = HttpRequestParser(self)
        try:
            self.parser.feed_data(data)
        except HttpParserError as error:
            self.fault = str(error)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # It leaves white space at the end (RFC 9112 section 5.1).
        self.headers.append((name.lower(), value.rstrip(b" \t")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_complete = True
        self.keeps_alive = self.parser.should_keep_alive()


@given(
    message=st.sampled_from([message for message in MESSAGES if b"Cookie" not in message]),
    place=st.integers(0, 120),
    size=st.integers(0, 3),
    text=st.one_of(
        st.binary(max_size=3), st.sampled_from([b"\r\n", b"\n", b"\r\nA: b", b"0", b" "])
    ),
)
def test_httptools_agrees_with_what_is_served(
    message: bytes, place: int, size: int, text: bytes
) -> None:
    data = message[:place] + text + message[place + size :]
    shell = receive(data)
    if not shell.requests or not shell.last.is_complete:
        return
    request = shell.last
    unread = len(shell.connection._input.buffer) - shell.connection._input.position
    data = data[: len(data) - unread]
    theirs = Llhttp(data)
    if theirs.fault:
        # It knows a list of methods, where any token is one.
        assert "method" in theirs.fault or "Expected SP after" in theirs.fault
        return
    assert theirs.is_complete
    assert theirs.target == request.head.target
    assert theirs.body == request.body
    assert theirs.headers == request.head.headers + (request.trailers or [])
    assert theirs.parser.get_method() == request.head.method
    assert theirs.keeps_alive is request.head.keep_alive
