"""Owns the exceptions of proxyproto.

Does not own what to do about them: the specification has a receiver abort the connection.

    ProxyProtocolError
    |-- InvalidHeaderError        the peer did not send a header of this protocol
    |   |-- SignatureError        not even its first bytes, or those of a version not wanted
    |   |-- HeaderTooLongError    longer than the specification or the limit lets it be
    |   |-- ChecksumError         its CRC32C is not that of its bytes
    |   `-- IncompleteHeaderError the stream ended inside of it
    |-- EncodeError               (ValueError) this cannot be said in a header
    `-- DecoderStateError         (RuntimeError) the decoder was fed behind its end
"""

__all__ = [
    "ChecksumError",
    "DecoderStateError",
    "EncodeError",
    "HeaderTooLongError",
    "IncompleteHeaderError",
    "InvalidHeaderError",
    "ProxyProtocolError",
    "SignatureError",
]


class ProxyProtocolError(Exception):
    """Base of every exception of this package."""


class InvalidHeaderError(ProxyProtocolError):
    """The peer broke the specification. Its text says how, and quotes nothing the peer chose."""


class SignatureError(InvalidHeaderError):
    """The first bytes are not those of a header, or of the version that is wanted."""


class HeaderTooLongError(InvalidHeaderError):
    """The header is above 107 bytes in version 1, or above the limit in version 2."""


class ChecksumError(InvalidHeaderError):
    """The CRC32C in the header is not that of its bytes (section 2.2.3)."""


class IncompleteHeaderError(InvalidHeaderError):
    """The stream ended before the header did."""


class EncodeError(ProxyProtocolError, ValueError):
    """What is to be encoded has no place in a header."""


class DecoderStateError(ProxyProtocolError, RuntimeError):
    """The decoder has returned its header, or has failed; it takes no more bytes."""
