"""Owns an application of Starlette, with its own static files. Does what `test_frameworks` asks."""

import contextlib
import os
from collections.abc import AsyncIterator
from typing import TypedDict

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.server.frameworks.replies import PARTS, Upload, part

done: list[str] = []


class State(TypedDict):
    """What the lifespan keeps for requests."""

    greeting: str


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[State]:
    """Keep something for the requests."""
    yield {"greeting": "kept"}


async def index(request: Request) -> Response:
    """Tell the protocol and the state."""
    version = request.scope["http_version"]
    return JSONResponse({"http_version": version, "state": request.state.greeting})


async def double(request: Request) -> Response:
    """Answer JSON with JSON."""
    value = await request.json()
    return JSONResponse({"doubled": value["number"] * 2})


async def upload(request: Request) -> Response:
    """Take a form with a file."""
    async with request.form() as form:
        file = form["file"]
        assert not isinstance(file, str)
        return JSONResponse(Upload(file.filename, await file.read(), form["note"]).told)


async def count(request: Request) -> Response:
    """Count the bytes of a body as they come."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return JSONResponse({"bytes": size})


async def stream(request: Request) -> Response:
    """Send a body in parts."""

    async def parts() -> AsyncIterator[bytes]:
        for number in range(PARTS):
            yield part(number)

    return StreamingResponse(parts(), media_type="text/plain")


async def cookies(request: Request) -> Response:
    """Set two cookies, and tell those of the request."""
    response = JSONResponse(request.cookies)
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


async def background(request: Request) -> Response:
    """Answer first, and work then."""

    async def work() -> None:
        done.append("worked")

    return JSONResponse(list(done), background=BackgroundTask(work))


async def moved(request: Request) -> Response:
    """Lead to another path."""
    return RedirectResponse(request.url_for("index"))


async def fails(request: Request) -> Response:
    """Raise."""
    raise RuntimeError("failed in the framework")


async def echo(session: WebSocket) -> None:
    """Say text in upper case and bytes in reverse, until the client leaves."""
    await session.accept("echo" if "echo" in session.scope["subprotocols"] else None)
    try:
        while True:
            message = await session.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message["code"], message.get("reason"))
            if message.get("text") == "bye":
                await session.close(4000, "goodbye")
                return
            if message.get("text") is not None:
                await session.send_text(message["text"].upper())
            else:
                await session.send_bytes(message["bytes"][::-1])
    except WebSocketDisconnect as error:
        done.append(f"left with {error.code} {error.reason}")


async def denies(session: WebSocket) -> None:
    """Refuse a session with a response of its own."""
    await session.send_denial_response(JSONResponse({"why": "not you"}, status_code=401))


async def closes(session: WebSocket) -> None:
    """Refuse a session without a word."""
    await session.close()


class Stamp(BaseHTTPMiddleware):
    """Adds a field, as middleware does that wraps `receive` and `send`."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Add the field."""
        response = await call_next(request)
        response.headers["x-stamped"] = "yes"
        return response


app = Starlette(
    lifespan=lifespan,
    middleware=[Middleware(Stamp), Middleware(GZipMiddleware, minimum_size=100_000)],
    routes=[
        Route("/", index),
        Route("/json", double, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/body", count, methods=["PUT"]),
        Route("/stream", stream),
        Route("/cookies", cookies),
        Route("/background", background),
        Route("/moved", moved),
        Route("/fails", fails),
        WebSocketRoute("/ws", echo),
        WebSocketRoute("/denies", denies),
        WebSocketRoute("/closes", closes),
    ],
)

# Without middleware, which would wrap what the server can do.
files = Starlette(
    routes=[Mount("/static", StaticFiles(directory=os.environ.get("STATIC_FILES", "."), html=True))]
)
