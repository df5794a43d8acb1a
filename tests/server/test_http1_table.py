"""The rows of the table are answered as they say by a whole server, one for all."""

import re
from collections.abc import Iterator

import pytest

from tests.h2corn.http1_shell import SMUGGLED
from tests.h2corn.http1_table import CASES, Case
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess

CLOSING = SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

VISIBLE = (b"trailers}", b"websocket}", b"cookie: ")
"""What ASGI has a place for, of the notes in braces: not for an expectation, nor for trailers of
a request."""


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Run the application of the table."""
    with ServerProcess("tests.server.table_app:app") as process:
        yield process


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} ({case.section})")
def test_row(server: ServerProcess, case: Case) -> None:
    with Http1Client(server.endpoint) as client:
        client.send(case.data + (CLOSING if case.goes_on else SMUGGLED))
        answers = list(responses(client))
    statuses = [status for status, _ in answers]
    expected = [*case.statuses, *([200] if case.goes_on else [])]
    assert statuses == expected
    seen = [body for status, body in answers if status == 200]
    visible = [as_scope(text) for text in case.seen]
    assert seen == [*visible, *([b"GET /smuggled a "] if case.goes_on else [])]


def as_scope(text: bytes) -> bytes:
    """Return what an application sees of what the engine has seen."""
    method, _, rest = text.partition(b" ")
    rest, *notes = rest.split(b" {")
    shown = [b" {" + note for note in notes if note.startswith(VISIBLE)]
    # The method is in upper case (ASGI HTTP 2.5, Connection Scope).
    return b"%b %b%b" % (method.upper(), rest, b"".join(shown))


def responses(client: Http1Client) -> Iterator[tuple[int, bytes]]:
    """Receive responses until the server closes; interim ones are left out."""
    data = b""
    while piece := client.read(1 << 16):
        data += piece
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        assert end
        status = int(head[9:12])
        if status < 200:
            continue
        match = re.search(rb"(?i)content-length: (\d+)", head)
        assert match
        size = int(match[1])
        yield status, data[:size]
        data = data[size:]
