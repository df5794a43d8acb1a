"""Owns reading a request head: request line, target, fields and what they say about the body.

Does not hold anything: a head comes whole, as one cut of the connection's bytes.

httptools has no part in it. It accepts two Hosts and `x, chunked`, takes lists of methods and
versions for the only ones there are, and has no limits; with the missing checks put around it, its
callbacks for every field cost a tenth more than this one pass, which looks up what it has seen.
"""

import re
from typing import Final

from h2c_core import Field
from h2corn._http1_errors import BadRequestError
from h2corn._http1_fields import (
    CLOSE,
    EXPECT,
    HOST_PATTERN,
    KEEP_ALIVE,
    TRAILERS,
    UPGRADE,
    is_token,
    list_members,
)
from h2corn._http1_limits import Http1Limits
from h2corn._http1_section import read_section

__all__ = ["RequestHead", "check_request_line", "find_end", "read_head"]

# A fragment is for the client alone, and proxies disagree about what it is in a target.
_request_line: Final = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!\"$-~]+) HTTP/1\.([01])\r\n"
).match
_other_version: Final = re.compile(
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [!\"$-~]+ HTTP/[0-9]\.[0-9]\r\n"
).match
# Without user information (RFC 9110 section 4.2.4) and never without a host (section 4.2.1).
_absolute: Final = re.compile(
    rb"[Hh][Tt][Tt][Pp][Ss]?://(" + HOST_PATTERN + rb"(?::[0-9]{0,5})?)((?:[/?].*)?)"
).fullmatch
# A server refuses an empty port (RFC 9110 section 9.3.6).
_is_connect_target: Final = re.compile(HOST_PATTERN + rb":[0-9]{1,5}").fullmatch
_VERSIONS: Final = {b"1": "1.1", b"0": "1.0"}

_SLASH: Final = 0x2F
_WEBSOCKET: Final = b"websocket"
_HANDSHAKE: Final = [b"sec-websocket-key", b"sec-websocket-version"]
# 18 digits stay below 2**63, and no body is that long.
_is_length: Final = re.compile(rb"[0-9]{1,18}").fullmatch


class RequestHead:
    """The head of a request as a server application wants it.

    Attributes:
        method: the method, as sent.
        target: path and query in origin-form, or `*`; empty for CONNECT.
        scheme: `http`.
        authority: host and port that the request is for; empty when it does not say.
        headers: fields in the order received with lower-case names. `host` agrees with the
            authority, and `cookie` fields are joined with `; `.
        http_version: `1.1` or `1.0`.
        end_stream: no body follows.
        expect_continue: the client waits for 100 before it sends the body (RFC 9110 10.1.1).
        content_length: the announced length of the body in bytes, -1 for none.
        is_chunked: the body comes in chunks.
        keep_alive: the client wants to send more requests on the connection (RFC 9112 9.3).
        accepts_trailers: the response may have trailers (RFC 9110 section 6.5.1).
        protocol: `websocket` where the client asks to go on in that, else empty. Every other
            upgrade is ignored (RFC 9110 section 7.8).
    """

    __slots__ = (
        "accepts_trailers",
        "authority",
        "content_length",
        "end_stream",
        "expect_continue",
        "headers",
        "http_version",
        "is_chunked",
        "keep_alive",
        "method",
        "protocol",
        "scheme",
        "target",
    )

    def __init__(
        self, method: bytes, target: bytes, authority: bytes, headers: list[Field], version: str
    ) -> None:
        self.method = method
        self.target = target
        self.scheme = b"http"
        self.authority = authority
        self.headers = headers
        self.http_version = version
        self.end_stream = True
        self.expect_continue = False
        self.content_length = -1
        self.is_chunked = False
        self.keep_alive = True
        self.accepts_trailers = False
        self.protocol = b""


def find_end(buffer: bytes | bytearray, start: int) -> int:
    """Find the end of the field lines that begin at or before `start`.

    Returns:
        Where the empty line begins, -1 when it has not come. An empty line without its CR ends
        the lines too and counts as one of them, so that they are refused at once.
    """
    end = buffer.find(b"\n\r\n", start)
    bare = buffer.find(b"\n\n", start, end + 1 if end >= 0 else len(buffer))
    return bare + 2 if bare >= 0 else end + 1 or -1


def check_request_line(block: bytes | bytearray, limits: Http1Limits) -> re.Match[bytes]:
    """Match the request line at the beginning of a head (RFC 9112 section 3).

    Returns:
        A match of method, target and minor version.

    Raises:
        BadRequestError: it is malformed, too long or of another version. It need not be complete
            to be too long.
    """
    match = _request_line(block)
    longest = limits.max_request_line + 2
    if match is not None and match.end() <= longest:
        return match
    if block.find(b"\n", 0, longest) < 0:
        raise BadRequestError(414, "the request line is too long")
    if _other_version(block):
        raise BadRequestError(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
    raise BadRequestError(400, "malformed request line")


def read_head(block: bytes, limits: Http1Limits) -> RequestHead:
    """Read a request head: all its lines with their CRLF, without the empty one.

    Raises:
        BadRequestError: the request is not one that is served.
    """
    match = check_request_line(block, limits)
    if len(block) > limits.max_head:
        raise BadRequestError(431, "the request head is too large")
    section = read_section(block[match.end() :], limits)
    method, target, minor = match.groups()
    # RFC 9112 section 3.2.
    if section.hosts != 1 and (section.hosts or minor == b"1"):
        raise BadRequestError(400, "a request has one Host field")
    fields = section.fields.copy()
    head = RequestHead(method, target, section.authority, fields, _VERSIONS[minor])
    if target[0] != _SLASH or method == b"CONNECT":
        _resolve_target(head)
    if section.framing:
        _frame(head, section.framing)
    if section.cookies > 1:
        _join_cookies(head)
    flags = section.flags
    if flags or minor == b"0":
        _apply_flags(head, flags)
    return head


def _resolve_target(head: RequestHead) -> None:
    """Take a target that is not in origin-form apart (RFC 9112 section 3.2)."""
    target = head.target
    if head.method == b"CONNECT":
        if not _is_connect_target(target):
            raise BadRequestError(400, "CONNECT wants a host and port")
        head.target = b""
        head.authority = target
        # What follows is meant for the other end of a tunnel that there is not.
        head.keep_alive = False
        return
    if target == b"*":
        if head.method != b"OPTIONS":
            raise BadRequestError(400, "only OPTIONS has the target *")
        return
    match = _absolute(target)
    if match is None:
        raise BadRequestError(400, "the target is neither a path nor an http URI")
    head.authority = authority = match[1]
    path = match[2]
    if path[:1] != b"/":
        # Section 3.2.4: this is how a proxy is asked for `*`.
        is_asterisk = head.method == b"OPTIONS" and not path
        path = b"*" if is_asterisk else b"/" + path
    head.target = path
    # Section 3.2.2: the authority of the target wins over the Host that was received.
    headers = head.headers
    for position, (name, _) in enumerate(headers):
        if name == b"host":
            headers[position] = (b"host", authority)
            return
    headers.insert(0, (b"host", authority))


def _frame(head: RequestHead, framing: list[Field]) -> None:
    """Decide where the body ends (RFC 9112 section 6)."""
    lengths = [value for name, value in framing if name == b"content-length"]
    codings = [value for name, value in framing if name == b"transfer-encoding"]
    if codings:
        if lengths:
            raise BadRequestError(400, "Content-Length beside Transfer-Encoding")
        if head.http_version == "1.0":
            raise BadRequestError(400, "Transfer-Encoding in HTTP/1.0")
        _check_codings(list_members(b",".join(codings)))
        head.is_chunked = True
        head.end_stream = False
        return
    if len(lengths) > 1:
        raise BadRequestError(400, "more than one Content-Length")
    if not _is_length(lengths[0]):
        raise BadRequestError(400, "Content-Length is not a number of bytes")
    head.content_length = int(lengths[0])
    head.end_stream = head.content_length == 0


def _check_codings(codings: list[bytes]) -> None:
    if codings == [b"chunked"]:
        return
    # Section 6.1: an unknown coding under a right framing is understood, and not implemented.
    if codings[-1] == b"chunked" and codings.count(b"chunked") == 1 and all(map(is_token, codings)):
        raise BadRequestError(501, "the only transfer coding here is chunked")
    raise BadRequestError(400, "Transfer-Encoding does not end with one chunked")


def _join_cookies(head: RequestHead) -> None:
    """Make one field of several, as HTTP/2 has it (RFC 9113 section 8.2.3)."""
    headers = head.headers
    places = [position for position, (name, _) in enumerate(headers) if name == b"cookie"]
    joined = b"; ".join([headers[position][1] for position in places])
    headers[places[0]] = (b"cookie", joined)
    for position in reversed(places[1:]):
        del headers[position]


def _apply_flags(head: RequestHead, flags: int) -> None:
    if head.http_version == "1.0":
        # RFC 9110 section 10.1.1: a 1.0 client does not know interim responses; chunked trailers
        # neither. RFC 9112 section 9.3: it has to ask for persistence.
        head.keep_alive = head.keep_alive and flags & (KEEP_ALIVE | CLOSE) == KEEP_ALIVE
        return
    if flags & CLOSE:
        head.keep_alive = False
    if flags & TRAILERS:
        head.accepts_trailers = True
    if flags & EXPECT:
        head.expect_continue = not head.end_stream
    if flags & UPGRADE and head.method == b"GET" and head.end_stream and _is_handshake(head):
        head.protocol = _WEBSOCKET


def _is_handshake(head: RequestHead) -> bool:
    """Whether this is the opening handshake of a WebSocket client (RFC 6455 section 4.1).

    It has each of its fields once; whether their values are right, who answers it finds out.
    """
    wanted: list[bytes] = []
    names: list[bytes] = []
    for name, value in head.headers:
        if name == b"upgrade":
            wanted += list_members(value)
        elif name in _HANDSHAKE:
            names.append(name)
    return _WEBSOCKET in wanted and sorted(names) == _HANDSHAKE
