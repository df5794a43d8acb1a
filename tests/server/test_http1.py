"""HTTP/1.1 by hand: keep-alive, order of pipelined requests, framing of bodies both ways."""

import json
import select
import threading

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess
from tests.server.programs import curl


def test_keep_alive(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        for number in range(50):
            assert client.get(f"/say?{number}").body == b"%d" % number


def test_connection_close(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.request("/", "Connection: close")
        answer = client.response()
        assert answer.headers["connection"] == "close"
        assert client.rest() == b""


def test_http_1_0(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.send(b"GET /download?bytes=100000 HTTP/1.0\r\nHost: test\r\n\r\n")
        answer = client.response()
        assert (answer.status, len(answer.body)) == (200, 100_000)
        assert "transfer-encoding" not in answer.headers
        assert client.rest() == b""


def test_pipelined_requests_are_answered_in_order(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        for number in range(10):
            body = b"body %d" % number
            client.request("/echo", f"Content-Length: {len(body)}", method="POST", body=body)
            client.request("/status?code=204")
            client.request(f"/say?{number}")
        for number in range(10):
            assert client.response().body == b"body %d" % number
            assert client.response().status == 204
            assert client.response().body == b"%d" % number


def test_20_000_pipelined_requests_in_one_write() -> None:
    count = 20_000
    requests = b"".join(b"GET /say?%d HTTP/1.1\r\nHost: test\r\n\r\n" % n for n in range(count))
    with (
        ServerProcess(APP, "--no-access-log") as server,
        Http1Client(server.endpoint) as client,
    ):
        sender = threading.Thread(target=client.send, args=(requests,))
        sender.start()
        for number in range(count):
            assert client.response().body == b"%d" % number
        sender.join()


def test_pipelined_requests_of_a_client_that_does_not_read() -> None:
    with (
        ServerProcess(APP, "--no-access-log") as server,
        Http1Client(server.endpoint, receive_buffer=4096) as client,
        server.memory_growth() as growth,
    ):
        requests = b"GET /say? HTTP/1.1\r\nHost: test\r\n\r\n" * 1_000
        client.socket.setblocking(False)
        sent = 0
        while select.select([], [client.socket], [], 0.5)[1]:
            sent += client.socket.send(requests)
            assert sent < 64 << 20, "the server reads on"
    assert growth[0] < 4 << 20


@pytest.mark.parametrize("size", [1, 1_000, 100_000])
def test_chunked_request_and_response(server: ServerProcess, size: int) -> None:
    chunks = [bytes([65 + number]) * size for number in range(10)]
    with Http1Client(server.endpoint) as client:
        client.request("/echo", "Transfer-Encoding: chunked", method="POST")
        for chunk in chunks:
            client.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        client.send(b"0\r\nX-Checksum: none\r\n\r\n")
        answer = client.response()
        assert answer.body == b"".join(chunks)
        assert client.get("/").body == b"hello"


def test_response_before_the_end_of_the_request(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.request("/echo", "Transfer-Encoding: chunked", method="POST")
        client.send(b"5\r\nhello\r\n")
        answer = client.head()
        assert answer.status == 200
        assert client.read(10) == b"5\r\nhello\r\n"
        client.send(b"0\r\n\r\n")
        assert client.rest_of_chunks() == b""


def test_expect_continue(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        fields = ("Content-Length: 4", "Expect: 100-continue")
        client.request("/count", *fields, method="POST")
        assert client.head().status == 100
        client.send(b"body")
        assert json.loads(client.response().body)["bytes"] == 4
        assert client.get("/").body == b"hello"


def test_expect_continue_of_an_application_that_does_not_read(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        fields = ("Content-Length: 4", "Expect: 100-continue")
        client.request("/", *fields, method="POST")
        answer = client.head()
        assert answer.status == 200
        assert answer.headers["connection"] == "close"


def test_curl_expects_continue(server: ServerProcess) -> None:
    output = curl(
        *("--http1.1", "--expect100-timeout", "90", "--include"),
        *("--header", "Expect: 100-continue"),
        *("--data-binary", "x" * 100_000),
        f"{server.url}/count",
    )
    assert output.startswith("HTTP/1.1 100 ")
    assert '"bytes": 100000' in output


def test_request_body_that_nobody_reads(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.request("/", "Content-Length: 5", method="POST", body=b"GET /")
        assert client.response().body == b"hello"
        client.request("/say?next")
        assert client.response().body == b"next"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("code", [200, 204, 304])
def test_responses_without_a_body_keep_the_framing(
    server: ServerProcess, code: int, method: str
) -> None:
    with Http1Client(server.endpoint) as client:
        client.request(f"/status?code={code}", method=method)
        answer = client.response(method)
        assert answer.status == code
        assert answer.body == (b"body of 200" if (code, method) == (200, "GET") else b"")
        if code == 204:
            assert "content-length" not in answer.headers
            assert "transfer-encoding" not in answer.headers
        assert client.get("/").body == b"hello"


def test_head_has_the_length_of_the_body(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.request("/", method="HEAD")
        assert client.response("HEAD").headers["content-length"] == "5"
        assert client.get("/").body == b"hello"


def test_head_of_an_endless_stream_ends(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        client.request("/download?name=endless-head", method="HEAD")
        assert client.response("HEAD").status == 200
        assert client.get("/").body == b"hello"


def test_trailers_for_who_asks(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        fields = ("TE: trailers", "Content-Length: 4")
        client.request("/trailers", *fields, method="POST", body=b"body")
        answer = client.response()
        assert (answer.body, answer.trailers["x-length"]) == (b"body", "4")
        assert client.get("/").body == b"hello"


def test_upgrade_to_h2c_is_ignored(server: ServerProcess) -> None:
    output = curl("--http2", "--write-out", " %{http_version}", server.url)
    assert output == "hello 1.1"


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    ],
)
def test_malformed_heads_are_refused(server: ServerProcess, head: bytes) -> None:
    with Http1Client(server.endpoint) as client:
        client.send(head)
        answer = client.response()
        assert answer.status in {400, 501, 505}
        assert client.rest() == b""
