"""Owns the types of what HTTP extensions of ASGI add: messages, and what a scope says of them.

Does not check anything: `_interim`, `_files` and `_file_sending` check what an application sends.
`http.response.trailers` is in `_asgi`, whose start message announces it.
"""

from collections.abc import Iterable
from typing import Literal, NotRequired, Protocol, TypedDict

__all__ = [
    "ClientTLS",
    "HTTPExtensions",
    "HTTPPriority",
    "HTTPResponseEarlyHintEvent",
    "HTTPResponseInformationalEvent",
    "HTTPResponsePathsendEvent",
    "HTTPResponseZeroCopySendEvent",
    "ProxyProtocol",
    "SendableFile",
]


class SendableFile(Protocol):
    """A binary file open for reading, with a descriptor: what `open(path, "rb")` returns."""

    def fileno(self) -> int:
        """Return its descriptor."""

    def tell(self) -> int:
        """Return its position; only asked for where a message has no `offset`."""

    def seek(self, offset: int, /) -> int:
        """Set its position, as above."""


class HTTPPriority(TypedDict):
    """What the client said of the priority of a response: advice, which binds nobody."""

    weight: int
    """1 to 256, 16 unless the client said something else (RFC 7540, 5.3.2)."""
    depends_on: int
    """The number of the stream that it is below, 0 for none (RFC 7540, 5.3.1)."""
    urgency: int
    """0 to 7, 0 being the most urgent; 3 unless the client said something else (RFC 9218, 4.1)."""
    incremental: bool
    """Whether the client has a use for parts of the response (RFC 9218, 4.2)."""


class ClientTLS(TypedDict):
    """What a PROXY header says of the client's TLS and certificate (section 2.2.6 there)."""

    client: int
    """Flags: 1, the client used TLS; 2 and 4, it gave a certificate in this connection or in this
    session."""
    verify: int
    """0 where a certificate was given and found good."""
    is_verified: bool
    """Whether one was, which `verify` alone does not tell."""
    version: NotRequired[str]
    """Such as `TLSv1.3`."""
    common_name: NotRequired[str]
    """Of the certificate's subject."""
    cipher: NotRequired[str]
    signature_algorithm: NotRequired[str]
    """What the proxy's certificate is signed with."""
    key_algorithm: NotRequired[str]
    """Of the proxy's certificate."""
    group: NotRequired[str]
    """Of the key exchange."""
    signature_scheme: NotRequired[str]
    client_certificate: NotRequired[bytes]
    """In DER."""
    tlvs: tuple[tuple[int, bytes], ...]
    """Types and values of all the others, in order."""


class ProxyProtocol(TypedDict):
    """What the header of the PROXY protocol has said, beside the connection's ends."""

    version: int
    """1 or 2."""
    command: Literal["LOCAL", "PROXY"]
    """LOCAL is a connection of the proxy's own, such as a health check."""
    alpn: NotRequired[bytes]
    """The protocol spoken with the proxy, such as `h2`."""
    authority: NotRequired[str]
    """The host that the client has asked for, by SNI or another way."""
    unique_id: NotRequired[bytes]
    ssl: NotRequired[ClientTLS]
    netns: NotRequired[str]
    """Name of the network namespace."""
    aws_vpc_endpoint_id: NotRequired[str]
    azure_private_endpoint_link_id: NotRequired[int]
    tlvs: tuple[tuple[int, bytes], ...]
    """Types and values of all the others, in order."""


HTTPExtensions = TypedDict(
    "HTTPExtensions",
    {
        "http.response.early_hint": dict[str, object],
        "http.response.pathsend": dict[str, object],
        "http.response.priority": HTTPPriority,
        "http.response.trailers": dict[str, object],
        "http.response.zerocopysend": dict[str, object],
        "proxy_protocol": ProxyProtocol,
    },
    total=False,
)
"""What can be done for one request beyond the core of ASGI, as its scope names it."""


class HTTPResponseInformationalEvent(TypedDict):
    """A 1xx head before the response's own, as gunicorn has it; no extension of ASGI's own."""

    type: Literal["http.response.informational"]
    status: int
    """100 to 199, but not 101."""
    headers: NotRequired[Iterable[Iterable[bytes]]]


class HTTPResponseEarlyHintEvent(TypedDict):
    """Links that the client can follow while it waits (RFC 8297); sent as a 103."""

    type: Literal["http.response.early_hint"]
    links: Iterable[bytes]
    """Values of `link` fields (RFC 8288)."""


class HTTPResponsePathsendEvent(TypedDict):
    """A whole file as the whole body."""

    type: Literal["http.response.pathsend"]
    path: str


class HTTPResponseZeroCopySendEvent(TypedDict):
    """A part of a file as a part of the body, the last one unless `more_body` is true."""

    type: Literal["http.response.zerocopysend"]
    file: SendableFile
    offset: NotRequired[int]
    """Where to begin, in bytes; the file's position where it is missing."""
    count: NotRequired[int]
    """Bytes to send; all to the end of the file where it is missing."""
    more_body: NotRequired[bool]
