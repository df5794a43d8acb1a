"""What a connection speaks, told from its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._http1_start import HTTP1_REFUSAL, Start, classify_start


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        b"\r\nPROPFIND http://a/?b HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.9\r\n",
    ],
)
def test_http1_and_every_beginning_of_it(data: bytes) -> None:
    assert classify_start(data) is Start.HTTP1
    for size in range(data.index(b"\n", 2)):
        assert classify_start(data[:size]) is Start.MORE


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\x00",
        b"\n",
        b"\r\r",
        b"\r\n\r",
        b" GET",
        b"GET\t",
        b"GET  ",
        b"GET /a\x80",
        b"GET / /",
        b"GET / http",
        b"GET / HTTP/2",
        b"GET / HTTP/1.10",
        b"GET / HTTP/1.1\n",
        b"GET / HTTP/1.1\r\r",
        b"GET /\r\n",
        b"GET\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"PRI * HTTP/2.0\r\n\r\nXX",
        b'{"jsonrpc": "2.0"}\n',
    ],
)
def test_other(data: bytes) -> None:
    assert classify_start(data) is Start.OTHER


def test_what_does_not_end_is_not_waited_for() -> None:
    beginning = b"GET /" + b"a" * 16_378
    assert classify_start(beginning) is Start.MORE
    assert classify_start(beginning + b"a") is Start.OTHER
    assert classify_start(beginning + b"a HTTP/1.1\r\n") is Start.OTHER


@given(st.binary(max_size=40), st.binary(max_size=10))
def test_verdicts_are_final(data: bytes, more: bytes) -> None:
    verdict = classify_start(data)
    if verdict is not Start.MORE:
        assert classify_start(data + more) is verdict


def test_refusal_is_a_whole_response() -> None:
    head, _, body = HTTP1_REFUSAL.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 505 ")
    assert b"connection: close" in head
    assert head.endswith(b"content-length: %d\r\nconnection: close" % len(body))
