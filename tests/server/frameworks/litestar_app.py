"""Owns an application of Litestar. Does what `test_frameworks` asks."""

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Litestar, Request, Response, WebSocket, get, post, put, websocket
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Stream

from tests.server.frameworks.replies import PARTS, Upload, part

done: list[str] = []


@contextlib.asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    """Keep something for the requests."""
    app.state.greeting = "kept"
    yield


@get("/")
async def index(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Tell the protocol and the state."""
    version = request.scope["http_version"]
    return {"http_version": version, "state": request.app.state.greeting}


@post("/json", status_code=200)
async def double(data: Annotated[dict[str, int], Body()]) -> dict[str, int]:
    """Answer JSON with JSON."""
    return {"doubled": data["number"] * 2}


@post("/upload", status_code=200)
async def upload(
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> dict[str, object]:
    """Take a form with a file."""
    file = data["file"]
    assert isinstance(file, UploadFile)
    return Upload(file.filename, await file.read(), data["note"]).told


@put("/body")
async def count(request: Request[Any, Any, Any]) -> dict[str, int]:
    """Count the bytes of a body as they come."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"bytes": size}


@get("/stream")
async def stream() -> Stream:
    """Send a body in parts."""

    async def parts() -> AsyncIterator[bytes]:
        for number in range(PARTS):
            yield part(number)

    return Stream(parts(), media_type="text/plain")


@get("/cookies")
async def cookies(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Set two cookies, and tell those of the request."""
    both = [Cookie(key="one", value="1"), Cookie(key="two", value="2")]
    return Response(dict(request.cookies), cookies=both)


@get("/background")
async def background() -> Response[list[str]]:
    """Answer first, and work then."""

    async def work() -> None:
        done.append("worked")

    return Response(list(done), background=BackgroundTask(work))


@get("/fails")
async def fails() -> None:
    """Raise."""
    raise RuntimeError("failed in the framework")


@websocket("/ws")
async def echo(socket: WebSocket[Any, Any, Any]) -> None:
    """Say text in upper case and bytes in reverse, until the client leaves."""
    subprotocols = socket.scope["subprotocols"]
    await socket.accept(subprotocols="echo" if "echo" in subprotocols else None)
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") == "bye":
            await socket.close(4000, "goodbye")
            return
        if message.get("text") is not None:
            await socket.send_text(message["text"].upper())
        else:
            await socket.send_bytes(message["bytes"][::-1])


app = Litestar(
    [index, double, upload, count, stream, cookies, background, fails, echo],
    lifespan=[lifespan],
)
