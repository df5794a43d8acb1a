"""Owns what forwarding fields say of a request, read as the word of a peer that is believed.

Does not decide whether it is, and changes no scope. Of a list, the last member was written by the
peer itself; one before it is believed as far as the addresses behind it are those of more trusted
proxies. What is not believed is left out, and never an error: a client may send anything.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from asgi_bridge._forwarded_elements import Element, read_elements
from asgi_bridge._nodes import Node, read_member, read_node, read_port
from asgi_bridge._trust import TrustedPeers

__all__ = ["FIELDS", "Believed", "Field", "believe", "host_field"]

Field = tuple[bytes, bytes]

FIELDS: Final = {
    "forwarded": b"forwarded",
    "for": b"x-forwarded-for",
    "proto": b"x-forwarded-proto",
    "host": b"x-forwarded-host",
    "port": b"x-forwarded-port",
    "prefix": b"x-forwarded-prefix",
}
"""The fields that can be believed, by what an operator calls them."""

MAX_HOPS: Final = 32
"""Members of a list that are walked past. Nobody has a chain of as many proxies."""

PREFIX_SIZE: Final = 1024
"""Characters that a prefix may have."""

_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
"""What is said for what. Of WebSockets some proxies say the schemes of their own (RFC 6455, 3)."""

# Names that the DNS has, and addresses: applications put them into links.
_host: Final = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[^\]]*\])(?::(.*))?").fullmatch

_PORT: Final = re.compile(rb":[0-9]*\Z")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# RFC 3986, 3.3. The comma, which a segment may have, separates members.
_is_prefix: Final = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+;=:@-]|%[0-9A-Fa-f]{2})+)*").fullmatch
# Segments that lead elsewhere (RFC 3986, 5.2.4), and characters that some take for the end of one.
_leads_astray: Final = re.compile(r"/\.{1,2}(?:/|\Z)|//|[\x00-\x1f\\\x7f]").search


@dataclass(slots=True)
class Believed:
    """What is believed of a request's forwarding fields; None is what they do not say."""

    kept: tuple[Field, ...] = ()
    """The fields, with no more in them than is believed."""
    is_all: bool = False
    """Whether that is what there was, so that nothing has to be taken out."""
    names_client: bool = False
    client: tuple[str, int] | None = None
    """Address and port, 0 where it is not told. None as the name of a client is one that is
    hidden."""
    scheme: str | None = None
    host: Field | None = None
    """The field that a request has then; with its port where that is told and not the scheme's."""
    port: int | None = None
    """To be put behind the host that a request has, where `host` is None."""
    prefix: str | None = None
    """Decoded."""
    raw_prefix: bytes = b""


def believe(
    fields: Sequence[Field], selected: Iterable[str], trusted: TrustedPeers, *, walks: bool
) -> Believed:
    """Read the forwarding fields of a request.

    Args:
        fields: them, in order.
        selected: which of `FIELDS` are believed.
        trusted: the proxies that are walked past to find the client.
        walks: whether there is a client to be found; False where it is known already.
    """
    believed = Believed()
    kept: list[Field] = []
    for key in selected:
        name = FIELDS[key]
        values = [value for field_name, value in fields if field_name == name]
        if not values:
            continue
        if key in _TELLERS:
            last = values[-1].rpartition(b",")[2].strip(b" \t")
            if _TELLERS[key](believed, last.decode("latin-1")):
                kept.append((name, last))
            continue
        steps = _elements(values) if key == "forwarded" else _members(values)
        if walks:
            step = _walk(believed, islice(steps, MAX_HOPS), trusted)
        else:
            # Its last element is about the request, as no member of X-Forwarded-For is.
            step = next(steps, None) if key == "forwarded" else None
        if step is not None:
            _believe_element(believed, step.element)
            kept += _from_step(name, values, step)
    believed.kept = tuple(kept)
    believed.is_all = sorted(kept) == sorted(fields)
    if believed.host is not None and believed.port is not None and believed.scheme is not None:
        believed.host = host_field(believed.host[1], believed.port, believed.scheme)
        believed.port = None
    return believed


