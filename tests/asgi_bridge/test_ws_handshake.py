"""Tests of the opening handshake's fields."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request

from asgi_bridge._ws_handshake import (
    accept_fields,
    check_accept_fields,
    check_handshake,
    choose_subprotocol,
    offered_extensions,
    parse_subprotocols,
)
from tests.asgi_bridge.websocket_fakes import ACCEPT, KEY, WebSocketHead, handshake, http2_head

ROOT = Path(__file__).parents[2]


def status_of(head: WebSocketHead) -> int | None:
    fault = check_handshake(head)
    return None if fault is None else fault[0]


def test_that_a_good_handshake_is_taken() -> None:
    assert check_handshake(WebSocketHead()) is None
    assert check_handshake(http2_head()) is None


@pytest.mark.parametrize("version", [b"", b"8", b"12", b"14", b"013", b"13, 8"])
def test_that_another_version_is_told_which_one_there_is(version: bytes) -> None:
    fault = check_handshake(WebSocketHead(handshake(version=version)))
    assert fault is not None
    status, fields, body = fault
    assert status == 426
    assert (b"sec-websocket-version", b"13") in fields
    assert (b"upgrade", b"websocket") in fields
    assert (b"content-length", b"%d" % len(body)) in fields


def test_that_http2_has_no_upgrade_field() -> None:
    head = http2_head()
    head.headers = [(b"sec-websocket-version", b"12")]
    fault = check_handshake(head)
    assert fault is not None
    assert fault[0] == 426
    assert b"upgrade" not in dict(fault[1])
    assert b"connection" not in dict(fault[1])


def test_that_there_is_exactly_one_version() -> None:
    assert status_of(WebSocketHead(handshake((b"sec-websocket-version", b"13")))) == 426
    head = http2_head()
    head.headers = []
    assert status_of(head) == 426


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"x" * 24,
        base64.b64encode(bytes(15)),
        base64.b64encode(bytes(17)),
        KEY[:-2],
        KEY[:-1] + b" ",
        KEY + b"=",
        b"dGhlIHNhbXBsZSBub2!jZQ==",
    ],
)
def test_that_a_key_is_16_bytes_of_base64(key: bytes) -> None:
    assert status_of(WebSocketHead(handshake(key=key))) == 400


def test_that_there_is_exactly_one_key() -> None:
    assert status_of(WebSocketHead(handshake((b"sec-websocket-key", KEY)))) == 400
    assert status_of(WebSocketHead([(b"sec-websocket-version", b"13")])) == 400


def test_that_http2_needs_no_key() -> None:
    assert status_of(http2_head((b"sec-websocket-key", b"nonsense"))) is None


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        ([], []),
        ([b"chat"], ["chat"]),
        ([b"chat, superchat"], ["chat", "superchat"]),
        ([b"a ,b", b"\tc,,d "], ["a", "b", "c", "d"]),
        ([b""], []),
    ],
)
def test_that_subprotocols_are_read(values: list[bytes], offered: list[str]) -> None:
    fields = [(b"sec-websocket-protocol", value) for value in values]
    assert parse_subprotocols(handshake(*fields)) == offered
    assert status_of(WebSocketHead(handshake(*fields))) is None


@pytest.mark.parametrize("value", [b"a b", b'"a"', b"a;b", b"caf\xe9"])
def test_that_subprotocols_are_tokens(value: bytes) -> None:
    assert status_of(WebSocketHead(handshake((b"sec-websocket-protocol", value)))) == 400


def test_that_malformed_extensions_are_refused() -> None:
    field = (b"sec-websocket-extensions", b"permessage-deflate; =")
    assert status_of(WebSocketHead(handshake(field))) == 400
    assert status_of(http2_head(field)) == 400


def test_that_extensions_of_several_fields_are_one_list() -> None:
    fields = [(b"sec-websocket-extensions", value) for value in (b"a;x=1", b"b")]
    assert offered_extensions(handshake(*fields)) == [("a", [("x", "1")]), ("b", [])]


def test_that_a_client_is_accepted() -> None:
    assert accept_fields(WebSocketHead(), None, b"") == [(b"sec-websocket-accept", ACCEPT)]
    assert accept_fields(WebSocketHead(), "chat", b"ext; a=1") == [
        (b"sec-websocket-accept", ACCEPT),
        (b"sec-websocket-protocol", b"chat"),
        (b"sec-websocket-extensions", b"ext; a=1"),
    ]


def test_that_http2_has_no_accept_field() -> None:
    assert accept_fields(http2_head(), None, b"") == []
    assert accept_fields(http2_head(), "chat", b"") == [(b"sec-websocket-protocol", b"chat")]


def test_that_the_client_of_wsproto_is_content() -> None:
    client = WSConnection(ConnectionType.CLIENT)
    request = client.send(Request(host="example.org", target="/", subprotocols=["a", "chat"]))
    lines = request.split(b"\r\n")[1:-2]
    pairs = [line.split(b": ", 1) for line in lines]
    head = WebSocketHead([(name.lower(), value) for name, value in pairs])
    assert check_handshake(head) is None
    fields = accept_fields(head, choose_subprotocol(head, "chat"), b"")
    answer = b"HTTP/1.1 101 \r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    client.receive_data(answer + b"".join(b"%s: %s\r\n" % pair for pair in fields) + b"\r\n")
    (event,) = client.events()
    assert isinstance(event, AcceptConnection)
    assert event.subprotocol == "chat"


def test_that_a_subprotocol_was_offered() -> None:
    head = WebSocketHead(handshake((b"sec-websocket-protocol", b"chat")))
    assert choose_subprotocol(head, None) is None
    assert choose_subprotocol(head, "chat") == "chat"
    for chosen in ("Chat", "", "other"):
        with pytest.raises(ValueError, match="did not offer"):
            choose_subprotocol(head, chosen)
    with pytest.raises(TypeError, match="str, not bytes"):
        choose_subprotocol(head, b"chat")


@pytest.mark.parametrize(
    "name",
    [
        b"sec-websocket-accept",
        b"Sec-WebSocket-Protocol",
        b"sec-websocket-extensions",
        b"Content-Length",
        b"transfer-encoding",
    ],
)
def test_that_an_application_keeps_off_the_handshake(name: bytes) -> None:
    with pytest.raises(ValueError, match="cannot accept a WebSocket with"):
        check_accept_fields([(b"x", b"1"), (name, b"1")])


def test_that_fields_of_the_hop_are_left_out() -> None:
    fields = [(b"X", b"1"), (b"Connection", b"close"), (b"upgrade", b"h2c"), (b"set-cookie", b"a")]
    assert check_accept_fields(fields) == [(b"X", b"1"), (b"set-cookie", b"a")]


WITHOUT_DESCRIPTORS = """
import resource
from asgi_bridge._ws_handshake import accept_fields
from tests.asgi_bridge.websocket_fakes import ACCEPT, WebSocketHead

resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
assert accept_fields(WebSocketHead(), None, b"") == [(b"sec-websocket-accept", ACCEPT)]
"""


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are limited on POSIX only")
def test_that_the_first_client_is_accepted_without_a_free_descriptor() -> None:
    program = [sys.executable, "-c", WITHOUT_DESCRIPTORS]
    subprocess.run(program, cwd=ROOT, check=True, timeout=30)
