"""The options of these sections stand together; `test_config` has their defaults and bounds."""

from h2corn._options import table
from h2corn._serving_options import ServingOptions


def test_sections() -> None:
    assert list(dict.fromkeys(row.option.section for row in table(ServingOptions))) == [
        "Application",
        "Listeners",
    ]
