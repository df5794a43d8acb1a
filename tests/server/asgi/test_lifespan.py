"""The life of the server as the application sees it (ASGI lifespan 2.0), in every mode."""

import asyncio
import re
import signal
import time

import pytest

from h2corn import Config
from tests.server.asgi.answers import answer, ok
from tests.server.asgi.http2peer import HTTP2Peer
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Receive, Scope, Send, Served
from tests.server.process import ServerProcess, run_to_end

APPS = "tests.server.asgi.lifespans"
NOT_STARTED = 3
QUIET = Config(bind=("127.0.0.1:0",), access_log=False)


# In the loop of the server


def test_scope_and_messages() -> None:
    seen: list[object] = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        assert type(scope) is dict
        assert isinstance(scope["state"], dict)
        seen.append({**scope})
        for _ in range(2):
            message = await receive()
            seen.append(message)
            await send({"type": f"{message['type']}.complete"})
        seen.append("over")

    with Served(QUIET, "uvloop", lifespan):
        assert len(seen) == 2
    assert seen == [
        {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}},
        {"type": "lifespan.startup"},
        {"type": "lifespan.shutdown"},
        "over",
    ]


def test_it_waits_for_the_startup() -> None:
    """Nothing is accepted before, and all of it behind: the state is there."""

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for _ in range(10):
            await asyncio.sleep(0.001)
            assert served.server.addresses == ()
        scope["state"]["database"] = "here"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    served = Served(QUIET, "uvloop", lifespan)
    with served:
        run = served.run(ok)
        with HTTP2Peer(served.endpoint()) as peer:
            assert peer.get().status == 200
        assert run.scopes[0]["state"] == {"database": "here"}


def test_what_requests_do_to_their_state_is_theirs(protocol: type[Peer]) -> None:
    states: list[Scope] = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        scope["state"].update(name="lifespan", shared={})
        await send({"type": "lifespan.startup.complete"})
        await receive()
        states.append(scope["state"])
        await send({"type": "lifespan.shutdown.complete"})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["name"] = "request"
        scope["state"]["more"] = True
        scope["state"]["shared"][scope["path"]] = True
        await answer(send)

    with Served(QUIET, "uvloop", lifespan) as served:
        served.run(app)
        with protocol(served.endpoint()) as peer:
            peer.get("/a")
            peer.get("/b")
    assert states == [{"name": "lifespan", "shared": {"/a": True, "/b": True}}]


def test_shutdown_comes_behind_the_last_request(protocol: type[Peer]) -> None:
    order: list[str] = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        order.append("shutdown")
        await send({"type": "lifespan.shutdown.complete"})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await may_end.wait()
        await answer(send, b"served")
        order.append("request")

    may_end = asyncio.Event()
    with Served(QUIET, "uvloop", lifespan) as served:
        run = served.run(app)
        with protocol(served.endpoint()) as peer:
            call = peer.open()
            run.wait_called()
            served.server.shutdown()
            served.call(may_end.set)
            assert call.whole().body == b"served"
    assert order == ["request", "shutdown"]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (None, TypeError),
        ({}, ValueError),
        ({"type": "lifespan.started"}, ValueError),
        ({"type": "http.response.start", "status": 200}, ValueError),
        ({"type": "lifespan.shutdown.complete"}, RuntimeError),
        ({"type": "lifespan.startup.failed", "message": 5}, TypeError),
    ],
    ids=repr,
)
def test_what_send_refuses(message: object, error: type[Exception]) -> None:
    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(error):
            await send(message)
        await send({"type": "lifespan.startup.complete"})
        with pytest.raises(RuntimeError):
            await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        with pytest.raises(RuntimeError):
            await send({"type": "lifespan.shutdown.complete"})
        is_checked.append(True)

    is_checked: list[bool] = []
    with Served(QUIET, "uvloop", lifespan):
        assert not is_checked
    assert is_checked


# In a process


