"""The options of this section stand together; `test_config` has their defaults and bounds."""

from h2corn._logging_options import LoggingOptions
from h2corn._options import table


def test_sections() -> None:
    assert {row.option.section for row in table(LoggingOptions)} == {"Logging"}
