"""The options of these sections stand together; `test_config` has their defaults and bounds."""

from h2corn._options import table
from h2corn._protocol_options import ProtocolOptions


def test_sections() -> None:
    assert list(dict.fromkeys(row.option.section for row in table(ProtocolOptions))) == [
        "HTTP/2",
        "HTTP/1",
        "WebSocket",
    ]
