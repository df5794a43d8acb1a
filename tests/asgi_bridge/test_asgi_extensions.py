"""Owns the tests that the types of the extensions are those of the code."""

from typing import get_args, get_type_hints

from asgi_bridge import (
    HTTPExtensions,
    HTTPPriority,
    HTTPSendEvent,
    ProxyProtocol,
    ScopeBuilder,
    _sending,
)
from tests.asgi_bridge.fakes import Head, Sink


def test_scope_names_what_is_described() -> None:
    told: ProxyProtocol = {"version": 1, "command": "PROXY", "tlvs": ()}
    builder = ScopeBuilder(
        client=None, server=None, scheme="http", root_path="", state={}, proxy_protocol=told
    )
    sink = Sink()
    sink.weight = 16
    extensions = builder.http(Head(), sink)["extensions"]
    assert extensions.keys() == HTTPExtensions.__optional_keys__
    assert not HTTPExtensions.__required_keys__
    assert extensions["proxy_protocol"] is told
    assert ProxyProtocol.__required_keys__ == told.keys()
    assert extensions["http.response.priority"].keys() == HTTPPriority.__required_keys__


def test_every_message_that_is_accepted_has_a_type() -> None:
    described = {
        get_args(get_type_hints(event)["type"])[0]: event for event in get_args(HTTPSendEvent)
    }
    accepted = {"http.response.start", "http.response.body", *_sending._RARE, *_sending._FILES}
    assert described.keys() == accepted
    assert {event.__name__ for event in described.values()} <= set(_door())


def _door() -> list[str]:
    import asgi_bridge  # noqa: PLC0415 - its __all__ is what is looked at

    return asgi_bridge.__all__
