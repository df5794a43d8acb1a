"""Owns the codes and reasons of close frames (RFC 6455, 5.5.1 and 7.4).

Does not decide when a session ends.
"""

from typing import Final

__all__ = [
    "ABNORMAL",
    "GOING_AWAY",
    "INTERNAL_ERROR",
    "INVALID_DATA",
    "NORMAL",
    "NO_STATUS",
    "PROTOCOL_ERROR",
    "TOO_BIG",
    "CloseError",
    "check_close",
    "close_payload",
    "parse_close",
]

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
NO_STATUS: Final = 1005
ABNORMAL: Final = 1006
INVALID_DATA: Final = 1007
TOO_BIG: Final = 1009
INTERNAL_ERROR: Final = 1011

_MAX_REASON: Final = 123
"""What a control frame holds beside the code (RFC 6455, 5.5)."""


class CloseError(Exception):
    """The client broke a rule, and the session has to be closed.

    Attributes:
        code: what to close it with.
        reason: what rule it was.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def is_sendable(code: int) -> bool:
    """Tell whether a code may stand in a close frame.

    Those of RFC 6455, 7.4.1, and of IANA's registry, without the three that only a library
    reports, and those of libraries and applications (7.4.2).
    """
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def parse_close(payload: bytes) -> tuple[int, str]:
    """Return code and reason of a client's close frame; 1005 for an empty one.

    Raises:
        CloseError: half a code, one that may not be sent, or a reason that is no UTF-8.
    """
    if not payload:
        return NO_STATUS, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not is_sendable(code):
        raise CloseError(PROTOCOL_ERROR, "invalid close code")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise CloseError(INVALID_DATA, "invalid UTF-8 in close reason") from None


def check_close(code: object, reason: object) -> tuple[int, str]:
    """Check code and reason that an application closes with.

    Raises:
        TypeError: the code is no int, or the reason neither str nor None.
        ValueError: the code may not be sent, or the reason is longer than 123 bytes of UTF-8.
    """
    if not isinstance(code, int) or isinstance(code, bool):
        raise TypeError(f"a close code is an int, not {type(code).__name__}")
    if reason is None:
        reason = ""
    if not isinstance(reason, str):
        raise TypeError(f"a close reason is a str, not {type(reason).__name__}")
    if not is_sendable(code):
        raise ValueError(f"no close code to be sent: {code}")
    if len(reason.encode()) > _MAX_REASON:
        raise ValueError(f"a close reason has at most {_MAX_REASON} bytes of UTF-8")
    return int(code), reason


def close_payload(code: int, reason: str) -> bytes:
    """Return what a close frame holds: nothing for 1005, which stands for no code."""
    return b"" if code == NO_STATUS else code.to_bytes(2, "big") + reason.encode()
