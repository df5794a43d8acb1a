"""Owns the front door of proxyproto: the PROXY protocol, versions 1 and 2, in both directions.

Does not hold code. A receiver feeds a `Decoder`; a sender calls `encode_v1` or `encode_v2`. The
sections that docstrings name are those of the protocol's specification, doc/proxy-protocol.txt of
HAProxy.
"""

from proxyproto._decoder import DEFAULT_MAX_V2_SIZE, Decoder, Mode
from proxyproto._header import Command, Endpoint, Family, Header, Transport
from proxyproto._tlv import TLV, ClientSSL, SSLInfo, TLVType
from proxyproto._v1 import encode_v1
from proxyproto._v2 import encode_v2
from proxyproto._version import __version__
from proxyproto.errors import (
    ChecksumError,
    DecoderStateError,
    EncodeError,
    HeaderTooLongError,
    IncompleteHeaderError,
    InvalidHeaderError,
    ProxyProtocolError,
    SignatureError,
)

__all__ = [
    "DEFAULT_MAX_V2_SIZE",
    "TLV",
    "ChecksumError",
    "ClientSSL",
    "Command",
    "Decoder",
    "DecoderStateError",
    "EncodeError",
    "Endpoint",
    "Family",
    "Header",
    "HeaderTooLongError",
    "IncompleteHeaderError",
    "InvalidHeaderError",
    "Mode",
    "ProxyProtocolError",
    "SSLInfo",
    "SignatureError",
    "TLVType",
    "Transport",
    "__version__",
    "encode_v1",
    "encode_v2",
]
