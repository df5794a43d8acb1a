"""Owns the gRPC service under test: that of the example, and methods that tell how calls ended.

Does not speak gRPC itself, but for `wait_raw`, which sees ASGI as it is.
"""

import asyncio
import json

from examples.grpc_echo import METHODS, Call, Message, Receive, RPCError, Send, Service

ABORTED = 10
PARALLEL = 100
"""Calls that `meet` waits for."""

_outcomes: dict[str, asyncio.Future[str]] = {}
_present: set[object] = set()
_all_present: asyncio.Event | None = None


def outcome(name: str) -> asyncio.Future[str]:
    """Return what tells how a call of that name ended, or will."""
    if name not in _outcomes:
        _outcomes[name] = asyncio.get_running_loop().create_future()
    return _outcomes[name]


async def wait(call: Call) -> None:
    """Say that it waits, and then nothing more; tell how that ended."""
    name = (await call.message()).decode()
    await call.send(b"waiting")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        outcome(name).set_result("cancelled")
        raise


async def flood(call: Call) -> None:
    """Send messages for ever, and tell how that ended."""
    name = (await call.message()).decode()
    try:
        while True:
            await call.send(bytes(10_000))
    except (asyncio.CancelledError, OSError) as error:
        outcome(name).set_result("OSError" if isinstance(error, OSError) else "cancelled")
        raise


async def how(call: Call) -> None:
    """Tell how a call ended, when it has."""
    await call.send((await outcome((await call.message()).decode())).encode())


async def refuse(call: Call) -> None:
    """Fail before the first message."""
    await call.message()
    raise RPCError(ABORTED, "not today: 100 % caf\xe9\n")


async def fail_in_the_middle(call: Call) -> None:
    """Fail behind three messages."""
    await call.message()
    for number in range(3):
        await call.send(b"%d" % number)
    raise RPCError(ABORTED, "halfway")


async def crash_in_the_middle(call: Call) -> None:
    """Raise what is no status behind three messages."""
    await call.message()
    for number in range(3):
        await call.send(b"%d" % number)
    raise ValueError("crashed in the middle")


async def first(call: Call) -> None:
    """Answer the first message, and take no others."""
    await call.send(await call.message())


async def count(call: Call) -> None:
    """Count down from the number in the message."""
    for number in range(int(await call.message()), 0, -1):
        await call.send(b"%d" % number)


async def meet(call: Call) -> None:
    """Answer when so many calls are here at the same time."""
    global _all_present  # noqa: PLW0603 - an Event belongs to the loop that runs now
    _all_present = _all_present or asyncio.Event()
    message = await call.message()
    _present.add(message)
    if len(_present) == PARALLEL:
        _all_present.set()
    await _all_present.wait()
    await call.send(message)


_service = Service(
    {
        **METHODS,
        "/test.Test/Wait": wait,
        "/test.Test/Flood": flood,
        "/test.Test/How": how,
        "/test.Test/Refuse": refuse,
        "/test.Test/FailInTheMiddle": fail_in_the_middle,
        "/test.Test/CrashInTheMiddle": crash_in_the_middle,
        "/test.Test/First": first,
        "/test.Test/Count": count,
        "/test.Test/Meet": meet,
    }
)


async def wait_raw(scope: Message, receive: Receive, send: Send) -> None:
    """Receive until the client has left; tell what came, and how the last word was taken."""
    body, kinds = b"", []
    while (message := await receive())["type"] == "http.request":
        kinds.append("end" if not message["more_body"] else "part")
        body += message["body"]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": []})
    except OSError:
        kinds.append("OSError")
    told = [kind for kind in kinds if kind != "part"]
    outcome(body[5:].decode()).set_result(json.dumps([*told, message["type"]]))


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer a call."""
    if scope["type"] == "http" and scope["path"] == "/test.Test/WaitRaw":
        await wait_raw(scope, receive, send)
    else:
        await _service(scope, receive, send)
