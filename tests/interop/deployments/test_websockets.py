"""WebSockets behind each proxy of the README."""

import pytest
from websockets.exceptions import ConnectionClosedError

from tests.interop.deployments.clients import known, websocket
from tests.interop.deployments.deployment import NAME, Deployment
from tests.server.h2client import H2Client
from tests.server.wsclient import Http2WebSocket

PROTOCOL_ERROR = 1


def test_messages_both_ways(deployment: Deployment) -> None:
    with websocket(deployment) as session:
        session.recv()
        for message in ("hello", "\u00e9" * 1000, b"\0\xff", b"x" * 1_000_000, ""):
            session.send(message)
            assert session.recv() == message


def test_fragments(deployment: Deployment) -> None:
    with websocket(deployment) as session:
        session.recv()
        session.send(iter(["a", "b", "c"]))
        assert session.recv() == "abc"


def test_pings(deployment: Deployment) -> None:
    with websocket(deployment) as session:
        session.recv()
        assert session.ping().wait(20)


def test_a_close_of_the_application(deployment: Deployment) -> None:
    with websocket(deployment) as session:
        session.recv()
        session.send("close")
        with pytest.raises(ConnectionClosedError):
            session.recv()
        assert (session.close_code, session.close_reason) == (4001, "as asked")


def test_a_close_of_the_client(deployment: Deployment) -> None:
    start = len(deployment.server.log)
    with websocket(deployment) as session:
        session.recv()
        session.close(4002, "as I like")
    deployment.server.wait_line(r'"WEBSOCKET /ws HTTP/[0-9.]+" 4002', start=start)


def test_a_session_over_http2(deployment: Deployment) -> None:
    """As browsers do where the front offers it (RFC 8441); Caddy does not."""
    with H2Client(
        ("127.0.0.1", deployment.port),
        authority=f"{NAME}:{deployment.port}",
        tls=deployment.certificate.context("h2"),
    ) as client:
        if not deployment.kind.is_haproxy:
            stream = client.request("/ws", method="CONNECT", headers=((":protocol", "websocket"),))
            client.flush()
            assert client.response(stream).reset == PROTOCOL_ERROR
            return
        with Http2WebSocket(client, "/ws") as session:
            assert known(session.receive_text())["scheme"] == "wss"
            session.text("hello")
            assert session.receive_text() == "hello"
            session.say_goodbye()
