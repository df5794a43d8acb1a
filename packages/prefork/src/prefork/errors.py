"""Owns the exceptions that prefork raises.

Does not own what workers raise: that ends them, and the supervisor says so.

    PreforkError
    |-- ListenError        an address cannot be listened on
    `-- UnsupportedError   this platform lacks what was asked for
"""

import errno
from typing import Final

__all__ = ["ListenError", "PreforkError", "UnsupportedError"]


class PreforkError(Exception):
    """Base of every exception of this package. Its text is for the operator."""


class ListenError(PreforkError, OSError):
    """An address cannot be listened on. Its text is one line that names the address."""

    def __init__(self, address: object, reason: OSError | str) -> None:
        if isinstance(reason, OSError):
            text = (reason.strerror or str(reason)).lower()
            super().__init__(reason.errno, f"cannot listen on {address}: {text}")
        else:
            super().__init__(errno.EINVAL, f"cannot listen on {address}: {reason}")
        self.address: Final = address

    def __str__(self) -> str:
        """Return the text without the error number."""
        return str(self.strerror)


class UnsupportedError(PreforkError):
    """This platform cannot do what was asked for; the text says what would be needed."""
