"""Behind each proxy of the README an application knows its client, whatever that says itself."""

import pytest
from websockets.asyncio.client import ClientConnection

from tests.interop.deployments.clients import CLIENT, browser, known, talk
from tests.interop.deployments.deployment import NAME, Deployment

SPOOFED = {
    "X-Forwarded-For": "10.9.9.9",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "10.9.9.9",
    "Forwarded": "for=10.9.9.9;proto=http;host=evil.test",
    "X_Forwarded_For": "10.9.9.9",
}


@pytest.mark.parametrize("http2", [True, False], ids=["http2", "http1"])
@pytest.mark.parametrize("fields", [{}, SPOOFED], ids=["plain", "spoofed"])
def test_the_client(deployment: Deployment, fields: dict[str, str], *, http2: bool) -> None:
    with browser(deployment, http2=http2) as client:
        answer = client.get("/ends", headers=fields)
        host = client.get("/scope", headers=fields).json()["headers"][0]
    told = known(answer.text)
    assert told["client"][0] == CLIENT
    assert told["scheme"] == "https"
    assert told["http_version"] == "2"
    assert host == ["host", f"{NAME}:{deployment.port}"]
    expected = [["x-forwarded-proto", "https"]]
    if not deployment.kind.is_haproxy:
        expected.insert(0, ["x-forwarded-for", CLIENT])
    assert told["fields"] == expected


def test_the_client_of_a_websocket(deployment: Deployment) -> None:
    async def main(session: ClientConnection) -> None:
        told = known(str(await session.recv()))
        assert told["client"][0] == CLIENT
        assert told["scheme"] == "wss"
        # HAProxy makes an extended CONNECT of it (RFC 8441), Caddy cannot.
        assert told["http_version"] == ("2" if deployment.kind.is_haproxy else "1.1")

    talk(deployment, main, X_Forwarded_For="10.9.9.9", Forwarded="for=10.9.9.9")


def test_clients_one_after_another(deployment: Deployment) -> None:
    for number in range(2, 12):
        address = f"127.0.0.{number}"
        with browser(deployment, client=address) as client:
            assert known(client.get("/ends").text)["client"][0] == address


def test_what_is_known_of_the_connection(deployment: Deployment) -> None:
    with browser(deployment) as client:
        told = known(client.get("/ends").text)
    extension = told["proxy_protocol"]
    if not deployment.kind.is_haproxy:
        assert extension is None
        return
    assert told["client"][1] != 0
    assert told["server"] == ["127.0.0.1", deployment.port]
    if deployment.kind.name == "haproxy-v1":
        assert extension == {"version": 1, "command": "PROXY", "tlvs": []}
        return
    assert extension["authority"] == NAME
    assert extension["ssl"]["version"] == "TLSv1.3"
    assert "common_name" not in extension["ssl"]


def test_the_log_names_the_client(deployment: Deployment) -> None:
    with browser(deployment, client="127.0.0.99") as client:
        client.get("/say?log")
    deployment.server.wait_line(r'^127\.0\.0\.99[: ].*"GET /say\?log HTTP/2" 200')
