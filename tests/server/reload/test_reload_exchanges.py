"""What is under way for long outlives a reload; a version that does not start changes nothing."""

import re
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.reload.careful import CarefulClient
from tests.server.reload.load import Load
from tests.server.reload.supervised import SupervisedServer, write_version
from tests.server.wsclient import PROTOCOLS

PIECES = 75
"""Of a streamed download, which takes 1.5 s."""
DOWNLOAD = b"".join(b"%d\n" % number for number in range(PIECES))
FAULTS = {
    "import": "raise RuntimeError('wrong on purpose')",
    "no application": "del app",
    "startup": """
async def lifespan(receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "wrong on purpose"})
""",
    "end": "os._exit(9)",
}


@pytest.mark.slow
def test_long_http2_exchanges(tmp_path: Path) -> None:
    """A slow answer, an upload and a download on one connection, which gets the two GOAWAY."""
    write_version(tmp_path, "0.0")
    with SupervisedServer(tmp_path) as server, H2Client(server.endpoint) as client:
        slow = client.request("/slow?seconds=1")
        upload = client.request("/collect", method="POST", end=False)
        both = client.request("/echo", method="POST", end=False)
        download = client.request(f"/stream?pieces={PIECES}")
        client.send(upload, b"before ")
        client.send(both, b"before ")
        client.read_until(lambda: bool(client.responses[download].body))
        client.read_until(lambda: bool(client.responses[both].body))
        old = set(server.workers)

        write_version(tmp_path, "1.0")
        server.signal(signal.SIGHUP)
        client.read_until(lambda: bool(client.goaways))
        assert client.goaways[0] == (LARGEST_WINDOW, 0)
        client.send(both, b"after", end=True)
        assert client.response(both).body == b"before after"
        client.send(upload, b"after", end=True)
        assert client.response(upload).body == b"before after"
        assert client.response(slow).body == b"seconds=1"
        assert client.response(download).body == DOWNLOAD
        client.read_until(lambda: client.is_closed)
        assert client.goaways[1:] == [(download, 0)]
        versions = {answer.headers["x-version"] for answer in client.responses.values()}
        assert versions == {"0.0"}

        server.wait_workers(lambda found: len(found) == 4 and not old & set(found))
        with H2Client(server.endpoint) as other:
            assert other.get("/quick").headers["x-version"] == "1.0"


@pytest.mark.slow
def test_long_http1_exchanges(tmp_path: Path) -> None:
    """The responses that begin after the worker was told to end say `close`."""
    write_version(tmp_path, "0.0")
    with SupervisedServer(tmp_path) as server, ExitStack() as stack:
        upload, slow, download = (
            stack.enter_context(Http1Client(server.endpoint)) for _ in range(3)
        )
        pid = upload.get("/quick").headers["x-pid"]
        other = stack.enter_context(connection_to(server, pid))
        slow.request("/slow?seconds=1")
        upload.request("/collect", "Content-Length: 12", method="POST", body=b"before ")
        download.request(f"/stream?pieces={PIECES}")
        found = download.head()
        old = set(server.workers)

        write_version(tmp_path, "1.0")
        server.signal(signal.SIGHUP)
        other.read_until(lambda: bool(other.goaways))
        other.socket.close()
        upload.send(b"after")
        answer = upload.response()
        assert (answer.body, answer.headers["connection"]) == (b"before after", "close")
        assert slow.response().body == b"seconds=1"
        assert download.rest_of(found) == DOWNLOAD
        for client in (upload, slow, download):
            assert client.rest() == b""
        assert found.headers["x-version"] == answer.headers["x-version"] == "0.0"
        server.wait_workers(lambda workers: len(workers) == 4 and not old & set(workers))


def connection_to(server: SupervisedServer, pid: str) -> H2Client:
    """Return a connection to a worker, which learns when that one ends."""
    with ExitStack() as others:
        # Kept meanwhile, for the next one goes where there are fewest.
        for _ in range(100):
            client = H2Client(server.endpoint)
            if client.get("/quick").headers["x-pid"] == pid:
                return client
            others.enter_context(client)
    raise AssertionError(f"worker {pid} takes no connection")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_websockets_are_told_of_the_restart(protocol: str, tmp_path: Path) -> None:
    write_version(tmp_path, "0.0")
    with SupervisedServer(tmp_path) as server, ExitStack() as stack:
        sessions = [
            stack.enter_context(PROTOCOLS[protocol](server.endpoint, "/talk")) for _ in range(8)
        ]
        for session in sessions:
            session.text("before")
            assert session.receive_text() == "before"
        write_version(tmp_path, "1.0")
        old = set(server.workers)
        server.signal(signal.SIGHUP)
        for session in sessions:
            code, _ = session.receive_close()
            assert code == 1012
            session.close(1012)
            assert session.rest() == b""
            session.leave()
        server.wait_workers(lambda found: len(found) == 4 and not old & set(found))
        with PROTOCOLS[protocol](server.endpoint, "/talk") as session:
            assert session.headers["x-version"] == "1.0"
            session.say_goodbye()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_version_that_does_not_start(fault: str, tmp_path: Path) -> None:
    """The old one serves on, under load; the reason is said; the next version is taken."""
    write_version(tmp_path, "0.0")
    with SupervisedServer(tmp_path) as server:
        server.allows_traceback = True
        old = server.workers

        def make() -> CarefulClient:
            return CarefulClient(server.endpoint, delay=0.03, renewal=20)

        with Load(f"a version that fails: {fault}", make, tasks=8) as load:
            write_version(tmp_path, "1.0", FAULTS[fault])
            load.expect("0.0")
            server.signal(signal.SIGHUP)
            server.wait_line(re.compile("reload.*(abandoned|failed)", re.IGNORECASE))
            load.wait_answers(100, "0.0")
            assert server.workers == old
            load.expect(None)
            write_version(tmp_path, "2.0")
            server.reload()
            load.expect("2.0")
            load.wait_answers(100, "2.0")
    assert load.failures == []
    text = "\n".join(server.log)
    assert "wrong on purpose" in text or fault in {"no application", "end"}, text
