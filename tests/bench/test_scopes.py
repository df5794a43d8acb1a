"""What forwarding is measured with is a head as Envoy sends it, of one client after another."""

import pytest

from bench.forwarding import BAR, judge
from bench.micro.exchange import Sink
from bench.micro.scopes import CLIENTS, OURS, PLAIN, ROWS, builder, heads


@pytest.mark.parametrize("row", ROWS)
def test_what_is_said_is_followed(row: str) -> None:
    made = heads(row)
    clients = set()
    for head in made:
        before = head.headers.copy()
        plain = builder(row, PLAIN).http(head, Sink("2"))
        assert (plain["client"], plain["headers"]) == (("127.0.0.1", 40_000), before)
        clients.add(builder(row, OURS).http(head, Sink("2"))["client"])
        if len(clients) > 1:
            break
    assert len(clients) == (1 if row == "no such fields" else 2)
    assert len(made) > CLIENTS


def test_the_difference_is_judged() -> None:
    assert judge("a", [(4.9, 5.0 - BAR)] * 7)["is_met"]
    assert not judge("a", [(5.1, 5.0 - BAR)] * 7)["is_met"]
