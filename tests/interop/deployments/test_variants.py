"""What the README says in words of other ways to put a proxy and a server together."""

from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from tests.interop.deployments.clients import CLIENT, browser, known, talk
from tests.interop.deployments.deployment import (
    CADDY,
    CLIENT_NAME,
    HAPROXY,
    HAPROXY_NEWER,
    VERSION_2,
    Deployment,
    Kind,
)
from tests.interop.deployments.test_identity import SPOOFED

MORE = (
    ("alpn h2", "ca-file /etc/haproxy/example.pem verify optional alpn h2"),
    (VERSION_2, f"{VERSION_2},unique-id,crc32c"),
    ("default_backend app", "unique-id-format %[uuid()]\n    default_backend app"),
)
FIELDS = (
    (f" {VERSION_2}", ""),
    (" check-send-proxy", ""),
    ("default_backend app", "option forwardfor\n    default_backend app"),
    (" --proxy-protocol v2", ""),
    ("--forwarded-fields proto", "--forwarded-fields for,proto"),
)


def changed(kinds: list[Kind], *changes: tuple[str, str]) -> pytest.MarkDecorator:
    """Run a test with deployments that differ from what the README shows."""
    others = [replace(kind, changes=changes) for kind in kinds]
    return pytest.mark.parametrize(
        "kind", others, ids=lambda kind: kind.name, indirect=True, scope="module"
    )


@changed([HAPROXY, HAPROXY_NEWER], *MORE)
def test_the_certificate_of_a_client(deployment: Deployment) -> None:
    with browser(deployment, is_shown=True) as client:
        told = known(client.get("/ends").text)["proxy_protocol"]
    assert told["ssl"]["common_name"] == CLIENT_NAME
    assert told["ssl"]["is_verified"]
    assert len(told["unique_id"]) == len("00000000-0000-0000-0000-000000000000")
    assert told["tlvs"] == []
    with browser(deployment) as client:
        told = known(client.get("/ends").text)["proxy_protocol"]
    assert "common_name" not in told["ssl"]
    assert not told["ssl"]["is_verified"]


@changed([HAPROXY, HAPROXY_NEWER], *FIELDS)
def test_fields_in_place_of_the_proxy_protocol(deployment: Deployment) -> None:
    for number in range(2, 12):
        address = f"127.0.0.{number}"
        with browser(deployment, client=address) as client:
            told = known(client.get("/ends", headers=SPOOFED).text)
        assert told["client"] == [address, 0]
        assert told["scheme"] == "https"
        assert told["proxy_protocol"] is None
        assert told["fields"] == [["x-forwarded-for", address], ["x-forwarded-proto", "https"]]

    async def main(session: ClientConnection) -> None:
        assert known(str(await session.recv()))["client"] == [CLIENT, 0]

    talk(deployment, main, X_Forwarded_For="10.9.9.9")


@changed([CADDY], ("reverse_proxy @websocket 127", "reverse_proxy @websocket h2c://127"))
def test_websockets_to_h2c_are_what_caddy_cannot(deployment: Deployment) -> None:
    async def main(_: ClientConnection) -> None:
        raise AssertionError

    with pytest.raises(InvalidStatus) as caught:
        talk(deployment, main)
    assert caught.value.response.status_code == 502
