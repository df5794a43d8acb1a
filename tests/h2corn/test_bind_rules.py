"""`bind`, `host` and `port` agree, or it is said why they cannot."""

import pytest

from h2corn._bind_rules import DEFAULT_BIND, UNSETTLED, Binding, settle


def faults(asked: Binding, before: Binding = UNSETTLED) -> list[str]:
    return [str(fault) for fault in settle(asked, before)[1]]


@pytest.mark.parametrize(
    ("asked", "settled"),
    [
        (UNSETTLED, Binding(DEFAULT_BIND, "127.0.0.1", 8000)),
        (Binding(DEFAULT_BIND, None, 9), Binding(("127.0.0.1:9",), "127.0.0.1", 9)),
        (Binding(DEFAULT_BIND, None, 0), Binding(("127.0.0.1:0",), "127.0.0.1", 0)),
        (Binding(DEFAULT_BIND, "::", None), Binding(("[::]:8000",), "::", 8000)),
        (Binding(DEFAULT_BIND, "[::]", 9), Binding(("[::]:9",), "::", 9)),
        (Binding(("[::1]:9",), None, None), Binding(("[::1]:9",), "::1", 9)),
        (Binding(("a:9",), "a", 9), Binding(("a:9",), "a", 9)),
        (Binding(("a:09",), None, None), Binding(("a:9",), "a", 9)),
        (Binding(("unix:x",), None, None), Binding(("unix:x",), None, None)),
        (Binding(("a:9", "fd://3"), None, None), Binding(("a:9", "fd://3"), None, None)),
        (Binding(("a:0", "a:0"), None, None), Binding(("a:0", "a:0"), None, None)),
    ],
)
def test_a_new_binding_settles(asked: Binding, settled: Binding) -> None:
    assert settle(asked, UNSETTLED) == (settled, [])


BEFORE = Binding(("a:9",), "a", 9)


@pytest.mark.parametrize(
    ("asked", "settled"),
    [
        (BEFORE, BEFORE),
        (BEFORE._replace(port=10), Binding(("a:10",), "a", 10)),
        (BEFORE._replace(host="b"), Binding(("b:9",), "b", 9)),
        (BEFORE._replace(host="b", port=10), Binding(("b:10",), "b", 10)),
        (BEFORE._replace(host=None, port=None), BEFORE),
        (BEFORE._replace(bind=("b:10",)), Binding(("b:10",), "b", 10)),
        (BEFORE._replace(bind=("unix:x",)), Binding(("unix:x",), None, None)),
    ],
)
def test_a_settled_binding_takes_what_has_changed(asked: Binding, settled: Binding) -> None:
    assert settle(asked, BEFORE) == (settled, [])


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        (Binding(("a:9",), "b", None), UNSETTLED),
        (Binding(("a:9",), None, 10), UNSETTLED),
        (Binding(("unix:x",), None, 10), UNSETTLED),
        (Binding(("a:9", "b:9"), "a", None), UNSETTLED),
        (Binding((), "a", None), UNSETTLED),
        (Binding(("b:9",), "c", 9), BEFORE),
    ],
)
def test_two_that_disagree(asked: Binding, before: Binding) -> None:
    assert faults(asked, before) == ["bind: cannot be combined with host or port"]


def test_every_wrong_address_is_a_fault() -> None:
    found = faults(Binding(("x", "a:1", "b:y"), None, None))
    assert len(found) == 2
    assert found[0].startswith("bind: 'x' is not an address")
    assert found[1].startswith("bind: 'b:y' has no port")


def test_a_wrong_host_is_a_fault_of_the_host() -> None:
    assert faults(UNSETTLED._replace(host="a b")) == [
        "host: 'a b' is not a host name or an IP address"
    ]


@pytest.mark.parametrize(
    ("bind", "message"),
    [
        ((), "bind: must name at least one address"),
        (("a:0", "a:9"), "bind: cannot mix port 0 with explicit ports"),
        (("a:9", "b:9", "a:9"), "bind: has 'a:9' more than once"),
        (("a:0", "a:0", "unix:x", "unix:x"), "bind: has 'unix:x' more than once"),
    ],
)
def test_addresses_that_do_not_go_together(bind: tuple[str, ...], message: str) -> None:
    assert faults(Binding(bind, None, None)) == [message]
