"""Owns SETTINGS: the values announced to the peer and the values that it announced (section 6.5).

Does not act on them: what a new value changes is done by whoever keeps the thing changed.
"""

from typing import Final

from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from h2c_core import _frames
from h2c_core._hpack_table import DEFAULT_TABLE_SIZE
from h2c_core._limits import Limits
from h2c_core.errors import RemoteProtocolError

__all__ = [
    "DEFAULT_MAX_FRAME_SIZE",
    "DEFAULT_WINDOW",
    "MAX_WINDOW",
    "local_settings",
    "parse_settings",
]

DEFAULT_WINDOW: Final = 65535
DEFAULT_MAX_FRAME_SIZE: Final = 16384
MAX_WINDOW: Final = 2**31 - 1
LARGEST_MAX_FRAME_SIZE: Final = 2**24 - 1
SETTING_SIZE: Final = 6

HEADER_TABLE_SIZE: Final = int(SettingCodes.HEADER_TABLE_SIZE)
ENABLE_PUSH: Final = int(SettingCodes.ENABLE_PUSH)
MAX_CONCURRENT_STREAMS: Final = int(SettingCodes.MAX_CONCURRENT_STREAMS)
INITIAL_WINDOW_SIZE: Final = int(SettingCodes.INITIAL_WINDOW_SIZE)
MAX_FRAME_SIZE: Final = int(SettingCodes.MAX_FRAME_SIZE)
MAX_HEADER_LIST_SIZE: Final = int(SettingCodes.MAX_HEADER_LIST_SIZE)
ENABLE_CONNECT_PROTOCOL: Final = int(SettingCodes.ENABLE_CONNECT_PROTOCOL)
# RFC 9218 section 2.1; h2 has no name for it.
NO_RFC7540_PRIORITIES: Final = 9
_SWITCHES: Final = (ENABLE_PUSH, ENABLE_CONNECT_PROTOCOL, NO_RFC7540_PRIORITIES)


def local_settings(limits: Limits) -> bytes:
    """Return the SETTINGS frame that opens the server's half of the connection."""
    values = [
        (MAX_CONCURRENT_STREAMS, limits.max_concurrent_streams),
        (INITIAL_WINDOW_SIZE, limits.initial_stream_window),
        (MAX_FRAME_SIZE, limits.max_inbound_frame_size),
        (MAX_HEADER_LIST_SIZE, limits.max_header_list_size),
    ]
    if limits.enable_connect_protocol:
        values.append((ENABLE_CONNECT_PROTOCOL, 1))
    if limits.header_table_size != DEFAULT_TABLE_SIZE:
        values.append((HEADER_TABLE_SIZE, limits.header_table_size))
    return _frames.settings(values)


def parse_settings(data: bytes, start: int, stop: int) -> list[tuple[int, int]]:
    """Read the payload of a SETTINGS frame; unknown identifiers are kept for nobody to read.

    Raises:
        RemoteProtocolError: a length or a value that section 6.5 forbids.
    """
    if (stop - start) % SETTING_SIZE:
        msg = "SETTINGS payload is not a multiple of six bytes"
        raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR)
    values: list[tuple[int, int]] = []
    position = start
    while position < stop:
        identifier = data[position] << 8 | data[position + 1]
        value = data[position + 2] << 24 | _frames.uint24(data, position + 3)
        _check(identifier, value)
        values.append((identifier, value))
        position += SETTING_SIZE
    return values


def _check(identifier: int, value: int) -> None:
    if identifier == INITIAL_WINDOW_SIZE:
        if value > MAX_WINDOW:
            msg = "SETTINGS_INITIAL_WINDOW_SIZE above 2147483647"
            raise RemoteProtocolError(msg, ErrorCodes.FLOW_CONTROL_ERROR)
    elif identifier == MAX_FRAME_SIZE:
        if not DEFAULT_MAX_FRAME_SIZE <= value <= LARGEST_MAX_FRAME_SIZE:
            msg = "SETTINGS_MAX_FRAME_SIZE outside 16384 to 16777215"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR)
    elif identifier in _SWITCHES and value > 1:
        msg = "a SETTINGS value that must be 0 or 1 is neither"
        raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR)
