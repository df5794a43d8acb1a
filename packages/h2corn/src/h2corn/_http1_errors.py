"""Owns the error that carries a refusal from where a request is read to where it is answered.

Does not leave the HTTP/1 modules: a peer's fault becomes a response and a closed connection, never
an exception to the caller.
"""

__all__ = ["BadRequestError"]


class BadRequestError(Exception):
    """The peer's bytes are not a request that is served.

    Attributes:
        status: status of the answer, 400 to 505.
        reason: which rule was broken, for the answer's body and for a log; never the peer's words.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
