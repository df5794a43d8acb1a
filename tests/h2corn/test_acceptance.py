"""What a new connection begins in."""

from typing import cast

import pytest

from h2c_core import Connection
from h2corn._acceptance import Acceptance
from h2corn._application import Application
from h2corn._proxies import proxies_of
from h2corn._proxy_start import ProxyStartProtocol
from h2corn._sniff import StartProtocol
from h2corn.config import Config
from tests.h2corn.fakes import Bench


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("off", StartProtocol), ("v1", ProxyStartProtocol), ("auto", ProxyStartProtocol)],
)
def test_the_first_protocol(mode: str, kind: type[StartProtocol]) -> None:
    proxies = proxies_of(Config.from_mapping({"proxy_protocol": mode}))
    acceptance = Acceptance(
        Bench().protocol._shell,
        cast("Application", None),
        Connection,
        None,
        timeout=1.0,
        proxies=proxies,
    )
    assert type(acceptance()) is kind
