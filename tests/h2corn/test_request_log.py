"""What the access log is told of requests, and when."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from asgi_bridge import ForwardingRules, TrustedPeers
from tests.h2corn.requests import (
    PEERS,
    Head,
    Lines,
    Sink,
    application,
    handshake,
    open_until_left,
    settle,
    start,
)
from tests.h2corn.running import Receive, Send, answer, hello


def test_the_log_has_what_came_and_what_went() -> None:
    async def changes_everything(scope: Any, receive: Receive, send: Send) -> None:
        scope["path"] = scope["raw_path"] = scope["client"] = scope["method"] = "changed"
        await answer(send)

    async def main() -> list[str]:
        lines = Lines()
        app = application(changes_everything, lines=lines)
        requests = app.connect(PEERS, is_serial=False)
        exchange = requests.open_stream(Sink(), Head())
        exchange.body_received = 7
        requests.open_stream(Sink(), Head(b"CONNECT", b""))
        start(requests)
        await settle(app)
        return lines.lines

    first, second = asyncio.run(main())
    assert first.startswith('192.0.2.1:5         "GET /a?b HTTP/2" 200  ')
    assert first.endswith("ms tx=5b rx=7b")
    assert '"CONNECT example.com:443 HTTP/2" 501' in second


def test_the_log_is_written_when_the_response_ends() -> None:
    async def main() -> None:
        is_answered, may_end = asyncio.Event(), asyncio.Event()

        async def works_on(scope: Any, receive: Receive, send: Send) -> None:
            await answer(send)
            is_answered.set()
            await may_end.wait()

        lines = Lines()
        app = application(works_on, lines=lines)
        requests = app.connect(PEERS, is_serial=False)
        requests.open_stream(Sink(), Head())
        start(requests)
        await is_answered.wait()
        assert len(lines.lines) == 1
        assert len(app.running) == 1
        may_end.set()
        await settle(app)
        assert len(lines.lines) == 1

    asyncio.run(main())


def test_no_log_no_lines(capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        app = application(hello)
        requests = app.connect(PEERS, is_serial=False)
        requests.open_stream(Sink(), Head())
        start(requests)
        await settle(app)

    asyncio.run(main())
    assert capfd.readouterr() == ("", "")


class TestWebSockets:
    def test_are_logged_when_accepted_and_when_over(self) -> None:
        async def main() -> list[str]:
            lines = Lines()
            app = application(open_until_left, lines=lines)
            requests = app.connect(PEERS, is_serial=False)
            session = requests.open_stream(Sink(), handshake())
            start(requests)
            for _ in range(3):
                await asyncio.sleep(0)
            assert len(lines.lines) == 1
            session.on_reset(8)
            await settle(app)
            return lines.lines

        first, last = asyncio.run(main())
        assert first.startswith('192.0.2.1:5         "CONNECT /ws?x HTTP/2" 200  ')
        assert last.startswith('192.0.2.1:5         "WEBSOCKET /ws?x HTTP/2" 1006  ')
        assert last.endswith("ms")


@pytest.mark.parametrize("http_version", ["1.1", "2"])
def test_the_client_is_who_a_trusted_proxy_says_it_is(http_version: str) -> None:
    rules = ForwardingRules(TrustedPeers(["192.0.2.1"]), ["forwarded"])

    async def main() -> list[str]:
        lines = Lines()
        app = application(hello, lines=lines)
        peers = replace(PEERS, word=rules.word_of("192.0.2.1"))
        requests = app.connect(peers, is_serial=False)
        for client in (b"203.0.113.9", b'"[2001:db8::9]:4711"', b"_hidden"):
            head = Head()
            head.http_version = http_version
            head.headers.append((b"forwarded", b"for=" + client))
            requests.open_stream(Sink(), head)
        requests.open_stream(Sink(), Head())
        start(requests)
        await settle(app)
        return lines.lines

    assert [line.partition(' "')[0].rstrip() for line in asyncio.run(main())] == [
        "203.0.113.9",
        "[2001:db8::9]:4711",
        "unknown",
        "192.0.2.1:5",
    ]
