"""Owns the measuring of proxyproto beside the rival `proxy-protocol`, in turns within one process.

Does not judge. Both read the same headers, which no header before was equal to: clients differ in
their ports, and each connection has an id of its own. What they read is compared outside the clock.
"""

import argparse
import gc
import importlib
import json
import time
from collections.abc import Callable
from typing import Protocol

from bench.rounds import paired
from proxyproto import Decoder, Header, Mode, TLVType, encode_v1, encode_v2

__all__ = ["OURS", "RIVAL", "headers", "main", "read_header", "read_result", "spend"]

OURS, RIVAL = "ours", "rival"
COUNT = 2_000
"""Headers of one turn."""
_MICROSECONDS = 1e6
SERVER = ("198.51.100.1", 443)

Read = Callable[[bytes], object]
Said = tuple[object, ...]


def headers(version: int) -> list[bytes]:
    """Return as many different headers as a turn needs; those of version 2 have three TLVs."""
    clients = [("203.0.113.7", 40_000 + number) for number in range(COUNT)]
    if version == 1:
        return [encode_v1(client, SERVER) for client in clients]
    return [
        encode_v2(
            client,
            SERVER,
            tlvs=[
                (TLVType.ALPN, b"h2"),
                (TLVType.AUTHORITY, b"example.com"),
                (TLVType.UNIQUE_ID, b"%016d" % client[1]),
            ],
        )
        for client in clients
    ]


def read_header(header: Header) -> Said:
    """Return all that the header says, as text where it is text."""
    return header.source, header.destination, header.alpn, header.authority, header.unique_id


class _TLVs(Protocol):
    alpn: object
    authority: object
    unique_id: object


class _Result(Protocol):
    """What the rival makes of a header."""

    peername: object
    sockname: object
    tlv: _TLVs


def read_result(result: _Result) -> Said:
    """Return the same of what the rival makes of it."""
    tlv = result.tlv
    return result.peername, result.sockname, tlv.alpn, tlv.authority, tlv.unique_id


def _ours(mode: Mode) -> Read:
    def read(data: bytes) -> object:
        return Decoder(mode).receive_data(data)

    return read


def _read_ours(data: bytes) -> object:
    header = Decoder(Mode.V2).receive_data(data)
    assert header is not None
    return read_header(header)


def _readers() -> dict[str, tuple[int, dict[str, Read]]]:
    # Of an environment that is not the one to work in.
    old = importlib.import_module("proxyprotocol.v1").ProxyProtocolV1()
    new = importlib.import_module("proxyprotocol.v2").ProxyProtocolV2()

    def read_rival(data: bytes) -> object:
        return read_result(new.unpack(data))

    def unpack_line(data: bytes) -> object:
        return old.unpack(data)

    return {
        "decode, version 2": (2, {OURS: _ours(Mode.V2), RIVAL: new.unpack}),
        "decode and read all, version 2": (2, {OURS: _read_ours, RIVAL: read_rival}),
        "decode, version 1": (1, {OURS: _ours(Mode.V1), RIVAL: unpack_line}),
    }


def spend(read: Read, data: list[bytes]) -> float:
    """Return the CPU microseconds of reading one header."""
    gc.collect()
    begin = time.process_time()
    for header in data:
        read(header)
    return (time.process_time() - begin) / len(data) * _MICROSECONDS


def _measure(ways: dict[str, Read], data: list[bytes], rounds: int) -> list[tuple[float, float]]:
    def turn(who: str) -> float:
        return spend(ways[who], data)

    return paired(turn, OURS, RIVAL, rounds)


def main() -> None:
    """Measure all rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, required=True)
    options = parser.parse_args()
    readers = _readers()
    _, both = readers["decode and read all, version 2"]
    for header in headers(2)[:10]:
        assert both[OURS](header) == both[RIVAL](header), header
    for name, (version, ways) in readers.items():
        pairs = _measure(ways, headers(version), options.rounds)
        print(json.dumps({"name": name, "pairs": pairs}), flush=True)


if __name__ == "__main__":
    main()
