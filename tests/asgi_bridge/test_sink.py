"""Owns the test that the protocols of the seam name all that an exchange uses of the wire."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from asgi_bridge import HTTPScope, RequestHead, ResponseSink
from tests.asgi_bridge.fakes import (
    Head,
    Receive,
    Send,
    Server,
    Sink,
    body,
    settle,
    start,
    trailers,
    upload,
)

REQUESTS: list[RequestHead] = [Head(), upload()]
SINKS: list[ResponseSink] = [Sink()]


class Only:
    """Passes on what a protocol names, and refuses the rest."""

    def __init__(self, wrapped: object, protocol: type) -> None:
        self._wrapped = wrapped
        self._names = {name for name in vars(protocol) if not name.startswith("_")}
        self.used: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        assert name in self._names, name
        self.used.add(name)
        return getattr(self._wrapped, name)


async def application(scope: HTTPScope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        continue
    if scope["method"] == "POST":
        await send(start(trailers=True))
        await send(body(b"a"))
        await send(trailers())
    else:
        await send({"type": "http.response.early_hint", "links": []})
        await send(start())
        with Path(__file__).open("rb") as file:
            await send({"type": "http.response.zerocopysend", "file": file, "more_body": True})


def test_exchange_uses_what_the_protocols_name(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        heads = Only(upload(expect_continue=True), RequestHead), Only(Head(), RequestHead)
        prior = Sink()
        prior.weight = 16
        sinks = Only(prior, ResponseSink), Only(Sink(), ResponseSink)
        for head, sink in zip(heads, sinks, strict=True):
            server = Server()
            exchange = server.exchange(application, head, sink)  # type: ignore[arg-type]
            exchange.start()
            await settle()
            exchange.on_data(b"a")
            exchange.on_end([])
            await server.completed.wait()
        # What else somebody asks for is no matter of an exchange.
        assert set.union(*(head.used for head in heads)) == heads[0]._names - {"protocol"}
        assert set.union(*(sink.used for sink in sinks)) == sinks[0]._names - {"bytes_sent"}

    asyncio.run(main())
    assert len(caplog.records) == 1
