"""gRPC over ASGI, without a code generator: calls of all four kinds, deadlines and errors.

Run it from the root of the repository:

    h2corn examples.grpc_echo:app --no-http1

and call it with `pip install grpcio`; messages are bytes here, where an application would have
the `SerializeToString` and `FromString` of its own:

    import grpc
    with grpc.insecure_channel("127.0.0.1:8000") as channel:
        print(channel.unary_unary("/echo.Echo/Say")(b"hello"))
        print(list(channel.unary_stream("/echo.Echo/Repeat")(b"hello")))
        print(channel.stream_unary("/echo.Echo/Join")(iter([b"a", b"b"])))
        print(list(channel.stream_stream("/echo.Echo/Chat")(iter([b"a", b"b"]))))

The wire format is that of https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: each
message has five bytes before it, and how a call went stands in the trailers of the response.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

OK, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL = 0, 2, 4, 8, 12, 13

MAX_MESSAGE_SIZE = 4 << 20
"""Bytes of a message that is accepted: what gRPC's own servers take."""

SECONDS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


class RPCError(Exception):
    """A call ends with a status other than OK."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Call:
    """One call: messages in, messages out."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._has_begun = False
        # One message is kept; a client that sends more of them waits, by flow control.
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue(1)

    async def messages(self) -> AsyncIterator[bytes]:
        """Give the messages of the client as they come, until it says that there are no more."""
        while (message := await self._inbox.get()) is not None:
            yield message

    async def message(self) -> bytes:
        """Give the one message of a client that sends one."""
        async for message in self.messages():
            return message
        raise RPCError(INTERNAL, "the client sent no message")

    async def send(self, message: bytes) -> None:
        """Send a message, and wait while the client does not keep up."""
        if not self._has_begun:
            await self._start([], trailers=True)
        prefix = b"\0" + len(message).to_bytes(4)
        await self._send(
            {"type": "http.response.body", "body": prefix + message, "more_body": True}
        )

    async def read(self) -> None:
        """Read what the client sends; return when it has left."""
        buffer = bytearray()
        while (event := await self._receive())["type"] == "http.request":
            buffer += event["body"]
            while (message := take_message(buffer)) is not None:
                await self._inbox.put(message)
            if not event["more_body"]:
                if buffer:
                    raise RPCError(INTERNAL, "the last message is not whole")
                await self._inbox.put(None)

    async def finish(self, status: int, message: str) -> None:
        """Send the status: in trailers, or in the head of a response that has nothing else."""
        fields = [(b"grpc-status", b"%d" % status)]
        if message:
            fields.append((b"grpc-message", quote(message, safe=" !#$&'()*+,/:;=?@[]").encode()))
        if not self._has_begun:
            await self._start(fields, trailers=False)
        await self._send({"type": "http.response.body"})
        if self._has_begun:
            await self._send({"type": "http.response.trailers", "headers": fields})

    async def _start(self, fields: list[tuple[bytes, bytes]], *, trailers: bool) -> None:
        self._has_begun = trailers
        headers = [(b"content-type", b"application/grpc"), *fields]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await self._send({**start, "trailers": trailers})


Method = Callable[[Call], Awaitable[None]]


class Service:
    """An ASGI application that answers gRPC calls."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self.methods = methods

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one call. The server says by an exception that it is not asked anything else."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        headers = dict(scope["headers"])
        if not headers.get(b"content-type", b"").startswith(b"application/grpc"):
            await send({"type": "http.response.start", "status": 415})
            await send({"type": "http.response.body"})
            return
        call = Call(receive, send)
        try:
            method = self.methods.get(scope["path"], unimplemented)
            has_left = await self._run(method, call, parse_timeout(headers.get(b"grpc-timeout")))
        except RPCError as error:
            await call.finish(error.status, error.message)
        except OSError:  # from `send`: the client has left
            return
        except Exception:
            await call.finish(UNKNOWN, "the application failed")
            raise
        else:
            if not has_left:
                await call.finish(OK, "")

    async def _run(self, method: Method, call: Call, timeout: float | None) -> bool:
        """Run a method beside what reads for it, and cancel it when the client has left."""
        reading = asyncio.ensure_future(call.read())
        handling = asyncio.ensure_future(method(call))
        try:
            await asyncio.wait(
                {reading, handling}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if handling.done():
                handling.result()
                return False
            if reading.done():
                reading.result()
                return True
            raise RPCError(DEADLINE_EXCEEDED, "the deadline of the call is over")
        finally:
            for task in (reading, handling):
                task.cancel()
            await asyncio.gather(reading, handling, return_exceptions=True)


def take_message(buffer: bytearray) -> bytes | None:
    """Take a whole message out of what has come, if there is one."""
    if len(buffer) < 5:
        return None
    is_compressed, size = buffer[0], int.from_bytes(buffer[1:5])
    if is_compressed:
        raise RPCError(UNIMPLEMENTED, "messages must not be compressed")
    if size > MAX_MESSAGE_SIZE:
        raise RPCError(RESOURCE_EXHAUSTED, f"a message has {size} bytes")
    if len(buffer) < 5 + size:
        return None
    message = bytes(buffer[5 : 5 + size])
    del buffer[: 5 + size]
    return message


def parse_timeout(value: bytes | None) -> float | None:
    """Return the seconds of a `grpc-timeout` such as `100m`."""
    if value is None:
        return None
    try:
        return int(value[:-1]) * SECONDS[value[-1:].decode()]
    except (ValueError, KeyError):
        raise RPCError(INTERNAL, f"no timeout: {value!r}") from None


async def unimplemented(_: Call) -> None:
    """Answer to what there is no method for."""
    raise RPCError(UNIMPLEMENTED, "no such method")


# The methods of the service: one for each kind of call.


async def say(call: Call) -> None:
    """Send the message back."""
    await call.send(await call.message())


async def repeat(call: Call) -> None:
    """Send the message back three times."""
    message = await call.message()
    for _ in range(3):
        await call.send(message)


async def join(call: Call) -> None:
    """Send all messages back as one."""
    await call.send(b"".join([message async for message in call.messages()]))


async def chat(call: Call) -> None:
    """Send each message back as it comes."""
    async for message in call.messages():
        await call.send(message)


METHODS: dict[str, Method] = {
    "/echo.Echo/Say": say,
    "/echo.Echo/Repeat": repeat,
    "/echo.Echo/Join": join,
    "/echo.Echo/Chat": chat,
}

app = Service(METHODS)
