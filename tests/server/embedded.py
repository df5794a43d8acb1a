"""Owns a program that has two servers in its own event loop.

Does not take signals: the end of its standard input stops the second server, after the first.
"""

import asyncio
import sys

from h2corn import Config, Server
from tests.server.apps import app


async def main() -> None:
    """Serve the application at two addresses, and prove that the loop is the program's own."""
    servers = [
        Server(app, Config(bind=("127.0.0.1:0",))),
        Server(app, Config(bind=("127.0.0.1:0",), http1=False, access_log=False)),
    ]
    serving = [asyncio.create_task(server.serve()) for server in servers]
    for server in servers:
        await server.wait_started()
        sys.stderr.write(f"Listening on {server.addresses[0]}\n")
    sys.stderr.flush()

    loop = asyncio.get_running_loop()
    for server, task in zip(servers, serving, strict=True):
        line = await loop.run_in_executor(None, sys.stdin.readline)
        assert line == "stop\n"
        server.shutdown()
        await task
        assert server.addresses == ()
        sys.stderr.write("one server stopped\n")
        sys.stderr.flush()


if __name__ == "__main__":
    asyncio.run(main())
