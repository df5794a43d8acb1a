"""How calls of the application end: by a fault, too early, or long after the response."""

import asyncio

import pytest

from tests.server.asgi.answers import answer, collect, start
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Message, Receive, Scope, Send, Served

FAULT = "Exception in ASGI application"


class Fault(BaseException):
    """No Exception, as some that frameworks raise."""


@pytest.mark.parametrize("error", [ValueError, OSError, Fault, SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "later"])
def test_an_exception_before_the_response(
    served: Served,
    peer: Peer,
    expected_log: list[str],
    error: type[BaseException],
    is_late: bool,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if is_late:
            await asyncio.sleep(0)
        raise error("of the application")

    run = served.run(app)
    reply = peer.get()
    assert isinstance(run.error(), error)
    assert (reply.status, reply.is_complete) == (500, True)
    assert b"of the application" not in reply.body
    expected_log.append(FAULT)


@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "later"])
def test_an_exception_in_the_response(
    served: Served, protocol: type[Peer], expected_log: list[str], is_late: bool
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/next":
            await answer(send, b"next")
            return
        await start(send)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        if is_late:
            await asyncio.sleep(0.001)
        raise ValueError("of the application")

    served.run(app)
    with protocol(served.endpoint()) as peer:
        reply = peer.get()
        assert (reply.status, reply.is_cut) == (200, True)
        assert reply.body in {b"half", b""}
        if peer.http_version == "2":
            assert peer.get("/next").body == b"next"
    with protocol(served.endpoint()) as peer:
        assert peer.get("/next").body == b"next"
    expected_log.append(FAULT)


def test_an_exception_behind_the_start_alone(
    served: Served, peer: Peer, expected_log: list[str]
) -> None:
    """Nothing of that start went out, and nothing may look like a whole response of it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 201)
        raise ValueError("of the application")

    served.run(app)
    reply = peer.get()
    assert reply.is_cut or reply.status == 500
    expected_log.append(FAULT)


def test_an_exception_behind_the_response(
    served: Served, peer: Peer, expected_log: list[str]
) -> None:
    """The client has its response, and the connection goes on."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"whole")
        raise ValueError("of the application")

    run = served.run(app)
    for index in range(2):
        reply = peer.get()
        assert (reply.body, reply.is_complete) == (b"whole", True)
        assert isinstance(run.error(index), ValueError)
        expected_log.append(FAULT)


def test_no_answer(served: Served, peer: Peer, expected_log: list[str]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    served.run(app)
    reply = peer.get()
    assert (reply.status, reply.is_complete) == (500, True)
    expected_log.append("ASGI application returned without a response")


@pytest.mark.parametrize("length", [(), ((b"content-length", b"10"),)], ids=["none", "known"])
def test_half_an_answer(
    served: Served,
    peer: Peer,
    expected_log: list[str],
    length: tuple[tuple[bytes, bytes], ...],
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, *length)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    served.run(app)
    reply = peer.get()
    assert (reply.status, reply.is_complete) == (200, False)
    assert reply.body in {b"half", b""}
    expected_log.append("ASGI application returned without completing its response")


def test_a_start_alone(served: Served, peer: Peer, expected_log: list[str]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 201)

    served.run(app)
    reply = peer.get()
    assert reply.is_cut or reply.status == 500
    expected_log.append("ASGI application returned without completing its response")


def test_work_behind_the_response(served: Served, peer: Peer) -> None:
    """The client has all of its response, and the next request of its connection is answered."""

    async def app(scope: Scope, receive: Receive, send: Send) -> str:
        await answer(send, scope["path"].encode())
        if scope["path"] == "/first":
            assert (await receive())["type"] == "http.disconnect"
            await may_end.wait()
        return str(scope["path"])

    may_end = asyncio.Event()
    run = served.run(app)
    first = peer.get("/first")
    assert (first.body, first.is_complete) == (b"/first", True)
    assert peer.get("/second").body == b"/second"
    assert run.result(1) == "/second"
    assert not run.is_over(0)
    served.call(may_end.set)
    assert run.result(0) == "/first"


def test_work_behind_the_response_to_a_body_that_was_not_taken(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"done")
        if scope["method"] == "POST":
            await may_end.wait()

    may_end = asyncio.Event()
    run = served.run(app)
    assert peer.post(b"x" * 10_000).body == b"done"
    assert peer.get().body == b"done"
    assert not run.is_over(0)
    served.call(may_end.set)


def test_tasks_that_outlive_the_call(served: Served, peer: Peer) -> None:
    """Their `receive` and `send` have nobody left to speak to."""

    async def app(scope: Scope, receive: Receive, send: Send) -> list[asyncio.Task[Message]]:
        tasks = [asyncio.create_task(wait_for_more(receive))]
        await asyncio.sleep(0)
        await answer(send, b"done")
        return tasks

    async def wait_for_more(receive: Receive) -> Message:
        await collect(receive)
        return await receive()

    run = served.run(app)
    assert peer.get().body == b"done"
    (task,) = run.result()
    assert served.wait(task) == {"type": "http.disconnect"}


def test_an_application_that_cancels_itself(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    run = served.run(app)
    reply = peer.get()
    assert reply.is_cut or reply.status == 500
    with pytest.raises(asyncio.CancelledError):
        run.result()


@pytest.mark.parametrize("count", [1, 50])
def test_faults_do_not_reach_other_requests(
    served: Served, protocol: type[Peer], expected_log: list[str], count: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/fails":
            raise ValueError("of the application")
        await start(send)
        await send({"type": "http.response.body", "body": b"be", "more_body": True})
        await may_end.wait()
        await send({"type": "http.response.body", "body": b"gun"})

    may_end = asyncio.Event()
    served.run(app)
    with protocol(served.endpoint()) as steady, protocol(served.endpoint()) as other:
        call = steady.open("/steady")
        call.body(b"be")
        failing = steady if steady.http_version == "2" else other
        for _ in range(count):
            assert failing.get("/fails").status == 500
            expected_log.append(FAULT)
        served.call(may_end.set)
        assert call.whole().body == b"begun"
