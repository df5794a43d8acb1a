"""What is believed of all that fields can hold. The table of forwarding has the rules."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis.strategies import binary, lists, sampled_from, tuples

from asgi_bridge import TrustedPeers
from asgi_bridge._forwarded import FIELDS, MAX_HOPS, believe

PROXIES = TrustedPeers(["10.0.0.0/8"])
PIECES = sampled_from(
    [
        b"10.0.0.1",
        b"203.0.113.9",
        b", ",
        b"for=",
        b"proto=",
        b"https",
        b";",
        b'"',
        b"/a",
        b":80",
        b"x",
    ]
)


@given(
    lists(
        tuples(sampled_from([*FIELDS.values()]), binary(max_size=9) | lists(PIECES).map(b"".join)),
        max_size=6,
    )
)
def test_whatever_they_hold_is_believed_in_part_or_not_at_all(
    fields: list[tuple[bytes, bytes]],
) -> None:
    for selected in (["forwarded"], [name for name in FIELDS if name != "forwarded"]):
        believed = believe(fields, selected, PROXIES, walks=True)
        if believed.client is not None:
            assert ip_address(believed.client[0])
        for name, value in believed.kept:
            assert any(
                name == other and whole.endswith(value) for other, whole in map(stripped, fields)
            )


def stripped(field: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    name, value = field
    return name, value.rstrip(b" \t")


def test_that_a_walk_is_bounded() -> None:
    fields = [(b"x-forwarded-for", b"10.0.0.1")] * 10_000
    believed = believe(fields, ["for"], PROXIES, walks=True)
    assert len(believed.kept) == MAX_HOPS


def test_that_nothing_is_done_to_fields_in_which_all_is_believed() -> None:
    fields = ((b"x-forwarded-proto", b"https"), (b"x-forwarded-for", b"203.0.113.9"))
    assert believe(fields, ["for", "proto"], PROXIES, walks=True).is_all
    assert not believe(fields, ["proto"], PROXIES, walks=True).is_all
