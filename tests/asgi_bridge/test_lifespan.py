"""Owns the tests of startup and shutdown (ASGI lifespan 2.0)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import pytest

from asgi_bridge import Lifespan, LifespanError, LifespanMode, LifespanReceiveEvent, LifespanScope
from tests.asgi_bridge.fakes import LOGGER, Run, settle

Receive = Callable[[], Awaitable[LifespanReceiveEvent]]
Send = Callable[[Mapping[str, object]], Awaitable[None]]
App = Callable[[LifespanScope, Receive, Send], Awaitable[None]]

UP = {"type": "lifespan.startup.complete"}
DOWN = {"type": "lifespan.shutdown.complete"}

MODES: list[LifespanMode] = ["auto", "on"]
each_mode = pytest.mark.parametrize("mode", MODES)


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asgi_bridge._lifespan.END_GRACE", 0.01)


def scripted(*script: object) -> App:
    """Make an application that sends, raises or awaits one thing after the other."""

    async def app(scope: LifespanScope, receive: Receive, send: Send) -> None:
        for step in script:
            if isinstance(step, dict):
                await send(step)
            elif isinstance(step, BaseException):
                raise step
            else:
                assert isinstance(step, str)
                assert (await receive())["type"] == step

    return app


def good(log: list[str] | None = None) -> App:
    async def app(scope: LifespanScope, receive: Receive, send: Send) -> None:
        for answer in (UP, DOWN):
            message = await receive()
            if log is not None:
                log.append(message["type"])
            await send(answer)

    return app


async def endless(scope: LifespanScope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


@each_mode
def test_startup_and_shutdown(
    run: Run, caplog: pytest.LogCaptureFixture, mode: LifespanMode
) -> None:
    async def main() -> None:
        log: list[str] = []
        lifespan = Lifespan(good(log), LOGGER, mode)
        await lifespan.startup(60)
        assert log == ["lifespan.startup"]
        await lifespan.shutdown(60)
        assert log == ["lifespan.startup", "lifespan.shutdown"]
        assert lifespan._task is not None
        assert lifespan._task.done()
        await lifespan.shutdown()
        assert len(log) == 2
        assert caplog.records == []

    run(main())


def test_scope_and_state(run: Run) -> None:
    async def main() -> None:
        scopes: list[LifespanScope] = []

        async def app(scope: LifespanScope, receive: Receive, send: Send) -> None:
            scopes.append(scope)
            scope["state"]["pool"] = "open"
            await good()(scope, receive, send)

        lifespan = Lifespan(app, LOGGER)
        assert lifespan.state == {}
        await lifespan.startup()
        assert scopes == [
            {
                "type": "lifespan",
                "asgi": {"version": "3.0", "spec_version": "2.0"},
                "state": {"pool": "open"},
            }
        ]
        assert lifespan.state is scopes[0]["state"]
        await lifespan.shutdown()

    run(main())


def test_off_calls_nothing(run: Run) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted(KeyError()), LOGGER, "off")
        await lifespan.startup()
        await lifespan.shutdown()
        assert lifespan._task is None

    run(main())


# Startups that fail


@each_mode
@pytest.mark.parametrize(
    "script",
    [
        [{"type": "lifespan.startup.failed", "message": "no database"}],
        [
            "lifespan.startup",
            {"type": "lifespan.startup.failed", "message": "no database"},
            KeyError("the reason"),
        ],
        [{"type": "lifespan.startup.failed", "message": "no database"}, "never comes"],
    ],
    ids=["returns", "raises", "goes on"],
)
def test_startup_that_the_application_calls_failed(
    run: Run, mode: LifespanMode, script: list[object]
) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted(*script), LOGGER, mode)
        with pytest.raises(LifespanError, match=r"^no database$") as info:
            await lifespan.startup(60)
        cause = script[-1] if isinstance(script[-1], KeyError) else None
        if cause is not None:
            assert info.value.__cause__ is cause
        assert lifespan._task is not None
        assert lifespan._task.done()
        await lifespan.shutdown(60)

    run(main())


def test_failed_startup_without_a_message(run: Run) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted({"type": "lifespan.startup.failed"}), LOGGER)
        with pytest.raises(LifespanError, match="gave no reason"):
            await lifespan.startup()

    run(main())


@each_mode
def test_startup_that_takes_too_long(run: Run, mode: LifespanMode) -> None:
    async def main() -> None:
        lifespan = Lifespan(endless, LOGGER, mode)
        with pytest.raises(LifespanError, match=r"did not start within 0\.01 seconds"):
            await lifespan.startup(0.01)
        assert lifespan._task is not None
        assert lifespan._task.done()

    run(main())


@pytest.mark.parametrize("script", [[KeyError("x")], ["lifespan.startup"], []])
def test_application_without_a_lifespan(
    run: Run, caplog: pytest.LogCaptureFixture, script: list[object]
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER.name)

    async def main() -> None:
        lifespan = Lifespan(scripted(*script), LOGGER)
        await lifespan.startup(60)
        await lifespan.shutdown(60)
        (record,) = caplog.records
        assert record.levelno == logging.DEBUG
        assert record.message == "ASGI lifespan is not supported by the application"

    run(main())


def test_exception_of_an_application_that_took_the_startup_is_shown(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    error = KeyError("no database")

    async def main() -> None:
        lifespan = Lifespan(scripted("lifespan.startup", error), LOGGER)
        await lifespan.startup(60)
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert record.exc_info is not None
        assert record.exc_info[1] is error

    run(main())


def test_application_that_answers_http_alone(run: Run) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted({"type": "http.response.start", "status": 200}), LOGGER)
        await lifespan.startup(60)

    run(main())


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ([KeyError("x")], r"the application raised KeyError\('x'\)"),
        ([], "the application returned"),
    ],
)
def test_application_without_a_lifespan_that_must_have_one(
    run: Run, script: list[object], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted(*script), LOGGER, "on")
        with pytest.raises(LifespanError, match=text) as info:
            await lifespan.startup(60)
        assert info.value.__cause__ is (script[0] if script else None)

    run(main())
    tracebacks = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert tracebacks == script


@each_mode
@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()], ids=repr
)
def test_exit_is_a_failure_and_does_not_end_the_loop(
    run: Run, mode: LifespanMode, error: BaseException
) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted(error), LOGGER, mode)
        with pytest.raises(LifespanError, match="ended its startup with"):
            await lifespan.startup(60)

    run(main())


def test_cancelled_startup(run: Run) -> None:
    async def main() -> None:
        lifespan = Lifespan(endless, LOGGER)
        task = asyncio.create_task(lifespan.startup())
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert lifespan._task is not None
        assert lifespan._task.done()

    run(main())


# Shutdowns that fail


def test_shutdown_that_takes_too_long(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted("lifespan.startup", UP, "lifespan.shutdown", "never"), LOGGER)
        await lifespan.startup()
        await lifespan.shutdown(0.01)
        assert caplog.messages == ["ASGI application did not shut down within 0.01 seconds"]
        assert lifespan._task is not None
        assert lifespan._task.done()

    run(main())


@pytest.mark.parametrize("after", [[], ["never"]], ids=["returns", "goes on"])
def test_shutdown_that_the_application_calls_failed(
    run: Run, caplog: pytest.LogCaptureFixture, after: list[object]
) -> None:
    async def main() -> None:
        failed = {"type": "lifespan.shutdown.failed", "message": "disk full"}
        lifespan = Lifespan(
            scripted("lifespan.startup", UP, "lifespan.shutdown", failed, *after), LOGGER
        )
        await lifespan.startup()
        await lifespan.shutdown(60)
        assert caplog.messages == ["ASGI application failed to shut down: disk full"]

    run(main())


def test_shutdown_that_raises(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        error = KeyError("x")
        lifespan = Lifespan(scripted("lifespan.startup", UP, "lifespan.shutdown", error), LOGGER)
        await lifespan.startup()
        await lifespan.shutdown(60)
        (record,) = caplog.records
        assert record.levelno == logging.ERROR
        assert record.exc_info is not None
        assert record.exc_info[1] is error

    run(main())


def test_lifespan_that_returns_at_its_shutdown(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted("lifespan.startup", UP, "lifespan.shutdown"), LOGGER)
        await lifespan.startup()
        await lifespan.shutdown(60)
        assert caplog.records == []

    run(main())


@pytest.mark.parametrize(("script", "logged"), [([KeyError("x")], 1), ([], 0)])
def test_lifespan_that_ends_before_its_shutdown(
    run: Run, caplog: pytest.LogCaptureFixture, script: list[object], logged: int
) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted(UP, *script), LOGGER)
        await lifespan.startup()
        await settle()
        assert len(caplog.records) == logged
        await lifespan.shutdown(60)
        assert len(caplog.records) == logged

    run(main())


def test_cancelled_shutdown(run: Run) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted(UP, "lifespan.startup", "lifespan.shutdown", "x"), LOGGER)
        await lifespan.startup()
        task = asyncio.create_task(lifespan.shutdown())
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert lifespan._task is not None
        assert lifespan._task.done()

    run(main())


def test_application_that_cannot_be_cancelled_is_left_behind(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        release = asyncio.Event()

        async def app(scope: LifespanScope, receive: Receive, send: Send) -> None:
            await send(UP)
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

        lifespan = Lifespan(app, LOGGER)
        await lifespan.startup()
        await lifespan.shutdown(0.01)
        assert caplog.messages == [
            "ASGI lifespan goes on after its cancellation",
            "ASGI application did not shut down within 0.01 seconds",
        ]
        release.set()
        assert lifespan._task is not None
        await lifespan._task

    run(main())


def test_lifespan_that_outlives_its_loop_is_not_said_to_raise(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        lifespan = Lifespan(scripted(UP, "lifespan.startup", "never"), LOGGER)
        running = lifespan._run()
        lifespan._messages.put_nowait({"type": "lifespan.startup"})
        lifespan._phase = "startup"
        running.send(None)  # up to where it waits
        running.close()  # as the interpreter does with what nobody runs any more
        assert caplog.messages == []

    run(main())


# Messages


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ([], DOWN),
        ([UP], UP),
        ([UP], {"type": "lifespan.startup.failed"}),
        ([UP], DOWN),
        ([UP], {"type": "lifespan.shutdown.failed"}),
        ([UP, "lifespan.startup", "lifespan.shutdown"], UP),
        ([UP, "lifespan.startup", "lifespan.shutdown", DOWN], DOWN),
    ],
)
def test_messages_out_of_order(run: Run, before: list[object], message: dict[str, object]) -> None:
    async def main() -> None:
        errors: list[Exception] = []

        async def app(scope: LifespanScope, receive: Receive, send: Send) -> None:
            await scripted(*before)(scope, receive, send)
            try:
                await send(message)
            except RuntimeError as error:
                errors.append(error)

        lifespan = Lifespan(app, LOGGER)
        await lifespan.startup(60)
        await lifespan.shutdown(60)
        assert [str(error) for error in errors] == [f"{message['type']} out of order"]

    run(main())


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({}, ValueError),
        ({"type": "lifespan.nonsense"}, ValueError),
        ({"type": "lifespan.startup.failed", "message": b"x"}, TypeError),
        (None, TypeError),
    ],
    ids=repr,
)
def test_bad_messages(run: Run, message: dict[str, object], error: type[Exception]) -> None:
    async def main() -> None:
        async def app(scope: LifespanScope, receive: Receive, send: Send) -> None:
            with pytest.raises(error):
                await send(message)
            await send(UP)

        await Lifespan(app, LOGGER, "on").startup(60)

    run(main())
