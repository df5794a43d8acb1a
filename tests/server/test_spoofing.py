"""What requests say of where they come from, in every form of the table, over both protocols."""

import ast
from itertools import groupby

import pytest

from tests.asgi_bridge.forwarding_play import differences
from tests.asgi_bridge.forwarding_table import OWN_HOST, ROWS, Row
from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess

Group = tuple[tuple[str, ...], tuple[str, ...]]


def group_of(row: Row) -> Group:
    return row.fields, row.trusted


GROUPS: list[tuple[Group, list[tuple[str, Row]]]] = [
    (group, list(rows))
    for group, rows in groupby(
        sorted(ROWS.items(), key=lambda item: group_of(item[1])), key=lambda item: group_of(item[1])
    )
]


def options(group: Group) -> list[str]:
    fields, trusted = group
    believing = ["--proxy-headers", "--forwarded-fields", ",".join(fields)] if fields else []
    return [*believing, "--forwarded-allow-ips", ",".join(trusted)]


def ask_http1(server: ServerProcess, row: Row) -> tuple[str, int]:
    """Return what the application has in its scope, and the port of the client."""
    lines = [b"GET / HTTP/1.1", b"Host: " + OWN_HOST, b"Accept: */*"]
    lines += [name + b": " + value for name, value in row.sent]
    with Http1Client(server.endpoint) as client:
        client.send(b"\r\n".join([*lines, b"", b""]))
        answer = client.response()
        return answer.body.decode(), client.socket.getsockname()[1]


def ask_http2(server: ServerProcess, row: Row) -> tuple[str, int]:
    # Space around values is nothing that the protocol lets through (RFC 9113, 8.2.1).
    fields = tuple(
        (name.decode("latin-1"), value.strip(b" \t").decode("latin-1")) for name, value in row.sent
    )
    with H2Client(server.endpoint, authority=OWN_HOST.decode()) as client:
        answer = client.get("/", (("accept", "*/*"), *fields))
        return bytes(answer.body).decode(), client.socket.getsockname()[1]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: " ".join(options(group[0])))
def test_the_table(group: tuple[Group, list[tuple[str, Row]]]) -> None:
    faults = {}
    with ServerProcess("tests.server.scope_app:app", *options(group[0])) as server:
        for name, row in group[1]:
            for protocol, ask in (("HTTP/1.1", ask_http1), ("HTTP/2", ask_http2)):
                text, port = ask(server, row)
                scope = ast.literal_eval(text)
                found = differences(
                    row,
                    scope["client"],
                    scope["scheme"],
                    scope["root_path"],
                    scope["headers"],
                    port,
                )
                if found:
                    faults[f"{name} ({protocol})"] = found
    assert faults == {}
