"""Owns the tests of files in responses: by the wire or piece by piece, whole or not at all."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from asgi_bridge import ClientDisconnected, HTTPScope
from asgi_bridge._file_sending import READ_SIZE
from tests.asgi_bridge.fakes import Head, Receive, Run, Send, Server, Sink, body, settle, start
from tests.asgi_bridge.fakes import trailers as trailers_message

TEXT = b"0123456789"

Act = Callable[[Send, Path], Awaitable[None]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(TEXT)
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(READ_SIZE * 3 + 1))
    return path


def descriptors() -> int:
    """Count the descriptors that are open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def pathsend(path: object) -> dict[str, object]:
    return {"type": "http.response.pathsend", "path": str(path)}


def zerocopysend(file: BinaryIO, **more: object) -> dict[str, object]:
    return {"type": "http.response.zerocopysend", "file": file, **more}


def length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % size


async def nothing() -> None:
    """Be a file that was sent at once."""


def respond(run: Run, path: Path, act: Act, sink: Sink, head: Head | None = None) -> Server:
    """Run an application to its end, and see that no descriptor is left."""
    server = Server()

    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await act(send, path)

    async def main() -> None:
        await asyncio.get_running_loop().run_in_executor(None, int)  # the thread has its own
        before = descriptors()
        await server.run(app, head, sink)
        assert descriptors() == before

    run(main())
    return server


async def send_path(send: Send, path: Path) -> None:
    await send(start())
    await send(pathsend(path))


async def send_mixed(send: Send, path: Path) -> None:
    await send(start())
    with path.open("rb") as file:
        await send(zerocopysend(file, count=3, more_body=True))
        await send(body(b"-", more_body=True))
        await send(zerocopysend(file, offset=1, count=2, more_body=True))
        await send(zerocopysend(file, more_body=True))
    await send(body())


def sent(sink: Sink) -> bytes:
    """Join what went out as body."""
    return b"".join(call[1] for call in sink.calls if call[0] in {"data", "file"})  # type: ignore[misc]


@pytest.fixture(params=["wire", "pieces"])
def sink(request: pytest.FixtureRequest) -> Sink:
    """Return one that sends files itself, and one that does not."""
    sink = Sink()
    if request.param == "wire":
        sink.sends_file = nothing
    return sink


def test_path(run: Run, path: Path, sink: Sink) -> None:
    respond(run, path, send_path, sink)
    assert sink.calls[0] == ("start", 200, [length(10)], False)
    assert sink.calls[1][1:] == (TEXT, True)
    assert sink.names[2:] == ["finish"]


def test_pieces_end_with_the_file(run: Run, large: Path) -> None:
    sink = Sink()
    respond(run, large, send_path, sink)
    assert [(len(call[1]), call[2]) for call in sink.calls if call[0] == "data"] == [  # type: ignore[arg-type]
        (READ_SIZE, False),
        (READ_SIZE, False),
        (READ_SIZE, False),
        (1, True),
    ]
    assert sent(sink) == large.read_bytes()


def test_files_among_other_parts(run: Run, path: Path, sink: Sink) -> None:
    respond(run, path, send_mixed, sink)
    assert sink.calls[0] == ("start", 200, [], False)
    assert sent(sink) == b"012-123456789"
    assert sink.calls[-2] == ("data", b"", True)


def test_file_before_trailers(run: Run, path: Path, sink: Sink) -> None:
    async def act(send: Send, path: Path) -> None:
        await send(start(trailers=True))
        await send(pathsend(path))
        await send(trailers_message([(b"a", b"b")]))

    respond(run, path, act, sink)
    assert sink.calls[0] == ("start", 200, [], False)
    assert sink.calls[1][1:] == (TEXT, False)
    assert sink.calls[2] == ("trailers", [(b"a", b"b")])


@pytest.mark.parametrize("given", [[length(10)], [(b"Content-Length", b"10")]])
def test_length_is_added_where_there_is_none(
    run: Run, path: Path, sink: Sink, given: list[tuple[bytes, bytes]]
) -> None:
    async def act(send: Send, path: Path) -> None:
        await send(start(headers=given))
        await send(pathsend(path))

    respond(run, path, act, sink)
    assert sink.calls[0] == ("start", 200, given, False)
    assert sent(sink) == TEXT


def test_empty_file(run: Run, path: Path, sink: Sink) -> None:
    path.write_bytes(b"")
    respond(run, path, send_path, sink)
    assert sink.calls == [("start", 200, [length(0)], True), ("finish",)]


@pytest.mark.parametrize(
    ("method", "status", "fields"),
    [(b"HEAD", 200, [length(10)]), (b"GET", 304, [length(10)]), (b"GET", 204, [])],
)
def test_responses_without_a_body(
    run: Run,
    path: Path,
    sink: Sink,
    method: bytes,
    status: int,
    fields: list[tuple[bytes, bytes]],
) -> None:
    async def act(send: Send, path: Path) -> None:
        await send(start(status))
        await send(pathsend(path))

    respond(run, path, act, sink, Head(method))
    assert sink.calls == [("start", status, fields, True), ("finish",)]


def test_file_that_is_missing_leaves_the_choice(run: Run, path: Path, sink: Sink) -> None:
    async def act(send: Send, path: Path) -> None:
        await send(start())
        with pytest.raises(FileNotFoundError):
            await send(pathsend(path.parent / "missing"))
        with pytest.raises(IsADirectoryError):
            await send(pathsend(path.parent))
        with pytest.raises(TypeError):
            await send({"type": "http.response.pathsend"})
        assert sink.calls == []
        await send(body(b"instead"))

    respond(run, path, act, sink)
    assert sent(sink) == b"instead"


