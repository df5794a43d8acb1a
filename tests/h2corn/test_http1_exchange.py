"""What becomes of an exchange whose ends do not come together, and of its connection."""

import pytest

from tests.h2corn.http1_rows import CHUNKED
from tests.h2corn.http1_shell import GET, OK, SMUGGLED, Request, Shell, post, receive

KIB = 1024


# Early responses


def test_rest_of_the_body_is_discarded() -> None:
    shell = receive(post(10) + b"he")
    shell.last.answer()
    assert shell.flush() == OK
    assert shell.is_idle()
    shell.receive(b"llo, ", b"you" + GET)
    assert shell.requests[0].body == b"he"
    assert shell.requests[0].trailers is None
    assert len(shell.requests) == 2


def test_rest_of_a_chunked_body_is_discarded() -> None:
    shell = receive(CHUNKED + b"3\r\nabc\r\n")
    shell.last.answer()
    assert shell.flush() == OK
    shell.receive(b"3\r\ndef\r\n0\r\nA: b\r\n\r\n" + GET)
    assert len(shell.requests) == 2


def test_application_that_answers_first_still_gets_the_body() -> None:
    shell = receive(post(5) + b"he")
    shell.last.stream.start(200, [], False)
    shell.last.stream.data(b"ok", True)
    assert shell.flush() == OK
    assert not shell.is_idle()
    shell.receive(b"llo")
    assert shell.last.body == b"hello"
    assert shell.last.trailers == []
    assert shell.is_idle()
    shell.last.stream.finish()
    assert not shell.is_closed()


def test_too_long_a_rest_is_not_read_and_the_client_knows() -> None:
    shell = receive(post(256 * KIB + 3) + b"he")
    shell.last.answer()
    assert b"connection: close" in shell.flush()
    assert shell.is_closed()
    shell = receive(post(256 * KIB + 2) + b"he")
    shell.last.answer()
    assert b"connection: close" not in shell.flush()
    assert not shell.is_closed()


def test_too_long_a_rest_behind_a_streamed_response_closes() -> None:
    shell = receive(post(10**9))
    shell.last.stream.start(200, [], False)
    shell.last.stream.data(b"ok", False)
    assert b"connection: close" not in shell.flush()
    shell.last.stream.data(b"", True)
    shell.flush()
    assert not shell.is_closed()
    shell.writes.clear()
    shell.last.stream.finish()
    assert shell.is_closed()
    # There is no output, but something to look at.
    assert shell.writes == [False]


def test_what_is_discarded_is_bounded() -> None:
    shell = receive(CHUNKED)
    shell.last.answer()
    shell.flush()
    discarded = 0
    while not shell.is_closed():
        shell.receive(b"400\r\n" + b"a" * 1024 + b"\r\n")
        discarded += 1031
    assert 256 * KIB < discarded <= 256 * KIB + 1031
    assert shell.flush() == b""
    assert shell.last.reset is None


def test_a_part_of_a_line_behind_the_response_is_nothing_to_go_on_with() -> None:
    shell = receive(CHUNKED + b"3\r\nabc\r\n1")
    shell.last.answer()
    assert shell.flush() == OK
    assert shell.is_idle()
    assert not shell.has_pending()
    shell.receive(b"\r\nd\r\n0\r\n\r\n" + GET)
    assert len(shell.requests) == 2


# Expect: 100-continue


def test_continue() -> None:
    shell = receive(post(2, b"Expect: 100-continue\r\n"))
    assert shell.last.head.expect_continue
    assert shell.flush() == b""
    shell.last.stream.informational(100, [])
    assert shell.flush() == b"HTTP/1.1 100 Continue\r\n\r\n"
    shell.receive(b"ab")
    shell.last.answer()
    assert shell.flush() == OK
    assert not shell.is_closed()


def test_other_interim_response_does_not_ask_for_the_body() -> None:
    shell = receive(post(2, b"Expect: 100-continue\r\n"))
    shell.last.stream.informational(103, [])
    shell.last.answer()
    assert b"connection: close" in shell.flush()


