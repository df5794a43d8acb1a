"""Owns the public names of h2c_core, an HTTP/2 server engine without input or output.

Does not contain code of its own.
"""

from h2.errors import ErrorCodes

from h2c_core import _connection
from h2c_core._connection import Connection
from h2c_core._frames import PREFACE
from h2c_core._limits import Limits
from h2c_core._request_head import Field, RequestHead
from h2c_core._requests import ConnectionHandler
from h2c_core._streams import Stream, StreamHandler
from h2c_core._version import __version__
from h2c_core.errors import H2CError, LocalProtocolError, RemoteProtocolError

__all__ = [
    "COMPILED",
    "PREFACE",
    "Connection",
    "ConnectionHandler",
    "ErrorCodes",
    "Field",
    "H2CError",
    "Limits",
    "LocalProtocolError",
    "RemoteProtocolError",
    "RequestHead",
    "Stream",
    "StreamHandler",
    "__version__",
]

COMPILED: bool = not _connection.__file__.endswith(".py")
"""Whether the engine runs as compiled by mypyc rather than as plain Python."""
