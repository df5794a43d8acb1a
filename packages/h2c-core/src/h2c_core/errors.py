"""Owns the exceptions that h2c_core raises.

Does not own the error codes: those are `h2.errors.ErrorCodes`, the names of RFC 9113 section 7.

    H2CError
    |-- LocalProtocolError     the caller misused a stream; nothing was sent
    `-- RemoteProtocolError    the peer broke a rule that ends the connection
"""

from h2.errors import ErrorCodes

__all__ = ["H2CError", "LocalProtocolError", "RemoteProtocolError"]


class H2CError(Exception):
    """Base of every exception of this package; never raised itself."""


class LocalProtocolError(H2CError):
    """The caller asked for something that the stream's state does not allow."""


class RemoteProtocolError(H2CError):
    """The peer broke a rule of RFC 9113 that ends the whole connection (section 5.4.1).

    A GOAWAY frame with `error_code` is already among the bytes to send when this is raised.

    Attributes:
        error_code: the code that the GOAWAY frame carries.
        stream_id: the stream whose frame broke the rule, or None where no stream is concerned.
    """

    def __init__(self, message: str, error_code: ErrorCodes, stream_id: int | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.stream_id = stream_id

    def __reduce__(self) -> tuple[type["RemoteProtocolError"], tuple[str, ErrorCodes, int | None]]:
        """Keep code and stream when the error crosses a process boundary."""
        return type(self), (str(self), self.error_code, self.stream_id)
