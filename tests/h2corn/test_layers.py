"""Sources lie over one another, option by option; listeners are one thing."""

from functools import partial
from typing import Any

import pytest

from h2corn._layers import Layer, laid_over
from h2corn._options import Fault


def layer(**values: Any) -> Layer:
    made = Layer(lambda name: f"<{name}>")
    for name in values:
        made.take(name, f"at {name}", partial(values.__getitem__, name))
    return made


def fail() -> object:
    raise ValueError("is wrong")


def test_what_is_wrong_has_its_place_and_no_value() -> None:
    found = Layer()
    found.take("backlog", "--backlog", fail)
    assert found.values == {}
    assert found.places == {"backlog": "--backlog"}
    assert found.faults == [Fault("backlog", "is wrong", "--backlog")]


def test_the_upper_one_wins() -> None:
    lower, upper = layer(backlog=1, workers=2), layer(workers=3)
    upper.places["workers"] = "above"
    found = laid_over(lower, upper)
    assert found.values == {"backlog": 1, "workers": 3}
    assert found.places == {"backlog": "at backlog", "workers": "above"}
    assert lower.values == {"backlog": 1, "workers": 2}


def test_what_is_wrong_with_either_is_told() -> None:
    lower, upper = Layer(), Layer()
    lower.take("a", "lower", fail)
    upper.take("b", "upper", fail)
    assert [fault.source for fault in laid_over(lower, upper).faults] == ["lower", "upper"]


@pytest.mark.parametrize(
    ("lower", "upper", "values"),
    [
        ({"bind": ("a:1", "b:2")}, {"bind": ("c:3",)}, {"bind": ("c:3",)}),
        ({"host": "a", "port": 1}, {"bind": ("c:3",)}, {"bind": ("c:3",)}),
        ({"bind": ("a:1",)}, {"host": "c"}, {"host": "c", "port": 1}),
        ({"bind": ("[::1]:1",)}, {"port": 2}, {"host": "::1", "port": 2}),
        ({"host": "a"}, {"port": 2}, {"host": "a", "port": 2}),
    ],
)
def test_listeners(lower: dict[str, Any], upper: dict[str, Any], values: dict[str, Any]) -> None:
    found = laid_over(layer(**lower), layer(**upper))
    assert found.values == values
    assert found.faults == []


@pytest.mark.parametrize("bind", [("a:1", "b:2"), ("unix:x",), (), ("x",), "a:1", (1,)])
def test_what_host_and_port_cannot_change(bind: object) -> None:
    found = laid_over(layer(bind=bind), layer(port=2))
    text = "can be changed by <host> and <port> only where it is one TCP address"
    assert found.faults == [Fault("bind", text, "at bind")]


def test_listeners_that_do_not_go_together() -> None:
    both = layer(bind=("a:1",), host="a", port=1)
    both.settle_listeners()
    assert both.values == {"bind": ("a:1",)}
    assert both.faults == [Fault("bind", "cannot be combined with <host> or <port>", "at bind")]
    for fine in (layer(bind=("a:1",)), layer(host="a", port=1)):
        fine.settle_listeners()
        assert fine.faults == []
