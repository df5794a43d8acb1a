"""Which policy goes for a path, however the path is written."""

import sys
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn import Config, RequestPolicy
from h2corn._policies import Policies, Rules, policies_of

OTHERS = Rules(100, 60.0, 60.0)


def limited(path: str, size: int) -> RequestPolicy:
    return RequestPolicy(path, max_request_body_size=size)


def size_at(path: str, *policies: RequestPolicy) -> int | None:
    rules = Policies(policies, OTHERS).find(path)
    return None if rules is None else rules.max_body_size


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/exact", 1),
        ("/exact/", None),
        ("/exact/below", None),
        ("/exactly", None),
        ("/Exact", None),
        ("/tree", 2),
        ("/tree/", 2),
        ("/tree/a/b", 2),
        ("/trees", None),
        ("/", None),
        ("*", None),
        ("", None),
    ],
)
def test_exact_paths_and_subtrees(path: str, size: int | None) -> None:
    assert size_at(path, limited("/exact", 1), limited("/tree/*", 2)) == size


@pytest.mark.parametrize("path", ["/", "/a", "/a/b/"])
def test_all_paths(path: str) -> None:
    assert size_at(path, limited("/*", 3)) == 3


def test_the_first_that_fits_goes() -> None:
    exact, tree, everything = limited("/a/b", 1), limited("/a/*", 2), limited("/*", 3)
    assert size_at("/a/b", exact, tree, everything) == 1
    assert size_at("/a/b", tree, exact, everything) == 2
    assert size_at("/a/b", everything, tree, exact) == 3
    assert size_at("/a/c", exact, tree, everything) == 2
    assert size_at("/c", exact, tree, everything) == 3
    assert size_at("/a/b", limited("/a/b", 4), exact) == 4


@pytest.mark.parametrize(
    "path",
    ["/wide/../tight", "/wide/./../tight", "/wide//../tight", "/tight/../wide", "//tight/../wide"],
)
def test_paths_that_lead_elsewhere_get_the_narrower_rules(path: str) -> None:
    policies = (limited("/wide/*", 0), limited("/tight/*", 5))
    assert size_at(path, *policies) == 5


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/wide/../other", 100),
        ("//wide/a", 100),
        ("/./wide/a", 100),
        ("/wide/a//b", sys.maxsize),
        ("/wide/./a/../b", sys.maxsize),
        ("/wide/.hidden", sys.maxsize),
        ("/../../x", 100),
    ],
)
def test_what_is_wider_goes_for_no_path_that_may_be_another(path: str, size: int) -> None:
    assert (size_at(path, limited("/wide/*", 0)) or OTHERS.max_body_size) == size


def test_doubled_slashes_do_not_pass_a_tight_policy() -> None:
    assert size_at("//tight", limited("/tight", 5)) == 5
    assert size_at("/tight//", limited("/tight/", 5)) == 5


def test_each_of_the_rules_is_the_narrower_one() -> None:
    policies = Policies(
        [
            RequestPolicy("/a/*", max_request_body_size=1, timeout_request_body_idle=0),
            RequestPolicy("/b/*", max_request_body_size=0, h2_timeout_response_stall=2),
        ],
        OTHERS,
    )
    assert policies.find("/a/../b/c") == Rules(1, 60.0, 2)
    assert policies.find("/a/x") == Rules(1, inf, 60.0)
    assert policies.sizes == {1, sys.maxsize, 100}


def test_what_a_policy_does_not_say_is_left_to_the_options() -> None:
    config = Config(
        max_request_body_size=0,
        timeout_request_body_idle=7,
        h2_timeout_response_stall=8,
        request_policies=(RequestPolicy("/a"), limited("/b", 9)),
    )
    policies = policies_of(config)
    assert policies is not None
    assert policies.find("/a") == Rules(sys.maxsize, 7, 8)
    assert policies.find("/b") == Rules(9, 7, 8)
    assert policies.find("/c") is None
    assert policies_of(Config()) is None


@given(st.lists(st.sampled_from(["tight", "wide", "a", ".", "..", "", "..."]), max_size=8))
def test_no_spelling_is_wider_than_where_it_leads(segments: list[str]) -> None:
    policies = (limited("/tight/*", 5), limited("/wide/*", 0))
    stack: list[str] = []
    for segment in segments:
        if segment == "..":
            stack = stack[:-1]
        elif segment not in {"", "."}:
            stack.append(segment)
    there = {"tight": 5, "wide": sys.maxsize}.get(stack[0] if stack else "", 100)
    size = size_at("/" + "/".join(segments), *policies)
    assert (100 if size is None else size) <= there
