"""Owns the requests of HTTP/1.1 that ask for HTTP/2 (RFC 7540 section 3.2).

Does not carry the change out; `_h2c_upgrade` does.
"""

from typing import Final

from h2corn._http1_fields import list_members
from h2corn._http1_head import RequestHead

__all__ = ["Upgrade", "asked_settings"]

_NAMES: Final = (b"connection", b"upgrade", b"http2-settings")


class Upgrade:
    """A request that goes on as stream 1 of HTTP/2.

    Args:
        head: the request.
        settings: the value of its HTTP2-Settings.
        rest: what came behind it, the client's preface.
    """

    __slots__ = ("head", "rest", "settings")

    def __init__(self, head: RequestHead, settings: bytes, rest: bytes) -> None:
        self.head: Final = head
        self.settings: Final = settings
        self.rest: Final = rest


def asked_settings(head: RequestHead) -> bytes | None:
    """Return the HTTP2-Settings of a request that asks for HTTP/2; None where HTTP/1 answers.

    A request with a body is one of these: all of it would have to be read before the change. So is
    one whose fields do not agree with one another, since a proxy may have passed them on blindly.
    """
    if not head.end_stream or head.http_version != "1.1" or head.method == b"CONNECT":
        return None
    values: dict[bytes, list[bytes]] = {name: [] for name in _NAMES}
    for name, value in head.headers:
        if name in values:
            values[name].append(value)
    options = list_members(b",".join(values[b"connection"]))
    wanted = list_members(b",".join(values[b"upgrade"]))
    if b"h2c" not in wanted or not {b"upgrade", b"http2-settings"} <= set(options):
        return None
    settings = values[b"http2-settings"]
    return settings[0] if len(settings) == 1 else None
