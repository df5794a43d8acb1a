"""Owns an HTTP/1.1 client that keeps its connections, for the load in front of a proxy.

Does not make a request twice: that is the proxy's task.
"""

import asyncio
import contextlib
import ssl
from collections import Counter

from tests.server.reload.exchange import Answer, Endpoint, FailedError, Request


class PlainClient:
    """As many connections as there are requests at a time.

    Args:
        endpoint: where to.
        tls: what it trusts where it speaks TLS.
        server_name: whom it asks for then.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._tls, self._server_name = tls, server_name
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.notes: Counter[str] = Counter()

    async def call(self, request: Request) -> Answer:
        """Make a request."""
        try:
            reader, writer = self._idle.pop() if self._idle else await self._connect()
        except OSError as error:
            raise FailedError(f"no connection: {error}", is_unaccepted=True) from error
        is_kept = False
        try:
            await _send(writer, request, self._server_name or "reload.example")
            answer = await _receive(reader)
            is_kept = answer.fields.get("connection") != "close"
        except (OSError, asyncio.IncompleteReadError) as error:
            raise FailedError(f"connection lost: {error!r}") from error
        finally:
            if is_kept:
                self._idle.append((reader, writer))
            else:
                writer.close()
        return answer

    async def close(self) -> None:
        """Close all connections."""
        for _, writer in self._idle:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.notes["connections"] += 1
        if isinstance(self._endpoint, tuple):
            return await asyncio.open_connection(
                *self._endpoint, ssl=self._tls, server_hostname=self._server_name
            )
        return await asyncio.open_unix_connection(str(self._endpoint))


async def _send(writer: asyncio.StreamWriter, request: Request, host: str) -> None:
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {host}"]
    if request.pieces:
        lines.append(f"Content-Length: {request.size}")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    for piece in request.pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(request.pause)


async def _receive(reader: asyncio.StreamReader) -> Answer:
    answer = Answer()
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    answer.status = int(lines[0].split()[1])
    answer.fields = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines[1:])
    }
    if answer.fields.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            answer.body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        answer.body += await reader.readexactly(int(answer.fields["content-length"]))
    return answer
