"""Owns the TLVs of a version 2 header: type, length, value (sections 2.2 to 2.2.8).

Does not know the header around them. What follows from a value is for whoever asks for it: here it
is only held to be what the specification says of its type.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum, IntFlag
from struct import Struct
from typing import Final, NamedTuple, Self

from proxyproto.errors import EncodeError, InvalidHeaderError

__all__ = [
    "CHECKSUM_SIZE",
    "TLV",
    "TLV_HEAD_SIZE",
    "ClientSSL",
    "SSLInfo",
    "TLVType",
    "check_tlvs",
    "encode_tlvs",
    "find_tlv",
    "read_tlvs",
]

HEAD: Final = Struct("!BH")
TLV_HEAD_SIZE: Final = HEAD.size
SSL_HEAD: Final = Struct("!BI")
CRC32C: Final = 0x03
MAX_LENGTH: Final = 0xFFFF
MAX_UNIQUE_ID: Final = 128
CHECKSUM_SIZE: Final = 4

Checks = Mapping[int, Callable[[bytes, int, int], str | None]]


class TLVType(IntEnum):
    """The types that the specification registers, and two that clouds have chosen for themselves.

    Those of `SSL_...` stand inside of the value of `SSL`.
    """

    ALPN = 0x01
    AUTHORITY = 0x02
    CRC32C = 0x03
    NOOP = 0x04
    UNIQUE_ID = 0x05
    SSL = 0x20
    SSL_VERSION = 0x21
    SSL_CN = 0x22
    SSL_CIPHER = 0x23
    SSL_SIG_ALG = 0x24
    SSL_KEY_ALG = 0x25
    SSL_GROUP = 0x26
    SSL_SIG_SCHEME = 0x27
    SSL_CLIENT_CERT = 0x28
    NETNS = 0x30
    AWS = 0xEA
    AZURE = 0xEE


class ClientSSL(IntFlag):
    """What the client did, in the TLV `SSL` (section 2.2.6)."""

    SSL = 0x01
    """It connected over TLS."""
    CERT_CONN = 0x02
    """It presented a certificate on this connection."""
    CERT_SESS = 0x04
    """It presented a certificate at least once in the TLS session of this connection."""


class TLV(NamedTuple):
    """A type, of `TLVType` or any other byte, and the bytes of its value."""

    type: int
    value: bytes


class SSLInfo(NamedTuple):
    """The client's TLS (section 2.2.6), as the sender tells it.

    Attributes:
        client: what the client did.
        verify: 0 where the certificate was verified, or where there was none: see `is_verified`.
        tlvs: those inside, known or not.
    """

    client: ClientSSL
    verify: int
    tlvs: tuple[TLV, ...] = ()

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Read the value of the TLV `SSL`.

        Raises:
            InvalidHeaderError: it is none.
        """
        if len(value) < SSL_HEAD.size:
            raise InvalidHeaderError("it is shorter than its two fields")
        client, verify = SSL_HEAD.unpack_from(value)
        check_tlvs(value, SSL_HEAD.size, SSL_CHECKS)
        return cls(ClientSSL(client), verify, tuple(read_tlvs(value, SSL_HEAD.size)))

    def encode(self) -> TLV:
        """Make the TLV.

        Raises:
            EncodeError: a number or a value is too large for its field, or no such value.
        """
        if not (0 <= self.client <= 0xFF and 0 <= self.verify <= 0xFFFFFFFF):
            raise EncodeError("client has 8 bits and verify 32")
        head = SSL_HEAD.pack(self.client, self.verify)
        return TLV(TLVType.SSL, head + encode_tlvs(self.tlvs, SSL_CHECKS))

    @property
    def is_verified(self) -> bool:
        """Return whether the client presented a certificate and the sender verified it."""
        return self.verify == 0 and bool(self.client & (ClientSSL.CERT_CONN | ClientSSL.CERT_SESS))

    @property
    def version(self) -> str | None:
        """Return the version of TLS, such as `TLSv1.3`."""
        return self._text(TLVType.SSL_VERSION)

    @property
    def common_name(self) -> str | None:
        """Return the Common Name of the client's certificate, verified or not."""
        return self._text(TLVType.SSL_CN)

    @property
    def cipher(self) -> str | None:
        """Return the cipher, such as `ECDHE-RSA-AES128-GCM-SHA256`."""
        return self._text(TLVType.SSL_CIPHER)

    @property
    def signature_algorithm(self) -> str | None:
        """Return what the sender's own certificate is signed with, such as `RSA-SHA256`."""
        return self._text(TLVType.SSL_SIG_ALG)

    @property
    def key_algorithm(self) -> str | None:
        """Return the key of the sender's own certificate, such as `RSA2048`."""
        return self._text(TLVType.SSL_KEY_ALG)

    @property
    def group(self) -> str | None:
        """Return the group of the key exchange, such as `X25519`."""
        return self._text(TLVType.SSL_GROUP)

    @property
    def signature_scheme(self) -> str | None:
        """Return the scheme that the handshake was signed with."""
        return self._text(TLVType.SSL_SIG_SCHEME)

    @property
    def client_certificate(self) -> bytes | None:
        """Return the client's certificate in DER, verified or not."""
        return self._value(TLVType.SSL_CLIENT_CERT)

    def _value(self, kind: int) -> bytes | None:
        return next((value for found, value in self.tlvs if found == kind), None)

    def _text(self, kind: int) -> str | None:
        value = self._value(kind)
        return None if value is None else value.decode()


