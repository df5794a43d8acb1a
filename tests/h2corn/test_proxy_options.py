"""The options of this section stand together; `test_config` has their defaults and rules."""

from h2corn._options import table
from h2corn._proxy_options import ProxyOptions


def test_section() -> None:
    assert {row.option.section for row in table(ProxyOptions)} == {"Proxy"}
