"""The rows of WebSockets have bars that mean what they say, and wrong echoes are not counted."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from bench.bridge import BAR
from bench.bridge import judge as judge_bridge
from bench.echo.http1 import Http1Client
from bench.echo.load import echo, open_clients
from bench.echo.rows import ROWS, EchoRow
from bench.websocket import judge

ROW = EchoRow(name="row", size=64, websockets=3, messages=30, bar=1.0)
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"


@contextmanager
def serving(answer: bytes, *, is_right: bool = True) -> Iterator[int]:
    """Echo on a port by hand, each message that comes, or something else."""

    def serve(sock: socket.socket) -> None:
        with sock, suppress(ConnectionError):  # the client may leave with echoes unread
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += sock.recv(1)
            sock.sendall(answer)
            while data := sock.recv(1 << 16):
                mask, payload = data[2:6], data[6:]
                text = bytes(octet ^ mask[at % 4] for at, octet in enumerate(payload))
                if not is_right:
                    text = text[:-1] + b"?"
                sock.sendall(bytes((0x81, len(text))) + text)

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_names_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row_has_a_bar_that_can_be_met_and_missed(row: EchoRow) -> None:
    assert row.messages % row.websockets == row.websockets % row.connections == 0
    assert judge(row, row.rival, [(row.bar * 0.99, 1.0)] * 7)["is_met"]
    assert not judge(row, row.rival, [(row.bar * 1.01, 1.0)] * 7)["is_met"]


def test_bridge_is_judged_by_the_difference() -> None:
    assert judge_bridge("2", [(BAR + 0.9, 1.0)] * 7)["is_met"]
    assert not judge_bridge("2", [(BAR + 1.1, 1.0)] * 7)["is_met"]


def test_all_messages_come_back() -> None:
    with serving(ANSWER + b"\r\n") as port, open_clients(ROW, port, "http1") as clients:
        assert echo(ROW, clients) == 30


def test_another_text_is_no_echo() -> None:
    with (
        serving(ANSWER + b"\r\n", is_right=False) as port,
        open_clients(ROW, port, "http1") as clients,
        pytest.raises(ConnectionError, match="no echo"),
    ):
        echo(ROW, clients)


@pytest.mark.parametrize(
    ("answer", "is_deflated"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n", False),
        (ANSWER, True),
        (ANSWER + b"sec-websocket-extensions: permessage-deflate\r\n", False),
    ],
    ids=["refused", "not deflated", "deflated unasked"],
)
def test_another_agreement_is_an_error(answer: bytes, is_deflated: bool) -> None:
    with (
        serving(answer + b"\r\n") as port,
        pytest.raises(ConnectionError, match=r"no WebSocket|extensions"),
    ):
        Http1Client(port, is_deflated=is_deflated)
