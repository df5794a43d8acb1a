"""The options of these sections stand together; `test_config` has their defaults and bounds."""

from h2corn._limit_options import LimitOptions
from h2corn._options import table


def test_sections() -> None:
    assert list(dict.fromkeys(row.option.section for row in table(LimitOptions))) == [
        "Limits",
        "Timeouts",
        "Responses",
    ]
