"""Interim heads and priorities: what goes out before a response, and what a client asks for."""

from collections.abc import Iterator

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess
from tests.server.programs import curl

APP = "tests.server.extension_apps:app"
FLAGS = ["--http2-prior-knowledge", "--http1.1"]
LINK = "link: </a.css>; rel=preload"

over_both = pytest.mark.parametrize("flag", FLAGS)


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with ServerProcess(APP) as server:
        yield server


def heads(flag: str, url: str) -> list[list[str]]:
    """Return the lines of each head of a response, and those of its body at the end."""
    text = curl(flag, "-i", url).replace("\r\n", "\n")
    return [head.strip().split("\n") for head in text.split("\n\n")]


def status(head: list[str]) -> int:
    return int(head[0].split(" ")[1])


@over_both
def test_hints_go_out_before_the_head(server: ServerProcess, flag: str) -> None:
    first, second, final, body = heads(flag, f"{server.url}/hints")
    assert [status(head) for head in (first, second, final)] == [103, 103, 200]
    assert first[1:] == second[1:] == [LINK]
    assert body == ["body"]


@over_both
@pytest.mark.parametrize("code", [102, 103, 199])
def test_informational_goes_out_with_all_its_fields(
    server: ServerProcess, flag: str, code: int
) -> None:
    first, *others = heads(flag, f"{server.url}/hints?status={code}")
    assert status(first) == code
    assert first[1:] == ["link: </b.js>; rel=preload", "x-hint: 1"]
    assert [status(head) for head in others[:-1]] == [103, 103, 200]


def test_client_of_http_1_0_gets_none(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.send(b"GET /hints?status=103 HTTP/1.0\r\n\r\n")
        assert client.head().status == 200
        assert client.rest() == b"body"


@over_both
def test_application_in_a_loop_is_stopped(server: ServerProcess, flag: str) -> None:
    found = heads(flag, f"{server.url}/hint-for-ever")
    assert [status(head) for head in found[:-1]] == [103] * 15 + [200]
    assert found[-1] == ["15"]


def test_client_that_does_not_read_makes_the_server_hold_little(server: ServerProcess) -> None:
    with Http1Client(server.endpoint, receive_buffer=4096) as client:
        with server.memory_growth() as growth:
            client.send(b"GET /hint-for-ever HTTP/1.1\r\nHost: a\r\n\r\n" * 2_000)
            with Http1Client(server.endpoint) as other:
                assert other.get("/say?on").body == b"on"
        assert growth[0] < 8 << 20


def extensions(server: ServerProcess, *fields: tuple[str, str]) -> str:
    with H2Client(server.endpoint) as client:
        return client.get("/priority", headers=fields).body.decode()


def test_priority_of_http2(server: ServerProcess) -> None:
    default = "'weight': 16, 'depends_on': 0, 'urgency': 3, 'incremental': False"
    assert default in extensions(server)
    asked = "'weight': 16, 'depends_on': 0, 'urgency': 1, 'incremental': True"
    assert asked in extensions(server, ("priority", "u=1, i"))


def test_extensions_of_http1(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.request("/priority")
        plain = client.response().body.decode()
        client.request("/priority", "TE: trailers", "Connection: TE")
        trailing = client.response().body.decode()
        client.send(b"GET /priority HTTP/1.0\r\n\r\n")
        old = client.response().body.decode()
    assert "priority" not in plain
    assert "early_hint" in plain
    assert "early_hint" not in old
    assert ("trailers" in plain, "trailers" in trailing, "trailers" in old) == (False, True, False)
    assert all("pathsend" in text for text in (plain, trailing, old))