def host_field(host: bytes, port: int, scheme: str) -> Field:
    """Return the `host` field with another port, which is left out where it is the scheme's."""
    name = _PORT.sub(b"", host)
    return b"host", name if port == _DEFAULT_PORTS[scheme] else b"%b:%d" % (name, port)


# Lists of those who have passed the request on


class _Step(NamedTuple):
    """A member of a list that stands in one field or in several."""

    place: int
    """Of its field among those of the name."""
    start: int
    """Where it begins in that."""
    node: Node | None
    """Whom it names, if anybody."""
    element: Element


def _members(values: Sequence[bytes]) -> Iterator[_Step]:
    """Read X-Forwarded-For from its end to what is no address."""
    for place in reversed(range(len(values))):
        value = values[place]
        end = len(value)
        while end >= 0:
            start = value.rfind(b",", 0, end) + 1
            node = read_member(value[start:end].strip(b" \t").decode("latin-1"))
            if node is None:
                return
            yield _Step(place, start, node, {})
            end = start - 1


def _elements(values: Sequence[bytes]) -> Iterator[_Step]:
    """Read Forwarded from its end to what is no element (RFC 7239, 4 and 5)."""
    for place in reversed(range(len(values))):
        for element, start in read_elements(values[place]):
            if element is None or not _is_sound(element):
                return
            node = read_node(element["for"]) if "for" in element else None
            yield _Step(place, start, node, element)


def _is_sound(element: Element) -> bool:
    """Whether the values that are read of an element are such."""
    return (
        ("for" not in element or read_node(element["for"]) is not None)
        and ("proto" not in element or element["proto"].lower() in _SCHEMES)
        and ("host" not in element or _is_host(element["host"]))
    )


def _walk(believed: Believed, steps: Iterable[_Step], trusted: TrustedPeers) -> _Step | None:
    """Take the first that is not trusted, or the last that can be read, for the client.

    Returns:
        Where the walk ended; None where it did not begin.
    """
    step = None
    for step in steps:
        if step.node is None:
            break
        address, port = step.node
        believed.names_client = True
        believed.client = None if address is None else (str(address), port)
        if address is None or not trusted.has_address(address):
            break
    return step


def _from_step(name: bytes, values: Sequence[bytes], step: _Step) -> list[Field]:
    """Return the fields of a list from a step on."""
    first = values[step.place][step.start :].strip(b" \t")
    return [(name, value) for value in (first, *values[step.place + 1 :])]


# What one member says


def _believe_element(believed: Believed, element: Element) -> None:
    if "proto" in element:
        _believe_scheme(believed, element["proto"])
    if "host" in element:
        _believe_host(believed, element["host"])


def _believe_scheme(believed: Believed, text: str) -> bool:
    believed.scheme = _SCHEMES.get(text.lower())
    return believed.scheme is not None


def _believe_host(believed: Believed, text: str) -> bool:
    if not _is_host(text):
        return False
    believed.host = (b"host", text.encode("ascii"))
    return True


def _is_host(text: str) -> bool:
    match = _host(text)
    if match is None or (match[2] is not None and read_port(match[2]) is None):
        return False
    return text[0] != "[" or read_node(match[1]) is not None


def _believe_port(believed: Believed, text: str) -> bool:
    believed.port = read_port(text)
    return believed.port is not None


def _believe_prefix(believed: Believed, text: str) -> bool:
    raw = text.removesuffix("/")
    if len(raw) > PREFIX_SIZE or not _is_prefix(raw):
        return False
    try:
        prefix = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return False
    if _leads_astray(prefix):
        return False
    believed.prefix = prefix
    believed.raw_prefix = raw.encode("ascii")
    return True


_TELLERS: Final = {
    "proto": _believe_scheme,
    "host": _believe_host,
    "port": _believe_port,
    "prefix": _believe_prefix,
}
