"""Owns the examples of RFC 7541 appendix C as data: blocks, lists and the tables after them."""

from typing import NamedTuple


class Step(NamedTuple):
    """One block of a sequence."""

    block: str
    """The octets, in hexadecimal digits."""
    fields: list[tuple[bytes, bytes]]
    table: list[tuple[bytes, bytes]]
    """The dynamic table after it, newest first."""


AUTHORITY = (b":authority", b"www.example.com")
NO_CACHE = (b"cache-control", b"no-cache")
CUSTOM = (b"custom-key", b"custom-value")
FIRST = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), AUTHORITY]
SECOND = [*FIRST, NO_CACHE]
THIRD = [
    (b":method", b"GET"),
    (b":scheme", b"https"),
    (b":path", b"/index.html"),
    AUTHORITY,
    CUSTOM,
]

DATE_21 = (b"date", b"Mon, 21 Oct 2013 20:13:21 GMT")
DATE_22 = (b"date", b"Mon, 21 Oct 2013 20:13:22 GMT")
LOCATION = (b"location", b"https://www.example.com")
PRIVATE = (b"cache-control", b"private")
STATUS_302 = (b":status", b"302")
STATUS_307 = (b":status", b"307")
GZIP = (b"content-encoding", b"gzip")
COOKIE = (b"set-cookie", b"foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")

REQUESTS = [[AUTHORITY], [NO_CACHE, AUTHORITY], [CUSTOM, NO_CACHE, AUTHORITY]]
RESPONSES = [
    ([STATUS_302, PRIVATE, DATE_21, LOCATION], [LOCATION, DATE_21, PRIVATE, STATUS_302]),
    ([STATUS_307, PRIVATE, DATE_21, LOCATION], [STATUS_307, LOCATION, DATE_21, PRIVATE]),
    (
        [(b":status", b"200"), PRIVATE, DATE_22, LOCATION, GZIP, COOKIE],
        [COOKIE, GZIP, DATE_22],
    ),
]

# C.3: requests without Huffman coding.
C3 = [
    Step("828684410f7777772e6578616d706c652e636f6d", FIRST, REQUESTS[0]),
    Step("828684be58086e6f2d6361636865", SECOND, REQUESTS[1]),
    Step(
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        THIRD,
        REQUESTS[2],
    ),
]
# C.4: the same with it.
C4 = [
    Step("828684418cf1e3c2e5f23a6ba0ab90f4ff", FIRST, REQUESTS[0]),
    Step("828684be5886a8eb10649cbf", SECOND, REQUESTS[1]),
    Step("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", THIRD, REQUESTS[2]),
]
# C.5: responses without Huffman coding, with a table of 256 octets.
C5 = [
    Step(
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
        "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        *RESPONSES[0],
    ),
    Step("4803333037c1c0bf", *RESPONSES[1]),
    Step(
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f"
        "3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076"
        "657273696f6e3d31",
        *RESPONSES[2],
    ),
]
# C.6: the same with it.
C6 = [
    Step(
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f"
        "0b97c8e9ae82ae43d3",
        *RESPONSES[0],
    ),
    Step("4883640effc1c0bf", *RESPONSES[1]),
    Step(
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335df"
        "dfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        *RESPONSES[2],
    ),
]
