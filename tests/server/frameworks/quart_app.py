"""Owns an application of Quart. Does what `test_frameworks` asks."""

from collections.abc import AsyncIterator
from typing import Any

from quart import Quart, Response, jsonify, request, websocket

from tests.server.frameworks.replies import PARTS, Upload, part

done: list[str] = []
state: dict[str, str] = {}

app = Quart(__name__)


@app.before_serving
async def keep() -> None:
    """Keep something for the requests."""
    state["greeting"] = "kept"


@app.get("/")
async def index() -> dict[str, str]:
    """Tell the protocol and the state."""
    return {"http_version": request.scope["http_version"], "state": state["greeting"]}


@app.post("/json")
async def double() -> dict[str, int]:
    """Answer JSON with JSON."""
    value = await request.get_json()
    return {"doubled": value["number"] * 2}


@app.post("/upload")
async def upload() -> dict[str, Any]:
    """Take a form with a file."""
    file = (await request.files)["file"]
    note = (await request.form)["note"]
    return Upload(file.filename, file.read(), note).told


@app.put("/body")
async def count() -> dict[str, int]:
    """Count the bytes of a body as they come."""
    size = 0
    async for chunk in request.body:
        size += len(chunk)
    return {"bytes": size}


@app.get("/stream")
async def stream() -> Response:
    """Send a body in parts."""

    async def parts() -> AsyncIterator[bytes]:
        for number in range(PARTS):
            yield part(number)

    return Response(parts(), content_type="text/plain")


@app.get("/cookies")
async def cookies() -> Response:
    """Set two cookies, and tell those of the request."""
    response = jsonify(dict(request.cookies))
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@app.get("/background")
async def background() -> Response:
    """Answer first, and work then."""

    async def work() -> None:
        done.append("worked")

    app.add_background_task(work)
    return jsonify(list(done))


@app.get("/fails")
async def fails() -> str:
    """Raise."""
    raise RuntimeError("failed in the framework")


@app.websocket("/ws")
async def echo() -> None:
    """Say text in upper case and bytes in reverse, until the client leaves."""
    await websocket.accept(
        subprotocol="echo" if "echo" in websocket.requested_subprotocols else None
    )
    while True:
        message = await websocket.receive()
        if message == "bye":
            await websocket.close(4000, "goodbye")
            return
        await websocket.send(message.upper() if isinstance(message, str) else message[::-1])
