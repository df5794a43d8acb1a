"""Owns telling from its first bytes whether a connection speaks HTTP/1, for a server that does not.

Does not look for the HTTP/2 preface: whoever asks has looked already.
"""

import re
from enum import Enum
from typing import Final

from h2corn._http1_encoding import encode_error
from h2corn._http1_errors import BadRequestError

__all__ = ["HTTP1_REFUSAL", "Start", "classify_start"]

HTTP1_REFUSAL: Final = encode_error(
    BadRequestError(505, "only HTTP/2 is spoken here"), with_body=True
)
"""What HTTP/1 gets where it is switched off, before the connection is closed."""

# The request line that an HTTP/1 server would have to read; more than that is not waited for.
_LONGEST: Final = 16 * 1024

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_request_line: Final = re.compile(
    rb"(?:\r\n)?" + _TOKEN + rb" [!-~]+ HTTP/1\.[0-9]\r\n",
).match
_beginning: Final = re.compile(
    rb"\r?|(?:\r\n)?(?:" + _TOKEN + rb"(?: (?:[!-~]+(?: (?:"
    rb"H|HT|HTT|HTTP|HTTP/|HTTP/1|HTTP/1\.|HTTP/1\.[0-9]\r?"
    rb")?)?)?)?)?"
).fullmatch


class Start(Enum):
    """What the first bytes of a connection are."""

    HTTP1 = "a request line of HTTP/1"
    MORE = "the beginning of one"
    OTHER = "something else, such as a TLS hello"


def classify_start(data: bytes) -> Start:
    """Classify the first bytes of a connection, of which there is at least one."""
    if _request_line(data, 0, _LONGEST):
        return Start.HTTP1
    if len(data) < _LONGEST and _beginning(data):
        return Start.MORE
    return Start.OTHER