def status_of(server: ServerProcess) -> int:
    """Return the status of a response."""
    with HTTP2Peer(server.endpoint) as peer:
        return peer.get().status


@pytest.mark.parametrize("options", [(), ("--lifespan", "on")], ids=str)
def test_an_application_with_a_lifespan(options: tuple[str, ...]) -> None:
    with ServerProcess(f"{APPS}:lives", *options) as server:
        server.wait_line("^got {'type': 'lifespan.startup'}$")
        assert status_of(server) == 200
    server.wait_line("^got {'type': 'lifespan.shutdown'}$")


@pytest.mark.parametrize(
    ("name", "mode", "message"),
    [
        ("fails", "auto", "no database, no service"),
        ("fails", "on", "no database, no service"),
        ("fails_in_silence", "auto", "the application gave no reason"),
        ("exits", "auto", "the application has had enough"),
    ],
)
def test_a_startup_that_fails(name: str, mode: str, message: str) -> None:
    arguments = (f"{APPS}:{name}", "--bind", "127.0.0.1:0", "--lifespan", mode)
    code, output, errors = run_to_end(*arguments)
    assert (code, output) == (NOT_STARTED, "")
    assert message in errors
    assert "Listening" not in errors


@pytest.mark.parametrize("name", ["raises", "returns"])
def test_an_application_without_a_lifespan(name: str) -> None:
    """It may raise at once, or return: auto takes it for one that has no lifespan."""
    with ServerProcess(f"{APPS}:{name}", "--lifespan", "auto") as server:
        assert status_of(server) == 200


def test_an_application_that_raises_in_its_startup_is_served_and_says_so() -> None:
    with ServerProcess(f"{APPS}:raises_later", "--lifespan", "auto") as server:
        server.allows_traceback = True
        assert status_of(server) == 200
    text = "\n".join(server.log)
    assert "ASGI application raised in its startup" in text
    assert "the database is away" in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("raises", "what is a lifespan"),
        ("raises_later", "the database is away"),
        ("returns", "returned before its startup was complete"),
    ],
)
def test_a_lifespan_that_must_be_there(name: str, message: str) -> None:
    arguments = (f"{APPS}:{name}", "--bind", "127.0.0.1:0", "--lifespan", "on")
    code, output, errors = run_to_end(*arguments)
    assert (code, output) == (NOT_STARTED, "")
    assert message in errors
    assert "Listening" not in errors


@pytest.mark.parametrize("name", ["fails", "lives"])
def test_a_lifespan_that_is_off(name: str) -> None:
    with ServerProcess(f"{APPS}:{name}", "--lifespan", "off") as server:
        assert status_of(server) == 200
    assert not [line for line in server.log if re.match("got|startup", line)]


def test_a_startup_that_takes_too_long() -> None:
    arguments = ("--bind", "127.0.0.1:0", "--timeout-lifespan-startup", "0.2")
    start = time.monotonic()
    code, _, errors = run_to_end(f"{APPS}:hangs", *arguments)
    assert 0.2 <= time.monotonic() - start < 15
    assert code == NOT_STARTED
    assert "startup cancelled" in errors
    assert "did not start within 0.2 seconds" in errors
    assert "Traceback" not in errors


def test_a_shutdown_that_takes_too_long() -> None:
    with ServerProcess(f"{APPS}:hangs_in_the_end", "--timeout-lifespan-shutdown", "0.2") as server:
        assert status_of(server) == 200
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        server.wait_line("^shutdown cancelled$")
        assert time.monotonic() - start >= 0.18
        server.wait_line("did not shut down within 0.2 seconds")
        assert server.wait() == 0


def test_a_shutdown_that_fails() -> None:
    with ServerProcess(f"{APPS}:fails_in_the_end") as server:
        assert status_of(server) == 200
        server.signal(signal.SIGTERM)
        server.wait_line("could not say goodbye")
        assert server.wait() == 0
