"""Owns the process that measures the bridge: `python -m bench.micro.exchange`, printing JSON.

Does not judge. There is no wire: heads are made before the clock starts, and what the bridge sends
is recorded by a sink and compared after it has stopped.
"""

import argparse
import asyncio
import gc
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import uvloop

from asgi_bridge import (
    DefaultHeaders,
    Exchange,
    ExchangeContext,
    Message,
    Scope,
    ScopeBuilder,
)
from bench.rounds import paired

__all__ = ["BODY", "EMPTY", "FIELDS", "Bench", "Head", "Sink", "check", "main", "make_head"]

Field = tuple[bytes, bytes]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

EMPTY = "empty eager task"
"""The name of the turn that the bridge's are compared with."""

BODY = b"Hello, World!"
FIELDS: list[Field] = [(b"content-type", b"text/plain"), (b"content-length", b"13")]

_MICROSECONDS = 1e6
# Called with what the oldest Python that is supported does not know.
_Task: Callable[..., object] = asyncio.Task
_START: Message = {"type": "http.response.start", "status": 200, "headers": FIELDS}
_BODY: Message = {"type": "http.response.body", "body": BODY}


@dataclass(slots=True)
class Head:
    """The head of a request, as a wire engine gives it."""

    method: bytes
    target: bytes
    authority: bytes
    headers: list[Field]
    http_version: str
    scheme: bytes = b"http"
    end_stream: bool = True
    expect_continue: bool = False
    protocol: bytes = b""
    content_length: int = -1


class Sink:
    """Records one response.

    Attributes:
        head: status and fields.
        body: what came behind them.
        is_ended: the response is complete.
        is_finished: the request was let go.
    """

    __slots__ = (
        "body",
        "bytes_sent",
        "can_trailers",
        "depends_on",
        "head",
        "incremental",
        "is_ended",
        "is_finished",
        "urgency",
        "weight",
    )

    def __init__(self, http_version: str) -> None:
        is_http2 = http_version == "2"
        self.head: tuple[int, list[Field]] = (0, [])
        self.body = b""
        self.is_ended = self.is_finished = False
        self.bytes_sent = 0
        self.can_trailers = is_http2
        self.weight = 16 if is_http2 else None
        self.depends_on = 0
        self.urgency = 3
        self.incremental = False

    def start(self, status: int, headers: list[Field], end: bool) -> None:
        """Record the head."""
        self.head = (status, headers)
        self.is_ended = end

    def data(self, chunk: bytes, end: bool) -> bool:
        """Record the body."""
        self.body = chunk
        self.is_ended = end
        return True

    def finish(self) -> None:
        """Record the end."""
        self.is_finished = True

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> None:
        """Refuse: the application sends no file."""
        raise AssertionError("a file")

    def informational(self, status: int, headers: list[Field]) -> None:
        """Refuse: the application sends none."""
        raise AssertionError("an interim response")

    def trailers(self, headers: list[Field]) -> None:
        """Refuse: the application sends none."""
        raise AssertionError("trailers")

    def credit(self, size: int) -> None:
        """Refuse: the requests have no body."""
        raise AssertionError("credit")

    def set_timeouts(self, body: float, response_stall: float) -> None:
        """Refuse: no path has limits of its own."""
        raise AssertionError("timeouts")

    def abort(self) -> None:
        """Refuse: the responses are complete."""
        raise AssertionError("aborted")


def make_head(http_version: str) -> Head:
    """Return the head of a GET as Envoy forwards it over HTTP/2, or nginx over HTTP/1.1."""
    proxy = "envoy" if http_version == "2" else "nginx"
    fields = json.loads(Path(__file__).with_name("fields.json").read_text(encoding="utf-8"))[proxy]
    pairs = [(name.encode(), value.encode()) for name, value in fields]
    pseudo = {name: value for name, value in pairs if name.startswith(b":")}
    headers = [(name, value) for name, value in pairs if name not in pseudo]
    authority = pseudo.get(b":authority", b"")
    if authority:
        headers.insert(0, (b"host", authority))
    return Head(b"GET", pseudo[b":path"], authority, headers, http_version)


async def _answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(_START)
    await send(_BODY)


async def _nothing() -> None:
    pass


class Bench:
    """The turns, in the loop that runs.

    Args:
        loop: that loop.
        requests: of one turn.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, requests: int = 2000) -> None:
        self._loop = loop
        self._requests = requests
        self._ended = 0
        self._context = ExchangeContext(
            _answer, loop, DefaultHeaders(time.time), self._on_complete, logging.getLogger("bench")
        )
        self._builder = ScopeBuilder(
            client=("192.0.2.1", 50000),
            server=("192.0.2.2", 8000),
            scheme="http",
            root_path="",
            state={"pool": object()},
        )

    def turn(self, name: str) -> float:
        """Return CPU microseconds of one exchange of an HTTP version, or of an empty task."""
        return self._empty() if name == EMPTY else self._exchanges(name)

    def _empty(self) -> float:
        loop = self._loop
        gc.collect()
        begin = time.process_time()
        for _ in range(self._requests):
            _Task(_nothing(), loop=loop, eager_start=True)
        return (time.process_time() - begin) / self._requests * _MICROSECONDS

    def _exchanges(self, http_version: str) -> float:
        model = make_head(http_version)
        method, target, authority = model.method, model.target, model.authority
        heads = [
            Head(method, target, authority, list(model.headers), http_version)
            for _ in range(self._requests)
        ]
        sinks = [Sink(http_version) for _ in heads]
        work = list(zip(heads, sinks, strict=True))
        self._ended = 0
        context, build = self._context, self._builder.http
        gc.collect()
        begin = time.process_time()
        for head, sink in work:
            Exchange(context, build(head, sink), head, sink).start()
        spent = time.process_time() - begin
        assert self._ended == len(sinks), "not all applications have ended"
        for sink in sinks:
            check(sink)
        return spent / self._requests * _MICROSECONDS

    def _on_complete(self, _exchange: Exchange) -> None:
        self._ended += 1


def check(sink: Sink) -> None:
    """Compare what a sink was given with what the application sent.

    Raises:
        AssertionError: it is something else.
    """
    status, fields = sink.head
    assert status == 200, status
    assert fields[:-1] == FIELDS, fields
    assert fields[-1][0] == b"date", fields
    assert sink.body == BODY, sink.body
    assert sink.is_ended, "the response has no end"
    assert sink.is_finished, "the request was not let go"


async def _measure(version: str, rounds: int) -> list[tuple[float, float]]:
    return paired(Bench(asyncio.get_running_loop()).turn, version, EMPTY, rounds)


def main() -> None:
    """Measure the HTTP versions that are named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("versions", nargs="+", choices=("1.1", "2"))
    parser.add_argument("--rounds", type=int, required=True)
    options = parser.parse_args()
    for version in options.versions:
        pairs = uvloop.run(_measure(version, options.rounds))
        print(json.dumps({"version": version, "pairs": pairs}), flush=True)


if __name__ == "__main__":
    main()
