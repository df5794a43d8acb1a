"""Owns the checksum of a header: CRC32C (RFC 4960, appendix B).

Does not know where in a header it stands.
"""

from typing import Final

__all__ = ["crc32c"]

POLYNOMIAL: Final = 0x82F63B78
"""Castagnoli's, with its bits reversed: the lowest bit of a byte comes first."""
ONES: Final = 0xFFFFFFFF


def _remainder(number: int) -> int:
    for _ in range(8):
        number = number >> 1 ^ (POLYNOMIAL if number & 1 else 0)
    return number


TABLE: Final = tuple(map(_remainder, range(256)))


def crc32c(data: bytes) -> int:
    """Return the CRC32C of some bytes, as a number of 32 bits."""
    remainder = ONES
    for byte in data:
        remainder = remainder >> 8 ^ TABLE[(remainder ^ byte) & 0xFF]
    return remainder ^ ONES
