"""Owns an application of FastAPI. Does what `test_frameworks` asks."""

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import (
    BackgroundTasks,
    FastAPI,
    Form,
    Request,
    Response,
    UploadFile,
    WebSocket,
    WebSocketDisconnect,
)
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tests.server.frameworks.replies import PARTS, Upload, part

done: list[str] = []


class Number(BaseModel):
    """What is to be doubled."""

    number: int


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    """Keep something for the requests."""
    yield {"greeting": "kept"}


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def index(request: Request) -> dict[str, str]:
    """Tell the protocol and the state."""
    return {"http_version": request.scope["http_version"], "state": request.state.greeting}


@app.post("/json")
async def double(value: Number) -> dict[str, int]:
    """Answer JSON with JSON."""
    return {"doubled": value.number * 2}


@app.post("/upload")
async def upload(file: UploadFile, note: Annotated[str, Form()]) -> dict[str, object]:
    """Take a form with a file."""
    return Upload(file.filename, await file.read(), note).told


@app.put("/body")
async def count(request: Request) -> dict[str, int]:
    """Count the bytes of a body as they come."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"bytes": size}


@app.get("/stream")
def stream() -> StreamingResponse:
    """Send a body in parts, from a thread."""
    return StreamingResponse(map(part, range(PARTS)), media_type="text/plain")


@app.get("/cookies")
async def cookies(request: Request, response: Response) -> dict[str, str]:
    """Set two cookies, and tell those of the request."""
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return request.cookies


@app.get("/background")
async def background(tasks: BackgroundTasks) -> list[str]:
    """Answer first, and work then."""
    before = list(done)
    tasks.add_task(done.append, "worked")
    return before


@app.get("/fails")
async def fails() -> None:
    """Raise."""
    raise RuntimeError("failed in the framework")


@app.websocket("/ws")
async def echo(session: WebSocket) -> None:
    """Say text in upper case and bytes in reverse, until the client leaves."""
    await session.accept("echo" if "echo" in session.scope["subprotocols"] else None)
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            message = await session.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "bye":
                await session.close(4000, "goodbye")
                return
            if message.get("text") is not None:
                await session.send_text(message["text"].upper())
            else:
                await session.send_bytes(message["bytes"][::-1])
