"""Owns what a header says, whichever version it came in.

Does not read or write headers: `_v1` and `_v2` do.
"""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from proxyproto._addresses import write_ipv4, write_ipv6
from proxyproto._tlv import TLV, SSLInfo, TLVType, find_tlv, read_tlvs

__all__ = [
    "FIXED_SIZE",
    "FORMS",
    "LAYOUTS",
    "UNSPEC",
    "Command",
    "Endpoint",
    "Family",
    "Form",
    "Header",
    "Transport",
]

Endpoint = tuple[str, int] | bytes
"""A host, as text, and a port; or the path of a Unix socket."""

FIXED_SIZE: Final = 16
"""Bytes of a version 2 header in front of the addresses."""
MAX_SIZE: Final = FIXED_SIZE + 0xFFFF
CLOUD_ID: Final = b"\1"
"""The subtype of the TLVs of AWS and Azure that holds the id of an endpoint."""
AZURE_SIZE: Final = 5


class Command(IntEnum):
    """Why the connection was made (section 2.2)."""

    LOCAL = 0
    """By the proxy on its own behalf, as for a health check: the connection's own ends count."""
    PROXY = 1
    """On behalf of a client."""


class Family(IntEnum):
    """The address family (section 2.2)."""

    UNSPEC = 0
    INET = 1
    INET6 = 2
    UNIX = 3


class Transport(IntEnum):
    """The transport protocol (section 2.2)."""

    UNSPEC = 0
    STREAM = 1
    DGRAM = 2


class Form(NamedTuple):
    """What the 14th byte of a version 2 header stands for.

    Attributes:
        layout: of both addresses and what follows them; None where all of it is to be ignored.
        start: where the TLVs begin.
    """

    family: Family
    transport: Transport
    layout: Struct | None
    start: int


LAYOUTS: Final = {
    Family.INET: Struct("!4s4sHH"),
    Family.INET6: Struct("!16s16sHH"),
    Family.UNIX: Struct("!108s108s"),
}


def _form(family: Family, transport: Transport) -> Form:
    layout = LAYOUTS.get(family) if transport else None
    # Nothing tells where TLVs would begin among bytes to be ignored: behind any header's end.
    start = MAX_SIZE if layout is None else FIXED_SIZE + layout.size
    return Form(family, transport, layout, start)


FORMS: Final = {
    family << 4 | transport: _form(family, transport)
    for family in Family
    for transport in Transport
}
UNSPEC: Final = FORMS[0]


class Header:
    """A header that was received. Made by `Decoder`, and not changed.

    Its bytes are kept, and each property reads from them what it returns.

    Attributes:
        version: 1 or 2.
        command: of version 1 always `PROXY`.
    """

    __slots__ = ("_data", "_form", "command", "version")

    def __init__(self, version: int, command: Command, form: Form, data: bytes = b"") -> None:
        self.version: Final = version
        self.command: Final = command
        self._form = form
        self._data = data
        """Laid out as in version 2; version 1 has it made."""

    @property
    def family(self) -> Family:
        """Return the address family."""
        return self._form.family

    @property
    def transport(self) -> Transport:
        """Return the transport protocol."""
        return self._form.transport

    @property
    def source(self) -> Endpoint | None:
        """Return the client's end; None where the connection's own end counts.

        That is for `LOCAL`, for `UNKNOWN` in version 1 and for what is unspecified in version 2. Of
        the path of a Unix socket the zeros behind it are left out; one in front stands for Linux's
        abstract names.
        """
        return self._endpoint(0)

    @property
    def destination(self) -> Endpoint | None:
        """Return the end that the client has connected to, as `source` does."""
        return self._endpoint(1)

    def _endpoint(self, which: int) -> Endpoint | None:
        form = self._form
        if form.layout is None:
            return None
        addresses = form.layout.unpack_from(self._data, FIXED_SIZE)
        packed: bytes = addresses[which]
        if form.family is Family.UNIX:
            return packed.rstrip(b"\0")
        write = write_ipv4 if form.family is Family.INET else write_ipv6
        return write(packed), addresses[2 + which]

    # TLVs

    @property
    def tlvs(self) -> tuple[TLV, ...]:
        """Return all TLVs, known or not, in the order they came in."""
        return tuple(read_tlvs(self._data, self._form.start))

    def get(self, kind: int) -> bytes | None:
        """Return the value of the first TLV of a type."""
        return find_tlv(self._data, self._form.start, kind)

    @property
    def alpn(self) -> bytes | None:
        """Return the protocol spoken in the connection, such as `b"h2"` (section 2.2.1)."""
        return self.get(0x01)

    @property
    def authority(self) -> str | None:
        """Return the host name that the client asked for, as by SNI (section 2.2.2)."""
        value = self.get(0x02)
        return None if value is None else value.decode()

    @property
    def unique_id(self) -> bytes | None:
        """Return what names the connection through all proxies: up to 128 bytes (section 2.2.5)."""
        return self.get(0x05)

    @property
    def ssl(self) -> SSLInfo | None:
        """Return what is told of the client's TLS and certificate (section 2.2.6)."""
        value = self.get(TLVType.SSL)
        return None if value is None else SSLInfo.decode(value)

    @property
    def netns(self) -> str | None:
        """Return the name of the network namespace (section 2.2.7)."""
        value = self.get(TLVType.NETNS)
        return None if value is None else value.decode("ascii")

    @property
    def aws_vpc_endpoint_id(self) -> str | None:
        """Return the id of the VPC endpoint, of AWS's Network Load Balancer."""
        for kind, value in self.tlvs:
            if kind == TLVType.AWS and value[:1] == CLOUD_ID and value.isascii():
                return value[1:].decode("ascii")
        return None

    @property
    def azure_private_endpoint_link_id(self) -> int | None:
        """Return the LinkID of the private endpoint, of Azure's Private Link."""
        for kind, value in self.tlvs:
            if kind == TLVType.AZURE and value[:1] == CLOUD_ID and len(value) == AZURE_SIZE:
                return int.from_bytes(value[1:], "little")
        return None

    def __repr__(self) -> str:
        """Return all that it says."""
        text = (
            f"version={self.version}, command={self.command.name}, family={self.family.name}, "
            f"transport={self.transport.name}, source={self.source!r}, "
            f"destination={self.destination!r}"
        )
        return f"Header({text}, tlvs={self.tlvs!r})"

    def __reduce__(self) -> tuple[object, ...]:
        """Return what makes an equal header from a pickle."""
        protocol = self.family << 4 | self.transport
        return _unpickle, (self.version, self.command, protocol, self._data)

    def __eq__(self, other: object) -> bool:
        """Return whether another header says the same."""
        if not isinstance(other, Header):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        """Return the same number for headers that say the same."""
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.version, self.command, self._form, self.source, self.destination, self.tlvs


def _unpickle(version: int, command: Command, protocol: int, data: bytes) -> Header:
    return Header(version, command, FORMS[protocol], data)
