"""What of a gRPC call is seen on the wire: where the status stands, and how messages are cut."""

from tests.server.asgi.http2peer import HTTP2Peer
from tests.server.process import ServerProcess

GRPC = [("content-type", "application/grpc"), ("te", "trailers")]


def test_the_status_alone_is_a_head_alone(server: ServerProcess) -> None:
    """Trailers-Only: HEADERS with END_STREAM, and neither DATA nor trailers."""
    with HTTP2Peer(server.endpoint) as peer:
        answer = peer.post(b"\0\0\0\0\0", "/echo.Echo/Sing", fields=GRPC)
        assert (b"grpc-status", b"12") in answer.fields
        assert (b"content-type", b"application/grpc") in answer.fields
        assert (answer.status, answer.body, answer.trailers) == (200, b"", [])
        assert answer.is_head_alone


def test_the_status_is_in_the_trailers(server: ServerProcess) -> None:
    with HTTP2Peer(server.endpoint) as peer:
        answer = peer.post(b"\0\0\0\0\x02hi", "/echo.Echo/Say", fields=GRPC)
        assert (answer.status, answer.body) == (200, b"\0\0\0\0\x02hi")
        assert answer.trailers == [(b"grpc-status", b"0")]
        assert answer.values(b"grpc-status") == answer.values(b"content-length") == []


def test_messages_cut_anywhere(server: ServerProcess) -> None:
    """One frame may hold half of a message or several."""
    with HTTP2Peer(server.endpoint) as peer:
        call = peer.open("/echo.Echo/Chat", method="POST", fields=GRPC, end=False)
        whole = b"\0\0\0\0\x01a\0\0\0\0\x02bc\0\0\0\0\0\0\0\0\0\x03def"
        for cut in range(0, len(whole), 4):
            call.send(whole[cut : cut + 4])
        call.send(b"", end=True)
        answer = call.whole()
        assert answer.body == whole
        assert answer.trailers == [(b"grpc-status", b"0")]


def test_a_message_that_is_not_whole(server: ServerProcess) -> None:
    with HTTP2Peer(server.endpoint) as peer:
        answer = peer.post(b"\0\0\0\0\x05half", "/echo.Echo/Join", fields=GRPC)
        assert (b"grpc-status", b"13") in answer.fields


def test_what_is_no_grpc(server: ServerProcess) -> None:
    with HTTP2Peer(server.endpoint) as peer:
        assert peer.get("/echo.Echo/Say").status == 415