@pytest.mark.parametrize("is_streamed", [True, False])
def test_response_without_asking_for_the_body_closes(is_streamed: bool) -> None:
    shell = receive(post(2, b"Expect: 100-continue\r\n"))
    stream = shell.last.stream
    stream.start(200, [], False)
    if is_streamed:
        stream.data(b"o", False)
    stream.data(b"k", True)
    assert b"connection: close" in shell.flush()
    stream.finish()
    assert shell.is_closed()
    # What comes now may be the body, or a request: nobody can tell.
    shell.receive(SMUGGLED)
    assert len(shell.requests) == 1


def test_body_that_comes_unasked_is_taken() -> None:
    shell = receive(post(2, b"Expect: 100-continue\r\n") + b"a")
    shell.last.answer()
    assert shell.flush() == OK
    assert not shell.is_closed()


# Faults in the middle


def test_fault_in_a_body_is_answered() -> None:
    shell = receive(CHUNKED + b"3\r\nabc\r\nx\r\n" + SMUGGLED)
    assert shell.last.body == b"abc"
    assert shell.last.reset == 1
    assert shell.flush().startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert shell.writes == []
    assert shell.is_closed()
    # The application learns of it, and may still answer.
    shell.last.answer()
    assert shell.flush() == b""


def test_fault_behind_a_response_that_has_begun() -> None:
    shell = receive(CHUNKED)
    shell.last.stream.start(200, [], False)
    shell.last.stream.data(b"a", False)
    shell.flush()
    shell.receive(b"x\r\n")
    assert shell.last.reset == 1
    assert shell.flush() == b""
    assert shell.is_closed()
    assert shell.connection.refusal is not None


def test_fault_behind_a_response_that_is_held() -> None:
    shell = receive(CHUNKED)
    shell.last.stream.start(200, [(b"a", b"b")], False)
    shell.receive(b"x\r\n")
    answer = shell.flush()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"a: b" not in answer


def test_answers_come_before_the_refusal_of_what_follows() -> None:
    shell = Shell(answer=Request.answer)
    shell.receive(GET + GET + b"G T\r\n\r\n" + SMUGGLED)
    assert shell.sent.startswith(OK + OK + b"HTTP/1.1 400 ")
    assert len(shell.requests) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"HEAD / HTTP/1.1\r\n\r\n",
        b"HEAD / HTTP/3.0\r\n",
        b"\r\nHEAD / HTTP/1.1\r\nA\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    ],
)
def test_refusal_of_head_has_no_body(data: bytes) -> None:
    shell = receive(GET + data)
    shell.last.answer()
    shell.flush()
    shell.receive(b"")
    assert shell.is_closed()
    assert shell.flush().endswith(b"\r\n\r\n")


# Ends


def test_connection_lost() -> None:
    shell = receive(post(5) + b"a")
    shell.connection.connection_lost()
    assert shell.last.reset == 8
    assert shell.is_closed()
    shell.connection.connection_lost()
    shell.last.answer()
    assert shell.flush() == b""
    assert shell.writes == []


def test_middle_of_a_request() -> None:
    shell = receive(post(2))
    assert shell.connection.is_mid_request
    shell.receive(b"ab")
    assert not receive(GET).connection.is_mid_request


def test_connection_lost_between_requests() -> None:
    shell = receive(GET)
    shell.last.answer()
    shell.connection.connection_lost()
    assert shell.last.reset is None


def test_connection_lost_behind_the_response() -> None:
    shell = receive(post(5) + b"a")
    shell.last.stream.start(200, [], True)
    shell.connection.connection_lost()
    assert shell.last.reset == 8


def test_abort_before_the_response() -> None:
    shell = receive(GET)
    shell.last.stream.start(200, [], False)
    shell.last.stream.abort()
    assert shell.flush() == b""
    assert shell.is_closed()
    assert shell.writes == [False]
    assert shell.last.reset is None


def test_abort_in_the_middle_of_the_response() -> None:
    shell = receive(GET + SMUGGLED)
    stream = shell.last.stream
    stream.start(200, [], False)
    stream.data(b"a", False)
    stream.abort()
    assert shell.is_closed()
    assert not shell.has_pending()
    assert not stream.closes
    answer = shell.flush()
    assert answer.endswith(b"1\r\na\r\n")
    assert stream.data(b"b", True)
    assert shell.flush() == b""


def test_finish_of_a_response_that_is_not_complete_is_an_abort() -> None:
    shell = receive(GET)
    shell.last.stream.start(200, [], False)
    shell.last.stream.data(b"a", False)
    shell.last.stream.finish()
    assert shell.is_closed()
