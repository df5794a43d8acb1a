"""Owns version 2 of the protocol: a binary header (section 2.2).

Does not collect the bytes of a header: `measure_v2` tells how many it has, and `parse_v2` is given
all of them.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Final

from proxyproto._crc32c import crc32c
from proxyproto._header import (
    FIXED_SIZE,
    FORMS,
    LAYOUTS,
    UNSPEC,
    Command,
    Endpoint,
    Family,
    Form,
    Header,
    Transport,
)
from proxyproto._tlv import (
    CHECKSUM_SIZE,
    TLVType,
    check_tlvs,
    encode_tlvs,
)
from proxyproto._v1 import read_host
from proxyproto.errors import (
    ChecksumError,
    EncodeError,
    HeaderTooLongError,
    InvalidHeaderError,
    SignatureError,
)

__all__ = ["SIGNATURE", "encode_v2", "measure_v2", "parse_v2"]

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
SIGNATURE_SIZE: Final = len(SIGNATURE)
FIXED: Final = Struct("!12sBBH")
"""Signature; version and command; family and transport; bytes that follow."""
VERSION: Final = 2
LOCAL: Final = VERSION << 4 | Command.LOCAL
PROXY: Final = VERSION << 4 | Command.PROXY
MAX_LENGTH: Final = 0xFFFF
MAX_PATH: Final = 108
NO_CHECKSUM: Final = bytes(CHECKSUM_SIZE)
LOCAL_HEADER: Final = Header(VERSION, Command.LOCAL, UNSPEC)


def measure_v2(data: bytes, limit: int) -> int:
    """Return how many bytes a header has that begins some data; 0 while too few are there to tell.

    Args:
        data: a header, or its beginning, and whatever follows it.
        limit: bytes that a header may have.

    Raises:
        SignatureError: the data begins otherwise.
        HeaderTooLongError: the header is longer than its limit.
        InvalidHeaderError: version, command, family or transport are none that section 2.2 knows.
    """
    if len(data) < FIXED_SIZE:
        if not SIGNATURE.startswith(data[:SIGNATURE_SIZE]):
            raise SignatureError("the first bytes are not those of a version 2 header")
        if len(data) > SIGNATURE_SIZE:
            _check_protocol(*data[SIGNATURE_SIZE : SIGNATURE_SIZE + 2])
        return 0
    signature, command, protocol, length = FIXED.unpack_from(data)
    if signature != SIGNATURE:
        raise SignatureError("the first bytes are not those of a version 2 header")
    if command != PROXY or protocol not in FORMS:
        _check_protocol(command, protocol)
    size: int = FIXED_SIZE + length
    if size > limit:
        raise HeaderTooLongError(f"a header of {size} bytes is longer than {limit}")
    return size


def _check_protocol(command: int, protocol: int = 0) -> None:
    if command >> 4 != VERSION:
        raise SignatureError(f"the version is {command >> 4} and not {VERSION}")
    if command == LOCAL:
        return  # "the family [...] is ignored"
    if command != PROXY:
        raise InvalidHeaderError(f"the command {command & 0xF} is unassigned")
    if protocol not in FORMS:
        raise InvalidHeaderError(f"the family and transport 0x{protocol:02x} are unassigned")


def parse_v2(data: bytes) -> Header:
    """Read a header that `measure_v2` has found good, without anything behind it.

    The block of a `LOCAL` header is discarded, family and all, as the specification says. So is one
    whose family or transport is unspecified: nothing tells where its TLVs would begin.

    Raises:
        ChecksumError: its CRC32C is wrong.
        InvalidHeaderError: addresses or TLVs are not as section 2.2 has them.
    """
    if data[SIGNATURE_SIZE] == LOCAL:
        return LOCAL_HEADER
    form = FORMS[data[SIGNATURE_SIZE + 1]]
    if form.layout is not None:
        if len(data) > form.start:
            checksum = check_tlvs(data, form.start)
            if checksum:
                _verify_checksum(data, checksum)
        elif len(data) < form.start:
            raise InvalidHeaderError("the header ends before its addresses do")
    return Header(2, Command.PROXY, form, data)


def _verify_checksum(data: bytes, at: int) -> None:
    end = at + CHECKSUM_SIZE
    if int.from_bytes(data[at:end]) != crc32c(data[:at] + NO_CHECKSUM + data[end:]):
        raise ChecksumError("the CRC32C is not that of the header")


def encode_v2(
    source: Endpoint | None = None,
    destination: Endpoint | None = None,
    *,
    command: Command = Command.PROXY,
    transport: Transport = Transport.STREAM,
    tlvs: Iterable[tuple[int, bytes]] = (),
    checksum: bool = False,
) -> bytes:
    """Make a header of version 2.

    Without ends it is `LOCAL`, or unspecified with the command `PROXY`; such a header has no TLVs,
    as receivers discard them.

    Args:
        source: host and port of the client, or the path of its Unix socket.
        destination: what it has connected to, of the same family.
        command: `LOCAL` has no ends.
        transport: `STREAM`, for TCP and Unix streams, or `DGRAM`, for UDP and Unix datagrams.
        tlvs: pairs of type and value, in their order; `CRC32C` is not for the caller.
        checksum: add a `CRC32C` behind the others.

    Raises:
        EncodeError: there is no such header, or it would be longer than 65,551 bytes.
    """
    form, addresses = _addresses(source, destination, command, transport)
    additions = list(tlvs)
    if any(kind == TLVType.CRC32C for kind, _ in additions):
        raise EncodeError("the CRC32C is made, with `checksum`, and not given")
    if (additions or checksum) and not addresses:
        raise EncodeError("TLVs are discarded where there are no addresses")
    if checksum:
        additions.append((TLVType.CRC32C, NO_CHECKSUM))
    block = addresses + encode_tlvs(additions)
    if len(block) > MAX_LENGTH:
        raise EncodeError(f"{len(block)} bytes behind the first {FIXED_SIZE} are over {MAX_LENGTH}")
    protocol = form.family << 4 | form.transport
    data = FIXED.pack(SIGNATURE, VERSION << 4 | command, protocol, len(block)) + block
    if checksum:
        at = len(data) - CHECKSUM_SIZE
        data = data[:at] + crc32c(data).to_bytes(CHECKSUM_SIZE)
    return data


def _addresses(
    source: Endpoint | None, destination: Endpoint | None, command: Command, transport: Transport
) -> tuple[Form, bytes]:
    if source is None and destination is None:
        return UNSPEC, b""
    if source is None or destination is None:
        raise EncodeError("a header has both ends or none")
    if command is Command.LOCAL:
        raise EncodeError("a LOCAL header has no ends")
    if transport is Transport.UNSPEC:
        raise EncodeError("a header with ends has a transport")
    if isinstance(source, bytes) or isinstance(destination, bytes):
        if not (isinstance(source, bytes) and isinstance(destination, bytes)):
            raise EncodeError("both ends have to be of one address family")
        if max(len(source), len(destination)) > MAX_PATH:
            raise EncodeError(f"the path of a Unix socket has at most {MAX_PATH} bytes")
        if source.endswith(b"\0") or destination.endswith(b"\0"):
            raise EncodeError("a path that ends with a NUL would be read without it")
        form = FORMS[Family.UNIX << 4 | transport]
        return form, LAYOUTS[Family.UNIX].pack(source, destination)
    (family, packed), (other, packed_destination) = read_host(source), read_host(destination)
    if family is not other:
        raise EncodeError("both ends have to be of one address family")
    form = FORMS[family << 4 | transport]
    return form, LAYOUTS[family].pack(packed, packed_destination, source[1], destination[1])
