"""Sockets that a service manager passed are taken by the process that they were passed to."""

import pytest

from prefork._address import FdAddress
from prefork._systemd import FIRST_DESCRIPTOR, MOST_SOCKETS, inherited_addresses

PID = 4242


def test_one() -> None:
    environ = {"LISTEN_PID": str(PID), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"}
    assert inherited_addresses(environ, PID) == (FdAddress(3),)


def test_several() -> None:
    environ = {"LISTEN_PID": str(PID), "LISTEN_FDS": "3"}
    assert inherited_addresses(environ, PID) == (FdAddress(3), FdAddress(4), FdAddress(5))


def test_the_most() -> None:
    environ = {"LISTEN_PID": str(PID), "LISTEN_FDS": str(MOST_SOCKETS)}
    addresses = inherited_addresses(environ, PID)
    assert len(addresses) == MOST_SOCKETS
    assert addresses[-1] == FdAddress(FIRST_DESCRIPTOR + MOST_SOCKETS - 1)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": str(PID)},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": ""},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "0"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "-1"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "+1"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": " 1"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "1_0"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "\u0661"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "\u00b2"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "one"},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": str(MOST_SOCKETS + 1)},
        {"LISTEN_PID": str(PID), "LISTEN_FDS": "9" * 5000},
        {"LISTEN_PID": "", "LISTEN_FDS": "1"},
        {"LISTEN_PID": "self", "LISTEN_FDS": "1"},
        {"LISTEN_PID": "9" * 5000, "LISTEN_FDS": "1"},
        {"LISTEN_PID": str(PID + 1), "LISTEN_FDS": "1"},
    ],
)
def test_none(environ: dict[str, str]) -> None:
    assert inherited_addresses(environ, PID) == ()
