"""Owns the way of a file into a response: by the wire itself where it can, else piece by piece.

Does not open files, nor judge the order of messages; `_files` and `_response` do.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Final

from asgi_bridge._files import FilePart, open_path, take_file
from asgi_bridge._response import Response
from asgi_bridge._states import BODY
from asgi_bridge._waiters import Turnstile

__all__ = ["PATHSEND", "READ_SIZE", "ZEROCOPYSEND", "send_file"]

PATHSEND: Final = "http.response.pathsend"
ZEROCOPYSEND: Final = "http.response.zerocopysend"

READ_SIZE: Final = 256 * 1024
"""Bytes that are read at once, and held, where the wire cannot send files by itself. 100 MiB over
HTTP/2 took 400 to 670 ms of CPU time in pieces of 64 KiB, 250 to 330 in those of 128, 130 to 210 in
those of 256 KiB, and 100 to 140 in those of 1 MiB."""


async def send_file(
    message: Mapping[str, object],
    response: Response,
    turnstile: Turnstile,
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Send the file of a message, and wait until all of it is on its way.

    Cancelled, or failing in the middle, it aborts the response.

    Args:
        message: a `http.response.pathsend` or a `http.response.zerocopysend`.
        response: what the file is a part of.
        turnstile: whose turn the caller has, and which opens when the sink has room.
        loop: where to wait for the threads that read.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a value is malformed.
        RuntimeError: the message is out of order.
        OSError: the file cannot be read; nothing was sent when it could not even be opened.
        ClientDisconnected: the client has left.
    """
    is_path = message["type"] == PATHSEND
    response.check_file(message["type"], is_alone=is_path)
    part = await open_path(loop, message) if is_path else take_file(loop, message)
    try:
        more_body = not is_path and bool(message.get("more_body"))
        await _send_part(part, more_body, response, turnstile)
    finally:
        part.close()
        response.burst = 0


async def _send_part(
    part: FilePart, more_body: bool, response: Response, turnstile: Turnstile
) -> None:
    if not more_body:
        response.announce(part.count)
    if not part.count or response.drops_body:
        response.body({"more_body": more_body})
        return
    transfer = response.file(part.file, part.offset, part.count, ends=not more_body)
    try:
        if transfer is not None:
            await _await_transfer(transfer, response)
            response.end_file(ends=not more_body)
        elif response.state == BODY:
            await _send_pieces(part, more_body, response, turnstile)
    except BaseException:
        response.abort()
        raise


async def _await_transfer(transfer: Awaitable[None], response: Response) -> None:
    try:
        await transfer
    except ConnectionError as error:
        response.cut_off()
        raise response.refusal(PATHSEND) from error


async def _send_pieces(
    part: FilePart, more_body: bool, response: Response, turnstile: Turnstile
) -> None:
    offset, end = part.offset, part.offset + part.count
    while offset < end:
        size = min(READ_SIZE, end - offset)
        chunk = await part.read(offset, size)
        offset += size
        if response.body({"body": chunk, "more_body": more_body or offset < end}):
            await turnstile.room()
            if response.is_lost:
                raise response.refusal(ZEROCOPYSEND)
