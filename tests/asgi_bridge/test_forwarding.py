"""Every row of the table, against the scope builder; and the memo that repeated fields go to."""

import pytest

from asgi_bridge import ForwardingRules, TrustedPeers
from asgi_bridge._forwarding import MAX_KNOWN, MAX_KNOWN_FIELDS, MAX_KNOWN_SIZE
from tests.asgi_bridge.forwarding_play import play
from tests.asgi_bridge.forwarding_table import PEER, ROWS, TABLES, TRUSTED, Field

EVERYTHING = ("for", "proto", "host", "port", "prefix")


def rules(*fields: str) -> ForwardingRules:
    return ForwardingRules(TrustedPeers(TRUSTED), fields)


def test_that_no_row_hides_another() -> None:
    assert len(ROWS) == sum(map(len, TABLES.values()))


@pytest.mark.parametrize("name", ROWS)
def test_the_table(name: str) -> None:
    assert play(ROWS[name]) == []


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (("by",), "must be of forwarded, for, proto, host, port, prefix, not 'by'"),
        (("for", "proto", "for"), "has for more than once"),
        (("forwarded", "for"), "only one of them is believed"),
    ],
)
def test_fields_that_cannot_be_believed(fields: tuple[str, ...], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        rules(*fields)


def test_a_peer_that_may_not_name_the_client() -> None:
    word = rules("for", "proto").word_of(PEER, names_client=False)
    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-proto", b"https")]
    believed = word.hear(headers)
    assert believed is not None
    assert not believed.names_client
    assert believed.scheme == "https"
    assert headers == [(b"x-forwarded-proto", b"https")]


def test_an_element_of_a_peer_that_may_not_name_the_client() -> None:
    word = rules("forwarded").word_of(PEER, names_client=False)
    headers = [(b"forwarded", b"for=127.0.0.1;proto=http, for=10.0.0.1;proto=https")]
    believed = word.hear(headers)
    assert believed is not None
    assert not believed.names_client
    assert believed.scheme == "https"
    assert headers == [(b"forwarded", b"for=10.0.0.1;proto=https")]


def test_that_headers_stay_as_they_are_where_nothing_is_said() -> None:
    headers = [(b"host", b"a"), (b"accept", b"*/*")]
    for host in (PEER, "192.0.2.1"):
        assert rules("for").word_of(host).hear(headers) is None
    assert headers == [(b"host", b"a"), (b"accept", b"*/*")]


def test_that_what_repeats_is_read_once() -> None:
    word = rules(*EVERYTHING).word_of(PEER)
    first, second = (
        word.hear([(b"x-forwarded-for", b"203.0.113.9, 10.0.0.1"), (b"accept", accept)])
        for accept in (b"a", b"b")
    )
    assert first is second


def test_that_the_memo_is_bounded() -> None:
    word = rules(*EVERYTHING).word_of(PEER)
    first = word.hear([(b"x-forwarded-for", b"203.0.113.9")])
    for number in range(MAX_KNOWN):
        word.hear([(b"x-forwarded-for", b"203.0.113.9:%d" % (number + 1))])
    assert word.hear([(b"x-forwarded-for", b"203.0.113.9")]) is not first
    assert len(word._known) <= MAX_KNOWN  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-forwarded-for", b"203.0.113.9," + b" " * MAX_KNOWN_SIZE + b"10.0.0.1")],
        [(b"x-forwarded-for", b"10.0.0.1")] * (MAX_KNOWN_FIELDS + 1),
    ],
)
def test_that_large_ones_are_not_kept(headers: list[Field]) -> None:
    word = rules("for").word_of(PEER)
    first, second = (word.hear(headers.copy()) for _ in range(2))
    assert first == second
    assert first is not second


def test_that_a_peer_on_a_unix_socket_is_trusted_by_name() -> None:
    headers = [(b"x-forwarded-proto", b"https")]
    believed = ForwardingRules(TrustedPeers(["unix"])).word_of(None).hear(headers)
    assert believed is not None
    assert believed.scheme == "https"
    assert ForwardingRules(TrustedPeers([PEER])).word_of(None).hear(headers) is None
    assert headers == []
