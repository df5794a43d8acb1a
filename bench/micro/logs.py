"""Owns the process that measures what the access log costs: `python -m bench.micro.logs`.

Does not judge. Requests go from their heads to their ends in one process, without a wire, as a
connection starts them, once with an access log and once without; the lines go to the null device.
"""

import argparse
import asyncio
import gc
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop

from asgi_bridge import DefaultHeaders, Message, Scope
from bench.micro.exchange import BODY, FIELDS, Receive, Send, Sink, make_head
from bench.rounds import paired
from h2corn import Config
from h2corn._adapters import Peers
from h2corn._application import Application, RequestOptions
from h2corn._log_setup import Logs

__all__ = ["PEERS", "ROWS", "attached", "main", "serve_all"]

OURS, PLAIN = "logged", "plain"
COUNT = 4_000
"""Requests of one turn of measuring."""
BATCH = 10
"""Requests that come in one turn of the loop, as the streams of one read do."""
ROWS = ("default format, own handler", "default format, foreign handler")
_MICROSECONDS = 1e6
PEERS = Peers(("127.0.0.1", 40_000), ("127.0.0.1", 8000))
_START: Message = {"type": "http.response.start", "status": 200, "headers": FIELDS}
_BODY: Message = {"type": "http.response.body", "body": BODY}


class Taking(logging.Handler):
    """Somebody's handler that does the least one can do: it takes the record."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count it."""
        self.count += 1


@contextmanager
def attached(row: str) -> Iterator[Taking]:
    """Attach the handler that a row is about, and let it go."""
    logger = logging.getLogger("h2corn.access")
    handler = Taking()
    if "foreign" in row:
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


async def _app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(_START)
    await send(_BODY)


async def serve_all(count: int, *, is_logged: bool) -> float:
    """Serve requests and return the seconds of CPU that they took."""
    loop = asyncio.get_running_loop()
    with open(os.devnull, "w", encoding="ascii") as stream:  # noqa: ASYNC230, PTH123 - no file
        logs = Logs(loop, Config(access_log=is_logged), stream)
        application = Application(
            _app,
            loop=loop,
            logger=logging.getLogger("h2corn"),
            options=RequestOptions(DefaultHeaders(time.time)),
            state={},
            access_log=logs.access,
        )
        requests = application.connect(PEERS, is_serial=False)
        heads = [make_head("2") for _ in range(count)]
        sinks = [Sink("2") for _ in range(count)]
        gc.collect()
        gc.disable()
        begin = time.process_time()
        for number in range(0, count, BATCH):
            for head, sink in zip(
                heads[number : number + BATCH], sinks[number : number + BATCH], strict=True
            ):
                requests.open_stream(sink, head)
            while requests.opened:
                requests.opened.popleft().start()
            await asyncio.sleep(0)
        await application.wait_idle()
        spent = time.process_time() - begin
        gc.enable()
        assert application.done == count
        logs.close()
    return spent


def main() -> None:
    """Print a line of JSON for each row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, required=True)
    rounds = parser.parse_args().rounds

    def spend(kind: str) -> float:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            seconds = runner.run(serve_all(COUNT, is_logged=kind == OURS))
        return seconds / COUNT * _MICROSECONDS

    for row in ROWS:
        with attached(row):
            pairs = paired(spend, OURS, PLAIN, rounds)
        print(json.dumps({"name": row, "pairs": pairs}), flush=True)


if __name__ == "__main__":
    main()
