"""Owns the making of scopes: the only place where a request's head becomes what ASGI describes.

Does not read the connection: who it is with, and what it is called, are given to it.
"""

from urllib.parse import quote, unquote_to_bytes

from asgi_bridge._asgi import ASGIVersions, HTTPScope
from asgi_bridge._asgi_extensions import HTTPExtensions, ProxyProtocol
from asgi_bridge._asgi_websocket import WebSocketExtensions, WebSocketScope
from asgi_bridge._files import CAN_SEND_FILES
from asgi_bridge._forwarded import Believed, Field, host_field
from asgi_bridge._forwarding import PeerWord
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._ws_handshake import parse_subprotocols

__all__ = ["ScopeBuilder"]

_VERSIONS: ASGIVersions = {"version": "3.0", "spec_version": "2.5"}

_METHODS = {
    method.encode(): method
    for method in ("HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
}

_PERCENT = 0x25
_QUESTION_MARK = 0x3F

_SCHEMES = {b"http": "http", b"https": "https"}

_PATH_SAFE = "/!$&'()*+,;=:@"
"""What a path may hold unencoded beside the unreserved characters (RFC 3986, 3.3)."""


class ScopeBuilder:
    """Makes the scopes of one connection's requests.

    They share the dicts that speak of the server, `asgi` and what is in `extensions`: nobody has a
    reason to write into those, and to make them anew takes a twelfth of an exchange. `state`,
    `extensions` itself and all that comes from the request are of one scope alone.

    Args:
        client: address and port of the client, None where it has none.
        server: address and port of the server, or the path of its Unix socket and None.
        scheme: the scheme of requests that name none themselves: only those of HTTP/2 do.
        root_path: where the application is mounted; a slash at its end is dropped.
        state: the lifespan's state; every scope gets a shallow copy, made when it is built.
        peer: tells what of forwarding fields is believed and to be seen; None leaves all as it is.
        proxy_protocol: what a PROXY header has said of the connection, where there was one.
    """

    __slots__ = (
        "_extensions",
        "_peer",
        "_raw_root_path",
        "_raw_scheme",
        "_root_path",
        "_scheme",
        "_state",
        "_template",
        "_with_trailers",
    )

    def __init__(
        self,
        *,
        client: tuple[str, int] | None,
        server: tuple[str, int | None] | None,
        scheme: str,
        root_path: str,
        state: dict[str, object],
        peer: PeerWord | None = None,
        proxy_protocol: ProxyProtocol | None = None,
    ) -> None:
        self._peer = peer
        self._scheme = scheme
        self._raw_scheme = scheme.encode("ascii")
        self._root_path = root_path.rstrip("/")
        self._raw_root_path = quote(self._root_path, safe=_PATH_SAFE).encode("ascii")
        self._state = state
        self._template: HTTPScope = {
            "type": "http",
            "asgi": _VERSIONS.copy(),
            "http_version": "2",
            "method": "GET",
            "scheme": scheme,
            "path": "",
            "raw_path": b"",
            "query_string": b"",
            "root_path": self._root_path,
            "headers": [],
            "client": client,
            "server": server,
            "state": state,
            "extensions": {},
        }
        self._extensions: HTTPExtensions = {"http.response.early_hint": {}}
        if CAN_SEND_FILES:
            self._extensions["http.response.pathsend"] = {}
            self._extensions["http.response.zerocopysend"] = {}
        if proxy_protocol is not None:
            self._extensions["proxy_protocol"] = proxy_protocol
        self._with_trailers = self._extensions.copy()
        self._with_trailers["http.response.trailers"] = {}

    def http(self, head: RequestHead, sink: ResponseSink) -> HTTPScope:
        """Build the scope of one request (ASGI HTTP 2.5, HTTP Connection Scope).

        Args:
            head: the request's head; its list of fields becomes the scope's.
            sink: where the response goes: it tells which extensions there are.
        """
        # A copy and its changes cost less than a dict of as many keys, and each change a tenth of
        # all: what is mostly so is in the template.
        scope = self._template.copy()
        version = head.http_version
        if version != "2":
            scope["http_version"] = version
        elif head.scheme != self._raw_scheme:
            scope["scheme"] = _SCHEMES.get(head.scheme, self._scheme)
        root_path = self._root_path
        raw_root_path = self._raw_root_path
        headers = scope["headers"] = head.headers
        believed = None if self._peer is None else self._peer.hear(headers)
        if believed is not None:
            _follow(scope, believed)
            root_path = scope["root_path"]
            raw_root_path = believed.raw_prefix + raw_root_path
        raw_path = head.target
        # Of an int, not of b"?": bytes try that as a number first, and fail at great cost.
        if _QUESTION_MARK in raw_path:
            raw_path, _, scope["query_string"] = raw_path.partition(b"?")
        if not raw_path.startswith(b"/"):
            raw_path = _strip_authority(raw_path)
        decoded = unquote_to_bytes(raw_path) if _PERCENT in raw_path else raw_path
        try:
            path = decoded.decode()
        except UnicodeDecodeError:
            path = decoded.decode(errors="replace")
        if root_path and raw_path != b"*":
            path = root_path + path
            raw_path = raw_root_path + raw_path
        scope["path"] = path
        scope["raw_path"] = raw_path
        method = head.method
        if method != b"GET":
            scope["method"] = _METHODS.get(method) or method.decode("latin-1").upper()
        scope["state"] = self._state.copy()
        extensions = (self._with_trailers if sink.can_trailers else self._extensions).copy()
        weight = sink.weight
        if weight is not None:
            extensions["http.response.priority"] = {
                "weight": weight,
                "depends_on": sink.depends_on,
                "urgency": sink.urgency,
                "incremental": sink.incremental,
            }
        scope["extensions"] = extensions
        if version == "1.0":
            del extensions["http.response.early_hint"]
        return scope

    def websocket(self, head: RequestHead, sink: ResponseSink) -> WebSocketScope:
        """Build the scope of one WebSocket (ASGI WebSocket 2.5, WebSocket Connection Scope).

        Args:
            head: the head of its handshake; its list of fields becomes the scope's.
            sink: where the answer goes.
        """
        scope = self.http(head, sink)
        extensions: WebSocketExtensions = {"websocket.http.response": {}}
        if "proxy_protocol" in scope["extensions"]:
            extensions["proxy_protocol"] = scope["extensions"]["proxy_protocol"]
        return {
            "type": "websocket",
            "asgi": scope["asgi"],
            "http_version": scope["http_version"],
            "scheme": "wss" if scope["scheme"] == "https" else "ws",
            "path": scope["path"],
            "raw_path": scope["raw_path"],
            "query_string": scope["query_string"],
            "root_path": scope["root_path"],
            "headers": scope["headers"],
            "client": scope["client"],
            "server": scope["server"],
            "subprotocols": parse_subprotocols(scope["headers"]),
            "state": scope["state"],
            "extensions": extensions,
        }


def _follow(scope: HTTPScope, believed: Believed) -> None:
    """Change a scope for what is believed of the request."""
    if believed.names_client:
        scope["client"] = believed.client
    if believed.scheme is not None:
        scope["scheme"] = believed.scheme
    if believed.prefix:
        scope["root_path"] = believed.prefix + scope["root_path"]
    if believed.host is not None or believed.port is not None:
        headers = scope["headers"]
        # It is the first one where HTTP/2 had an :authority.
        if believed.host is not None and believed.port is None and headers[0][0] == b"host":
            headers[0] = believed.host
        else:
            _change_host(headers, believed, scope["scheme"])


def _change_host(headers: list[Field], believed: Believed, scheme: str) -> None:
    """Write the `host` field anew, wherever it is; applications make links of it."""
    place = next((index for index, (name, _) in enumerate(headers) if name == b"host"), -1)
    field = believed.host
    if field is None and place >= 0:
        field = headers[place]
    if field is None:
        return
    if believed.port is not None:
        field = host_field(field[1], believed.port, scheme)
    if place < 0:
        headers.insert(0, field)
    else:
        headers[place] = field


def _strip_authority(target: bytes) -> bytes:
    """Cut a target in absolute form (RFC 9112, 3.2.2) down to its path; others stay as they are."""
    scheme, separator, rest = target.partition(b"://")
    if not separator or not scheme.isalpha():
        return target
    return b"/" + rest.partition(b"/")[2]
