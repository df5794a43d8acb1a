"""The application as connections call it: what runs, and how it is brought to its end."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from h2corn._application import Application
from tests.h2corn.requests import (
    PEERS,
    Head,
    Sink,
    application,
    handshake,
    open_until_left,
    settle,
    start,
)
from tests.h2corn.running import Receive, Send, hello


@pytest.mark.parametrize("code", [1001, 1012])
def test_are_closed_when_the_server_stops(code: int) -> None:
    async def main() -> None:
        app = application(open_until_left)
        requests = app.connect(PEERS, is_serial=False)
        sink = Sink()
        session = requests.open_stream(sink, handshake())
        start(requests)
        for _ in range(3):
            await asyncio.sleep(0)
        app.disconnect(code)
        assert sink.body.endswith(b"\x88\x02" + code.to_bytes(2, "big"))
        session.on_reset(8)
        await settle(app)

    asyncio.run(main())


class TestRunning:
    async def start_many(self, app: Application, count: int = 3) -> None:
        requests = app.connect(PEERS, is_serial=False)
        for _ in range(count):
            requests.open_stream(Sink(), Head())
        start(requests)
        assert len(app.running) == app.open == count

    def run(self, end: Callable[[Application], object]) -> list[str]:
        """Run three applications that wait for their clients to leave."""
        log: list[str] = []

        async def waits(scope: Any, receive: Receive, send: Send) -> None:
            await receive()
            try:
                log.append((await receive())["type"])
            except asyncio.CancelledError:
                log.append("cancelled")
                raise

        async def main() -> None:
            app = application(waits)
            await self.start_many(app)
            for _ in range(3):
                await asyncio.sleep(0)
            waiting = [asyncio.create_task(app.wait_idle()) for _ in range(2)]
            given_up = asyncio.create_task(app.wait_idle())
            await asyncio.sleep(0)
            given_up.cancel()
            end(app)
            await asyncio.gather(*waiting)
            assert (app.open, app.done) == (0, 3)

        asyncio.run(main())
        return log

    def test_disconnect_tells_all(self) -> None:
        assert self.run(Application.disconnect) == ["http.disconnect"] * 3

    def test_cancel_ends_all(self) -> None:
        def cancel(app: Application) -> None:
            assert app.cancel() == 3

        assert self.run(cancel) == ["cancelled"] * 3

    def test_those_that_are_done_are_counted(self) -> None:
        calls: list[int] = []

        async def main() -> None:
            app = application(hello)
            app.call_when_done(3, lambda: calls.append(app.done))
            requests = app.connect(PEERS, is_serial=False)
            for _ in range(5):
                requests.open_stream(Sink(), Head())
            start(requests)
            await app.wait_idle()
            await settle(app)
            assert app.done == 5

        asyncio.run(main())
        assert calls == [3]

    def test_idle_means_none_runs(self) -> None:
        async def main() -> None:
            app = application(hello)
            await app.wait_idle()
            assert app.cancel() == 0

        asyncio.run(main())
