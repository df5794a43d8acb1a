"""A FastAPI application: JSON, a response streamed as it is made, an upload of any size.

Run it from the root of the repository, with `pip install fastapi`:

    h2corn examples.fastapi_app:app
    curl --http2-prior-knowledge http://127.0.0.1:8000/
    curl --http2-prior-knowledge --no-buffer http://127.0.0.1:8000/countdown
    curl --http2-prior-knowledge --upload-file some.iso http://127.0.0.1:8000/upload
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

app = FastAPI(title="h2corn example")


@app.get("/")
async def index(request: Request) -> dict[str, str]:
    """Answer with JSON."""
    return {"message": "hello from h2corn", "http_version": request.scope["http_version"]}


@app.get("/countdown")
async def countdown(start: int = 3, pause: float = 1.0) -> StreamingResponse:
    """Send a line at a time, with `pause` seconds between."""

    async def lines() -> AsyncIterator[str]:
        for number in range(start, 0, -1):
            yield f"{number}\n"
            await asyncio.sleep(pause)
        yield "Lift-off!\n"

    return StreamingResponse(lines(), media_type="text/plain")


@app.put("/upload")
@app.post("/upload")
async def upload(request: Request) -> dict[str, int]:
    """Count the bytes of the body as they come; a gigabyte takes no more memory than a byte."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"bytes": size}
