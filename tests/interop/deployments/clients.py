"""Owns what speaks to the fronts: clients that come from an address of their own.

Does not know what is behind them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.interop.deployments.deployment import NAME, Deployment

CLIENT = "127.0.0.2"
"""An address that neither the proxy nor the server has."""
TIMEOUT = 60.0


def browser(
    deployment: Deployment, *, client: str = CLIENT, http2: bool = True, is_shown: bool = False
) -> httpx.Client:
    """Return a client that speaks HTTP/2, or HTTP/1.1, from an address.

    With `is_shown` it has a certificate.
    """
    protocol = "h2" if http2 else "http/1.1"
    transport = httpx.HTTPTransport(
        verify=deployment.certificate.context(protocol, is_shown=is_shown),
        http1=not http2,
        http2=http2,
        local_address=client,
    )
    return httpx.Client(transport=transport, base_url=deployment.url, timeout=TIMEOUT)


def known(text: str) -> dict[str, Any]:
    """Return what the application has told of its scope."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


def talk(
    deployment: Deployment, main: Callable[[ClientConnection], Awaitable[None]], **fields: str
) -> None:
    """Open a WebSocket, as browsers do over HTTP/1.1, and speak on it.

    In one thread: Python 3.11 loses what two say on the same TLS connection at the same time.
    """
    asyncio.run(_talk(deployment, main, fields))


async def _talk(
    deployment: Deployment,
    main: Callable[[ClientConnection], Awaitable[None]],
    fields: dict[str, str],
) -> None:
    async with connect(
        f"wss://{NAME}:{deployment.port}/ws",
        ssl=deployment.certificate.context("http/1.1"),
        local_addr=(CLIENT, 0),
        additional_headers={name.replace("_", "-"): value for name, value in fields.items()},
        proxy=None,
        open_timeout=TIMEOUT,
        close_timeout=TIMEOUT,
    ) as session:
        async with asyncio.timeout(TIMEOUT):
            await main(session)
