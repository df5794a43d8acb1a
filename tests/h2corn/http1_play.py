"""Owns the playing of a row of the table against the engine, and the judgement of what came of it.

Does not know the modules that it drives by more than their calls: it is loaded once more with each
mutant of them.
"""

from collections.abc import Iterator

from tests.h2corn.http1_shell import SMUGGLED, Request, Shell
from tests.h2corn.http1_table import EARLY, Case

TURNS = 5_000
"""Above which an engine is stuck: no row has as many requests or pieces of bodies in one read."""


def pieces(data: bytes) -> Iterator[bytes]:
    """Cut into single bytes, long data in the middle into longer pieces."""
    if len(data) > 2_000:
        yield from pieces(data[:500])
        for start in range(500, len(data) - 500, 997):
            yield data[start : min(start + 997, len(data) - 500)]
        data = data[-500:]
    for octet in data:
        yield bytes((octet,))


def answer(request: Request) -> bytes:
    """Answer as the server's application does; returns what it saw."""
    head = request.head
    if head.method == b"CONNECT":
        request.answer(status=501)
        return b""
    is_early = head.target == EARLY
    request.answer()
    hosts = [value for name, value in head.headers if name == b"host"]
    notes = [b"expects"] * head.expect_continue + [b"trailers"] * head.accepts_trailers
    notes += [head.protocol] * bool(head.protocol)
    notes += [b"cookie: " + value for name, value in head.headers if name == b"cookie"]
    notes += [b"%b: %b" % field for field in request.trailers or ()]
    content = b"" if is_early else request.body
    seen = b"%b %b %b %b" % (head.method, head.target, b",".join(hosts), content)
    return seen + b"".join(b" {%b}" % note for note in notes)


def play(case: Case, *, is_cut: bool) -> str:
    """Play one row; returns what is wrong, or nothing."""
    shell = Shell()
    seen: list[bytes] = []
    if is_cut:
        for piece in pieces(case.data):
            _pass(shell, piece, seen)
        if shell.is_closed() is case.goes_on:
            return "it is not decided by its own bytes"
        for piece in pieces(SMUGGLED):
            _pass(shell, piece, seen)
    else:
        _pass(shell, case.data + SMUGGLED, seen)
    return _judge(case, shell, seen)


def _pass(shell: Shell, data: bytes, seen: list[bytes]) -> None:
    """Pass on what arrived, and answer what comes of it."""
    shell.receive(data)
    for _ in range(TURNS):
        seen += [
            answer(request)
            for request in shell.requests[len(seen) :]
            if request.reset is None and (request.is_complete or request.head.target == EARLY)
        ]
        shell.flush()
        if not shell.has_pending():
            return
        shell.receive(b"")
    raise RuntimeError("it does not end")


def _judge(case: Case, shell: Shell, seen: list[bytes]) -> str:
    expected = [*case.seen, *([b"GET /smuggled a "] if case.goes_on else [])]
    if 501 in case.statuses and shell.requests and shell.requests[0].head.method == b"CONNECT":
        expected = [b""]
    statuses = [*case.statuses, *([200] if case.goes_on else [])]
    sent = _statuses(shell.sent)
    if sent != statuses:
        return f"answers {sent}, not {statuses}"
    if seen != expected:
        return f"saw {seen}, not {expected}"
    if shell.is_closed() is case.goes_on:
        return "the connection is not closed" if shell.is_closed() else "the connection is closed"
    if any(request.head.target == b"/smuggled" for request in shell.requests) is not case.goes_on:
        return "what is behind it was read"
    return ""


def _statuses(sent: bytes) -> list[int]:
    """Return the statuses of responses, all of which have a length; interim ones are left out."""
    statuses: list[int] = []
    while sent:
        head, end, sent = sent.partition(b"\r\n\r\n")
        if not end or not head.startswith(b"HTTP/1.1 "):
            return [*statuses, -1]
        status = int(head[9:12])
        if status < 200:
            continue
        statuses.append(status)
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        sent = sent[int(length) :]
    return statuses
