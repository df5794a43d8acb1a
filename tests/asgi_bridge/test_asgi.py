"""Owns the tests of the types of ASGI: that they describe what is built, sent and called."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, get_args, get_type_hints

from asgi_bridge import (
    ASGIApp,
    ASGIVersions,
    HTTPReceiveEvent,
    HTTPRequestEvent,
    HTTPScope,
    HTTPSendEvent,
    Lifespan,
    LifespanReceiveEvent,
    LifespanScope,
    LifespanSendEvent,
    Message,
    Scope,
    ScopeBuilder,
)
from asgi_bridge._lifespan import _TRANSITIONS
from tests.asgi_bridge.fakes import LOGGER, REQUEST, Head, Sink


def types(union: object) -> set[object]:
    """The types of the messages of a union."""
    return {get_args(get_type_hints(event)["type"])[0] for event in get_args(union)}


def test_scope_is_as_described() -> None:
    builder = ScopeBuilder(client=None, server=None, scheme="http", root_path="", state={})
    scope = builder.http(Head(), Sink())
    assert scope.keys() == HTTPScope.__required_keys__
    assert not HTTPScope.__optional_keys__
    assert scope["asgi"].keys() == ASGIVersions.__required_keys__


def test_lifespan_scope_is_as_described() -> None:
    async def app(scope: LifespanScope, receive: object, send: object) -> None:
        assert scope.keys() == LifespanScope.__required_keys__
        scope["state"]["seen"] = True

    lifespan = Lifespan(app, LOGGER)
    asyncio.run(lifespan.startup())
    assert lifespan.state == {"seen": True}


def test_request_is_as_described() -> None:
    assert REQUEST.keys() == HTTPRequestEvent.__required_keys__


def test_unions_name_every_message() -> None:
    assert types(HTTPReceiveEvent) == {"http.request", "http.disconnect"}
    assert types(HTTPSendEvent) == {
        "http.response.start",
        "http.response.body",
        "http.response.trailers",
        "http.response.informational",
        "http.response.early_hint",
        "http.response.pathsend",
        "http.response.zerocopysend",
    }
    assert types(LifespanReceiveEvent) == {"lifespan.startup", "lifespan.shutdown"}
    assert types(LifespanSendEvent) == set(_TRANSITIONS)
    assert types(Scope) == {"http", "lifespan"}
    assert types(Message) == (
        types(HTTPReceiveEvent)
        | types(HTTPSendEvent)
        | types(LifespanReceiveEvent)
        | types(LifespanSendEvent)
    )


async def exact(
    scope: Scope,
    receive: Callable[[], Awaitable[HTTPReceiveEvent]],
    send: Callable[[HTTPSendEvent], Awaitable[None]],
) -> None:
    """Be an application that a careful author annotates."""


async def loose(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Be an application as Starlette annotates it."""


def test_applications_are_applications_however_annotated() -> None:
    """Mypy does the work here."""
    applications: list[ASGIApp] = [exact, loose]
    assert all(map(callable, applications))
