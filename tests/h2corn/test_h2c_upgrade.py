"""Owns the tests of the change from HTTP/1.1 to HTTP/2: what the first engine leaves to the second.

Does not test who asks for it (test_h2c_request), nor the frames that follow.
"""

from typing import Any, cast

import pytest

from h2c_core import PREFACE, Connection
from h2corn._h2c_request import Upgrade
from h2corn._h2c_upgrade import SWITCHING, H2cUpgrade
from h2corn._http1 import Http1Connection
from h2corn._http1_head import read_head
from h2corn._http1_limits import Http1Limits
from h2corn._linger import LingerProtocol
from h2corn._protocol import ConnectionProtocol
from tests.h2corn.fakes import Bench, FakeRequest, FakeRequests, FakeTransport
from tests.h2corn.http1_shell import GET, Shell

ASKING = (
    b"GET /path HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
)


class OfferingShell(Shell):
    def __init__(self, *, offers_h2c: bool = True) -> None:
        super().__init__()
        self.connection = Http1Connection(self, offers_h2c=offers_h2c)

    def upgrade(self) -> Upgrade | None:
        return self.connection.upgrade


@pytest.mark.parametrize("cut", [10, len(ASKING), len(ASKING) + 5])
def test_request_and_what_follows_are_left_to_http2(cut: int) -> None:
    shell = OfferingShell()
    data = ASKING + PREFACE
    shell.receive(data[:cut], data[cut:])
    upgrade = shell.connection.upgrade
    assert upgrade is not None
    assert shell.is_closed()
    assert shell.connection.refusal is None
    assert (upgrade.head.method, upgrade.head.target) == (b"GET", b"/path")
    assert upgrade.settings == b"AAMAAABk"
    # The shell changes engines before it reads again.
    assert upgrade.rest == (PREFACE if cut == 10 else data[len(ASKING) : cut])
    assert shell.requests == []
    assert shell.flush() == b""


def test_request_waits_for_the_one_before_it() -> None:
    shell = OfferingShell()
    shell.receive(GET + ASKING + PREFACE)
    assert shell.upgrade() is None
    shell.last.answer()
    shell.flush()
    assert shell.has_pending()
    shell.receive(b"")
    upgrade = shell.upgrade()
    assert upgrade is not None
    assert upgrade.rest == PREFACE


def test_it_is_answered_where_the_change_is_not_offered() -> None:
    shell = OfferingShell(offers_h2c=False)
    shell.receive(ASKING)
    assert shell.connection.upgrade is None
    assert shell.last.head.target == b"/path"


def test_it_is_answered_while_the_connection_ends() -> None:
    shell = OfferingShell()
    shell.connection.is_draining = True
    shell.receive(ASKING)
    assert shell.connection.upgrade is None
    assert shell.last.head.target == b"/path"


class Application:
    """Hands out the requests of a connection."""

    def __init__(self) -> None:
        self._request = FakeRequest()

    @property
    def is_started(self) -> bool:
        return self._request.is_started

    def connect(self, peers: object, *, is_serial: bool) -> FakeRequests:
        assert not is_serial
        requests = FakeRequests()
        requests.open_stream = self._open  # type: ignore[method-assign]
        self._requests = requests
        return requests

    def _open(self, sink: object, head: object) -> FakeRequest:
        self._requests.opened.append(self._request)
        return self._request


def changed(
    settings: bytes, rest: bytes = b"", *, method: bytes = b"GET", is_full: bool = False
) -> tuple[FakeTransport, Application]:
    """What becomes of a transport when a request came with these settings."""
    bench = Bench()
    application = Application()
    change = H2cUpgrade(bench.protocol._shell, cast("Any", application), Connection)
    head = read_head(ASKING[:-2].replace(b"GET", method), Http1Limits())
    transport = FakeTransport()
    peers = cast("Any", bench.requests.peers)
    change(transport, peers, Upgrade(head, settings, rest), is_full=is_full)
    return transport, application


def test_101_comes_first_and_the_preface_of_the_server_next() -> None:
    transport, application = changed(b"AAMAAABk", PREFACE)
    assert transport.written.startswith(SWITCHING + b"\0\0")
    assert transport.written[len(SWITCHING) + 3] == 4
    assert isinstance(transport.protocol, ConnectionProtocol)
    assert application.is_started
    assert not transport.is_closed


@pytest.mark.parametrize("is_full", [False, True])
def test_a_full_transport_stays_full(*, is_full: bool) -> None:
    transport, _ = changed(b"AAMAAABk", PREFACE, is_full=is_full)
    protocol = transport.protocol
    assert isinstance(protocol, ConnectionProtocol)
    assert protocol._is_paused == is_full
    protocol.resume_writing()
    assert not protocol._is_paused


@pytest.mark.parametrize("settings", [b"A", b"AAMAAAB", b"AASAAAAA"])
def test_settings_that_are_wrong_are_refused_in_http1(
    settings: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    transport, application = changed(settings)
    assert transport.written.startswith(b"HTTP/1.1 400 ")
    assert isinstance(transport.protocol, LingerProtocol)
    assert transport.has_eof
    assert not application.is_started
    assert caplog.messages[0].startswith("192.0.2.1:5: 400, ")


def test_a_refusal_of_a_head_request_has_no_body() -> None:
    transport, _ = changed(b"A", method=b"HEAD")
    assert transport.written.startswith(b"HTTP/1.1 400 ")
    assert transport.written.endswith(b"\r\n\r\n")
