"""WebSockets behind each proxy of the README."""

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError

from tests.interop.deployments.clients import known, talk
from tests.interop.deployments.deployment import NAME, Deployment
from tests.server.h2client import H2Client
from tests.server.wsclient import Http2WebSocket

PROTOCOL_ERROR = 1


def test_messages_both_ways(deployment: Deployment) -> None:
    async def main(session: ClientConnection) -> None:
        await session.recv()
        for message in ("hello", "\u00e9" * 1000, b"\0\xff", b"x" * 1_000_000, ""):
            await session.send(message)
            assert await session.recv() == message

    talk(deployment, main)


def test_fragments(deployment: Deployment) -> None:
    async def main(session: ClientConnection) -> None:
        await session.recv()
        await session.send(["a", "b", "c"])
        assert await session.recv() == "abc"

    talk(deployment, main)


def test_pings(deployment: Deployment) -> None:
    async def main(session: ClientConnection) -> None:
        await session.recv()
        await (await session.ping())

    talk(deployment, main)


def test_a_close_of_the_application(deployment: Deployment) -> None:
    async def main(session: ClientConnection) -> None:
        await session.recv()
        await session.send("close")
        with pytest.raises(ConnectionClosedError):
            await session.recv()
        assert (session.close_code, session.close_reason) == (4001, "as asked")

    talk(deployment, main)


def test_a_close_of_the_client(deployment: Deployment) -> None:
    start = len(deployment.server.log)

    async def main(session: ClientConnection) -> None:
        await session.recv()
        await session.close(4002, "as I like")

    talk(deployment, main)
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