# What the specification says of values: each returns what is wrong, if anything is.


def _ascii(data: bytes, start: int, end: int) -> str | None:
    return None if data[start:end].isascii() else "is not US-ASCII"


def _utf8(data: bytes, start: int, end: int) -> str | None:
    try:
        data[start:end].decode()
    except UnicodeDecodeError:
        return "is not UTF-8"
    return None


def _checksum(_: bytes, start: int, end: int) -> str | None:
    return None if end - start == CHECKSUM_SIZE else "does not have 32 bits"


def _unique_id(_: bytes, start: int, end: int) -> str | None:
    return None if end - start <= MAX_UNIQUE_ID else f"is longer than {MAX_UNIQUE_ID} bytes"


def _ssl(data: bytes, start: int, end: int) -> str | None:
    try:
        SSLInfo.decode(data[start:end])
    except InvalidHeaderError as error:
        return f"is malformed: {error}"
    return None


CHECKS: Final[Checks] = {
    0x02: _utf8,
    0x03: _checksum,
    0x05: _unique_id,
    0x20: _ssl,
    0x30: _ascii,
}
SSL_CHECKS: Final[Checks] = {
    0x21: _ascii,
    0x22: _utf8,
    0x23: _ascii,
    0x24: _ascii,
    0x25: _ascii,
    0x26: _ascii,
    0x27: _ascii,
}
SINGLE: Final = tuple(set(TLVType) - {TLVType.NOOP, TLVType.AWS, TLVType.AZURE})
"""Of these a header has one: two would let two receivers read it differently."""


def check_tlvs(data: bytes, at: int, checks: Checks = CHECKS) -> int:
    """Hold the TLVs from a position to the end of some bytes to be what they should be.

    Returns:
        Where the value of the `CRC32C` begins; 0 where there is none.

    Raises:
        InvalidHeaderError: one reaches beyond the end, is not what its type says, or is repeated.
    """
    begin, end = at, len(data)
    checksum = 0
    last = -1
    is_ascending = True
    while at + TLV_HEAD_SIZE <= end:
        kind = data[at]
        start = at + TLV_HEAD_SIZE
        at = start + (data[at + 1] << 8 | data[at + 2])
        if at > end:
            break
        if kind in checks:
            fault = checks[kind](data, start, at)
            if fault is not None:
                raise InvalidHeaderError(f"the {TLVType(kind).name} TLV {fault}")
            if kind == CRC32C:
                checksum = start
        if kind <= last:
            is_ascending = False
        last = kind
    if at > end:
        raise InvalidHeaderError(f"the last TLV has {at - end} bytes more than the header")
    if at < end:
        raise InvalidHeaderError(f"{end - at} bytes at the end are too few for a TLV")
    # Most senders write them in the order of their types, and then none is there twice.
    if not is_ascending:
        _refuse_repetitions(data, begin)
    return checksum


def _refuse_repetitions(data: bytes, at: int) -> None:
    kinds = [kind for kind, _ in read_tlvs(data, at)]
    for kind in SINGLE:
        if kinds.count(kind) > 1:
            raise InvalidHeaderError(f"the {TLVType(kind).name} TLV is there twice")


def read_tlvs(data: bytes, at: int) -> list[TLV]:
    """Return the TLVs from a position to the end of some bytes that `check_tlvs` has seen."""
    found = []
    end = len(data)
    while at < end:
        kind, length = HEAD.unpack_from(data, at)
        at += TLV_HEAD_SIZE + length
        found.append(TLV(kind, data[at - length : at]))
    return found


def find_tlv(data: bytes, at: int, kind: int) -> bytes | None:
    """Return the value of the first TLV of a type, of those that `read_tlvs` would return."""
    end = len(data)
    while at < end:
        start = at + TLV_HEAD_SIZE
        stop = start + (data[at + 1] << 8 | data[at + 2])
        if data[at] == kind:
            return data[start:stop]
        at = stop
    return None


def encode_tlvs(tlvs: Iterable[tuple[int, bytes]], checks: Checks = CHECKS) -> bytes:
    """Make the bytes of some TLVs.

    Raises:
        EncodeError: a type is no byte, or a value is too long or not what its type says.
    """
    pieces: list[bytes] = []
    for kind, value in tlvs:
        if not 0 <= kind <= 0xFF:
            raise EncodeError(f"the type {kind} of a TLV is no byte")
        if len(value) > MAX_LENGTH:
            raise EncodeError(f"the value of TLV 0x{kind:02x} is longer than {MAX_LENGTH} bytes")
        pieces += (HEAD.pack(kind, len(value)), value)
    data = b"".join(pieces)
    try:
        check_tlvs(data, 0, checks)
    except InvalidHeaderError as error:
        raise EncodeError(str(error)) from None
    return data
