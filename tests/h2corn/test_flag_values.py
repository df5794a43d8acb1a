"""The texts of flags become values."""

from h2corn._flag_values import FlagValue, flag_layer
from h2corn._options import Fault
from h2corn.config import OPTIONS


def test_values_and_their_places() -> None:
    given: dict[str, FlagValue] = {
        "workers": "3",
        "http1": False,
        "bind": ["a:1", "b:1"],
        "umask": "027",
        "pid": "",
    }
    found = flag_layer(OPTIONS, given)
    values = {"workers": 3, "http1": False, "bind": ("a:1", "b:1"), "umask": 0o27, "pid": None}
    assert found.values == values
    assert found.places["workers"] == "--workers"
    assert found.faults == []


def test_what_is_wrong() -> None:
    found = flag_layer(OPTIONS, {"workers": "x", "bind": ["a:1"], "port": "1"})
    assert found.faults == [
        Fault("workers", "must be a whole number, not 'x'", "--workers"),
        Fault("bind", "cannot be combined with --host or --port", "--bind"),
    ]
    assert found.values == {"bind": ("a:1",)}
