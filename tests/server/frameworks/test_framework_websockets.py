"""WebSocket routes of real frameworks, over HTTP/1.1 and HTTP/2."""

import json
import re

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.server.frameworks.conftest import Running
from tests.server.frameworks.conftest import connect as connect_http
from tests.server.process import ServerProcess
from tests.server.wsclient import BINARY, CLOSE, PROTOCOLS, Connect

WITH_WEBSOCKETS = ["fastapi", "litestar", "quart", "starlette"]


@pytest.fixture(params=WITH_WEBSOCKETS)
def host(running: Running, request: pytest.FixtureRequest) -> ServerProcess:
    """Give the server of each framework that has WebSockets."""
    return running(request.param)


@pytest.fixture(params=list(PROTOCOLS))
def open_session(request: pytest.FixtureRequest) -> Connect:
    """Give a WebSocket client of each protocol."""
    return PROTOCOLS[request.param]


def test_websocket(host: ServerProcess, open_session: Connect) -> None:
    with open_session(host.endpoint, "/ws", "Sec-WebSocket-Protocol: chat, echo") as session:
        assert session.subprotocol == "echo"
        session.text("hällo")
        assert session.receive_text() == "HÄLLO"
        session.send(BINARY, b"abc")
        assert session.receive().payload == b"cba"
        session.text("x" * 100_000)
        assert session.receive_text() == "X" * 100_000
        session.say_goodbye()


def test_websocket_closed_by_the_application(host: ServerProcess, open_session: Connect) -> None:
    with open_session(host.endpoint, "/ws") as session:
        session.text("bye")
        assert session.receive_close() == (4000, "goodbye")
        session.send(CLOSE, b"\x0f\xa0")
        assert session.rest() == b""


def test_websocket_of_a_client_that_goes(host: ServerProcess, open_session: Connect) -> None:
    with open_session(host.endpoint, "/ws") as session:
        session.text("a")
        assert session.receive_text() == "A"


def test_websocket_to_nowhere(host: ServerProcess, open_session: Connect) -> None:
    with open_session(host.endpoint, "/missing") as session:
        assert session.status in {403, 404}


def test_websocket_of_a_real_client(host: ServerProcess) -> None:
    url = re.sub("^http", "ws", host.url) + "/ws"
    with connect(url, subprotocols=[Subprotocol("echo")], proxy=None) as session:
        assert session.subprotocol == "echo"
        for number in range(20):
            session.send(f"message {number}" * number)
            assert session.recv() == f"MESSAGE {number}" * number
            session.send(bytes([number, 0]))
            assert session.recv() == bytes([0, number])
        session.send("bye")
        with pytest.raises(ConnectionClosedError) as caught:
            session.recv()
        assert caught.value.rcvd is not None
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4000, "goodbye")


def test_starlette_denies_with_a_response(running: Running, open_session: Connect) -> None:
    with open_session(running("starlette").endpoint, "/denies") as session:
        assert session.status == 401
        assert json.loads(session.body()) == {"why": "not you"}


def test_starlette_closes_before_it_accepts(running: Running, open_session: Connect) -> None:
    with open_session(running("starlette").endpoint, "/closes") as session:
        assert session.status == 403


def test_starlette_learns_how_its_client_left(running: Running, open_session: Connect) -> None:
    server = running("starlette")
    with open_session(server.endpoint, "/ws") as session:
        session.close(4242, "of my own will")
        assert session.receive_close() == (4242, "of my own will")
    wanted = "left with 4242 of my own will"
    with connect_http(server, "1.1") as client:
        while wanted not in client.get("/background").json():
            pass
