"""Owns the text of what a server listens on, as its clients would write it.

Does not open anything.
"""

from collections.abc import Iterable

from prefork import Listener, TcpAddress

__all__ = ["urls_of"]


def urls_of(listeners: Iterable[Listener]) -> tuple[str, ...]:
    """Return `http://127.0.0.1:8000`, `http://[::1]:8000`, `unix:PATH` or `fd://N` for each."""
    return tuple(
        f"http://{listener.name}" if isinstance(listener.address, TcpAddress) else listener.name
        for listener in listeners
    )
