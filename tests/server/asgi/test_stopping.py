"""What the application learns when the server stops, and when its client has left for good."""

import asyncio
import contextlib
import time

import pytest

from h2corn import Config
from tests.server.asgi.answers import answer, collect, start
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Receive, Scope, Send, Served

SHORT = 0.3
"""Seconds of the deadline under test."""


def config(*, timeout: float = 60.0, cancel_on_disconnect: bool = False) -> Config:
    """Make the options of a server that has some seconds to stop."""
    return Config(
        bind=("127.0.0.1:0",),
        access_log=False,
        timeout_graceful_shutdown=timeout,
        cancel_on_disconnect=cancel_on_disconnect,
    )


def test_who_listens_learns_of_the_stop_at_its_start(protocol: type[Peer]) -> None:
    """So that server-sent events do not hold it up: they can say goodbye and end."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await collect(receive)
        await start(send, 200, (b"content-type", b"text/event-stream"))
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.body", "body": b"data: bye\n\n"})

    with Served(config(), "uvloop") as served, protocol(served.endpoint()) as peer:
        run = served.run(app)
        call = peer.open()
        call.body(b"data: 1\n\n")
        begin = time.monotonic()
        served.server.shutdown()
        reply = call.whole()
        assert (reply.body, reply.is_complete) == (b"data: 1\n\ndata: bye\n\n", True)
        assert run.error() is None
    assert time.monotonic() - begin < 30


def test_who_only_listens_may_go_without_an_end(protocol: type[Peer]) -> None:
    """It was told that its client has left: that it ends without a word is no fault."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    with Served(config(), "uvloop") as served, protocol(served.endpoint()) as peer:
        run = served.run(app)
        call = peer.open()
        call.body(b"begun")
        served.server.shutdown()
        assert call.whole().is_cut
        assert run.error() is None


def test_a_body_under_way_is_received_to_its_end(protocol: type[Peer]) -> None:
    """A stop does not cut uploads: their applications wait for something else."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, await collect(receive))

    with Served(config(), "uvloop") as served, protocol(served.endpoint()) as peer:
        run = served.run(app)
        call = peer.open(method="POST", end=False)
        call.send(b"one ")
        run.wait_called()
        served.server.shutdown()
        call.send(b"two", end=True)
        assert call.whole().body == b"one two"


def test_who_does_not_listen_is_cancelled_at_the_timeout(protocol: type[Peer]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> float:
        await start(send)
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        begin = time.monotonic()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return time.monotonic() - begin

    with Served(config(timeout=SHORT), "uvloop") as served, protocol(served.endpoint()) as peer:
        run = served.run(app)
        call = peer.open()
        call.body(b"begun")
        served.server.shutdown()
        assert call.whole().is_cut
        assert run.result() >= 0.9 * SHORT


@pytest.mark.parametrize("has_begun", [False, True])
def test_handlers_are_cancelled_when_their_clients_leave(
    protocol: type[Peer], has_begun: bool
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> str:
        await collect(receive)
        if has_begun:
            await start(send)
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "cancelled"
        return "not reached"

    options = config(cancel_on_disconnect=True)
    with Served(options, "uvloop") as served, protocol(served.endpoint()) as peer:
        run = served.run(app)
        call = peer.open()
        run.wait_called()
        if has_begun:
            call.body(b"begun")
        call.leave()
        assert run.result() == "cancelled"


def test_work_behind_the_response_is_not_cancelled(protocol: type[Peer]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> str:
        await answer(send, b"done")
        await is_left.wait()
        await asyncio.sleep(0)
        return "finished"

    is_left = asyncio.Event()
    options = config(cancel_on_disconnect=True)
    with Served(options, "uvloop") as served:
        run = served.run(app)
        with protocol(served.endpoint()) as peer:
            assert peer.get().body == b"done"
        served.call(is_left.set)
        assert run.result() == "finished"


def test_without_the_option_nobody_is_cancelled(protocol: type[Peer]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> str:
        await collect(receive)
        assert (await receive())["type"] == "http.disconnect"
        await asyncio.sleep(0.02)
        return "finished"

    with Served(config(), "uvloop") as served, protocol(served.endpoint()) as peer:
        run = served.run(app)
        call = peer.open()
        run.wait_called()
        call.leave()
        assert run.result() == "finished"
