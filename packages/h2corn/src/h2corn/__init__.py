"""Owns the public names of h2corn, an ASGI server that speaks HTTP/2 cleartext.

Does not load the server before it is asked for: the command answers `--help` and wrong options
without it.
"""

import importlib
import typing

from h2corn._version import __version__

if typing.TYPE_CHECKING:
    from asgi_bridge import ASGIApp
    from h2corn._proxy_options import ProxyProtocolMode
    from h2corn._request_policy import RequestPolicy
    from h2corn.config import Config
    from h2corn.server import Server, serve

__all__ = [
    "ASGIApp",
    "Config",
    "ProxyProtocolMode",
    "RequestPolicy",
    "Server",
    "__version__",
    "serve",
]

_LOADED_WHEN_USED: typing.Final = {
    "ASGIApp": "asgi_bridge",
    "Config": "h2corn.config",
    "ProxyProtocolMode": "h2corn._proxy_options",
    "RequestPolicy": "h2corn._request_policy",
    "Server": "h2corn.server",
    "serve": "h2corn.server",
}


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    module = _LOADED_WHEN_USED.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, those not yet loaded among them."""
    return sorted({*globals(), *__all__})
