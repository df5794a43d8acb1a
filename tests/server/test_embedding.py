"""`Server(app, config).serve()` in the event loop of somebody else's program."""

import socket
import sys

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess

COMMAND = (sys.executable, "-m")
PROGRAM = "tests.server.embedded"


def test_two_servers_in_one_loop() -> None:
    with ServerProcess(PROGRAM, command=COMMAND, bind=(), listeners=2) as program:
        first, second = program.endpoint, program.endpoint_of(1)
        with H2Client(first) as http2, Http1Client(first) as http1:
            assert http2.get("/").body == http1.get("/").body == b"hello"
            program.wait_line('"GET / HTTP/2" 200')
        with H2Client(second) as other, Http1Client(second) as refused:
            assert other.get("/").body == b"hello"
            assert refused.get("/").status == 505
            program.write("stop\n")
            program.wait_line("one server stopped")
            assert other.get("/").body == b"hello"
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(first)
        program.write("stop\n")
        assert program.wait() == 0
    # An embedded server has no banner.
    assert not [line for line in program.log if "cleartext ASGI" in line]