def test_order(run: Run, path: Path, sink: Sink) -> None:
    async def act(send: Send, path: Path) -> None:
        with path.open("rb") as file:
            for message in (pathsend(path), zerocopysend(file)):
                with pytest.raises(RuntimeError, match=r"expected http\.response\.start"):
                    await send(message)
            await send(start())
            await send(zerocopysend(file, count=1, more_body=True))
            with pytest.raises(RuntimeError, match="pathsend out of order"):
                await send(pathsend(path))
            await send(zerocopysend(file))
            for message in (pathsend(path), zerocopysend(file), body()):
                with pytest.raises(RuntimeError, match="complete"):
                    await send(message)

    respond(run, path, act, sink)
    assert sent(sink) == TEXT


def test_head_that_the_wire_refuses(run: Run, path: Path, sink: Sink) -> None:
    async def act(send: Send, path: Path) -> None:
        await send(start())
        with pytest.raises(ValueError, match="bad"):
            await send(pathsend(path))
        await send_path(send, path)

    sink.refusal = ValueError("bad")
    respond(run, path, act, sink)
    assert sink.calls[0] == ("start", 200, [length(10)], False)
    assert sent(sink) == TEXT


@pytest.mark.parametrize("announced", [9, 11])
def test_file_of_another_length_than_announced(
    run: Run, path: Path, sink: Sink, announced: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(send: Send, path: Path) -> None:
        await send(start(headers=[length(announced)]))
        await send(pathsend(path))

    respond(run, path, act, sink)
    assert sink.names == ["start", "data", "finish"]
    assert sink.calls[0][1] == 500
    assert len(caplog.records) == 1


def test_file_that_shrinks(
    run: Run, large: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = Sink()
    take = sink.data

    def data(chunk: bytes, end: bool) -> bool:
        os.truncate(large, READ_SIZE + 5)
        return take(chunk, end)

    monkeypatch.setattr(sink, "data", data)
    respond(run, large, send_path, sink)
    assert sink.names == ["start", "data", "abort"]
    assert "has become shorter" in caplog.text


def test_pieces_wait_for_room(run: Run, large: Path) -> None:
    async def main() -> None:
        sink = Sink()
        sink.has_room = False
        server = Server()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send_path(send, large)

        exchange = server.exchange(app, None, sink)
        exchange.start()
        for count in (1, 2, 3):
            await sink.moved.wait()
            sink.moved.clear()
            # Behind all that a thread was asked for before.
            await asyncio.get_running_loop().run_in_executor(None, int)
            await settle()
            assert len(sink.calls) == count + 1
            exchange.on_writable()
        await server.completed.wait()
        assert sent(sink) == large.read_bytes()

    run(main())


@pytest.mark.parametrize("waits", ["for room", "for the wire"])
@pytest.mark.parametrize("end", ["reset", "cancelled"])
def test_file_is_cut_off(
    run: Run, large: Path, waits: str, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, int)
        before = descriptors()
        gone = loop.create_future()
        sink = Sink()
        sink.has_room = False
        if waits == "for the wire":
            sink.sends_file = partial(asyncio.wait_for, gone, None)
        errors: list[BaseException] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            try:
                await send_path(send, large)
            except BaseException as error:
                errors.append(error)
                raise

        server = Server()
        exchange = server.exchange(app, None, sink)
        exchange.start()
        await sink.moved.wait()
        if end == "reset":
            exchange.on_reset(8)
            if not gone.done():
                gone.set_exception(ConnectionResetError())
        else:
            exchange.cancel()
        await server.completed.wait()
        kind = ClientDisconnected if end == "reset" else asyncio.CancelledError
        assert [type(error) for error in errors] == [kind]
        assert ("abort" in sink.names) is (end == "cancelled")
        assert len(sink.calls) == 2 + (end == "cancelled")
        assert descriptors() == before
        gone.cancel()
        if gone.done() and not gone.cancelled():
            gone.exception()

    run(main())
    assert caplog.records == []


def test_wire_that_loses_its_client_first(
    run: Run, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def lose() -> None:
        raise BrokenPipeError

    sink = Sink()
    sink.sends_file = lose
    respond(run, path, send_path, sink)
    assert sink.names == ["start", "file", "abort"]
    assert caplog.records == []


def test_wire_that_cannot_read_the_file(
    run: Run, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise OSError("the disk is broken")

    sink = Sink()
    sink.sends_file = fail
    respond(run, path, send_path, sink)
    assert sink.names == ["start", "file", "abort"]
    assert "the disk is broken" in caplog.text


def test_next_message_waits_for_the_file(run: Run, path: Path) -> None:
    async def main() -> None:
        gate = asyncio.Event()

        async def wait() -> None:
            await gate.wait()

        sink = Sink()
        sink.sends_file = wait
        server = Server()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            with path.open("rb") as file:
                one = asyncio.create_task(send(zerocopysend(file, more_body=True)))
                await asyncio.sleep(0)
                two = asyncio.create_task(send(body(b"behind")))
                await settle()
                assert sent(sink) == TEXT
                gate.set()
                await asyncio.gather(one, two)

        await server.run(app, None, sink)
        assert sent(sink) == TEXT + b"behind"

    run(main())


def test_client_that_leaves_while_the_file_is_opened(run: Run, path: Path, sink: Sink) -> None:
    async def main() -> None:
        server = Server()
        begun = asyncio.Event()
        errors: list[BaseException] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            begun.set()
            try:
                await send(pathsend(path))
            except OSError as error:
                errors.append(error)

        exchange = server.exchange(app, None, sink)
        exchange.start()
        await begun.wait()
        exchange.on_reset(8)
        await server.completed.wait()
        assert [type(error) for error in errors] == [ClientDisconnected]
        assert sink.calls == []

    run(main())
