"""Owns the exceptions that asgi_bridge raises, and tells which of an application's are no fault.

Does not own the built-in ones that `send` raises to the application: TypeError for a value of the
wrong type, ValueError for a malformed value, RuntimeError for a message out of order.

    BridgeError
    |-- ClientDisconnected     also an OSError: a message was sent after the client had left
    `-- LifespanError          the application did not start
"""

__all__ = ["BridgeError", "ClientDisconnected", "LifespanError", "is_departure"]


class BridgeError(Exception):
    """Base of every exception of this package; never raised itself."""


class ClientDisconnected(BridgeError, OSError):  # noqa: N818 - the name other servers gave it
    """The client left before the response was complete (ASGI HTTP 2.5, Disconnected Client).

    Also raised where a response that has no body (to HEAD, 204, 304) is given one without end.
    """


class LifespanError(BridgeError):
    """The application failed to start, or did not start in time; the text says why."""


def is_departure(error: BaseException | None) -> bool:
    """Tell whether an error of the application only says that its client has left.

    An application that lets `ClientDisconnected` pass is at no fault, nor is one that turns it
    into an exception of its own framework, and a log of every client that leaves is of no use.

    Args:
        error: what the application raised.

    Returns:
        True when the error, the one that it was raised from or while handling, or every member
        of an exception group is a `ClientDisconnected`.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_departure, error.exceptions))
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ClientDisconnected):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
