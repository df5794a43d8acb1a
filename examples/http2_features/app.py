"""Priority, trailers and early hints in one application.

Run it with `h2corn examples.http2_features.app:app`, then `python -m examples.http2_features.check`
in another terminal.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]

LINKS = (b"</style.css>; rel=preload; as=style", b"</app.js>; rel=preload; as=script")


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Hint at what a page needs, answer in parts, and sign the answer behind its end."""
    if scope["type"] != "http":
        raise RuntimeError("this application only speaks HTTP")
    await receive()  # the request; it has no body
    extensions = scope["extensions"]

    # Early hints: a 103 that goes out while the page is still being made. No client of HTTP/1.0
    # understands one, so they are not offered to any.
    if "http.response.early_hint" in extensions:
        await send({"type": "http.response.early_hint", "links": LINKS})
    await asyncio.sleep(0.05)  # the page is being made

    # Priority: what the client would like to have first. It is advice, and only HTTP/2 has it.
    priority = extensions.get("http.response.priority")

    # Trailers: fields that are known only when the body has gone out.
    has_trailers = "http.response.trailers" in extensions
    headers = [(b"content-type", b"application/json")]
    if has_trailers:
        headers.append((b"trailer", b"x-sha256"))
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": headers,
            "trailers": has_trailers,
        }
    )
    body = json.dumps({"http_version": scope["http_version"], "priority": priority}).encode()
    await send({"type": "http.response.body", "body": body})
    if has_trailers:
        digest = hashlib.sha256(body).hexdigest().encode()
        await send({"type": "http.response.trailers", "headers": [(b"x-sha256", digest)]})
