"""What is wrong with a policy, and that one can be kept and passed on."""

import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

import h2corn
from h2corn import Config, RequestPolicy
from h2corn.config import ConfigError


def faults(*policies: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config(request_policies=policies)
    return [str(fault) for fault in caught.value.faults]


def test_it_is_a_value() -> None:
    policy = RequestPolicy("/upload/*", max_request_body_size=5)
    assert h2corn.RequestPolicy is RequestPolicy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert len({policy, RequestPolicy("/upload/*", max_request_body_size=5)}) == 1
    with pytest.raises(FrozenInstanceError):
        policy.path = "/"  # type: ignore[misc]
    with pytest.raises(TypeError):
        RequestPolicy("/", 5)  # type: ignore[call-arg]


@pytest.mark.parametrize("path", ["/", "/a", "/a/", "/*", "/a/b/*", "/.well-known/*", "/\u00e4 b,"])
def test_paths(path: str) -> None:
    assert Config(request_policies=(RequestPolicy(path),)).request_policies[0].path == path


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", "start with a slash"),
        ("upload", "start with a slash"),
        ("*", "start with a slash"),
        ("/a*", "start with a slash"),
        ("/*/a", "start with a slash"),
        ("/a\n", "start with a slash"),
        ("/%61", "without encoding"),
        ("/a?b", "without encoding"),
        ("//a", "no empty segment"),
        ("/a//*", "no empty segment"),
        ("/a/../b", "no empty segment"),
        ("/./*", "no empty segment"),
    ],
)
def test_paths_that_are_none(path: str, wanted: str) -> None:
    (fault,) = faults(RequestPolicy("/fine"), RequestPolicy(path))
    assert fault.startswith("request_policies: entry 2: path: must ")
    assert wanted in fault


def test_all_faults_are_told_at_once() -> None:
    wrong = RequestPolicy("a", max_request_body_size=-1, timeout_request_body_idle=1e9)
    (fault,) = faults(wrong, "b")
    assert fault == (
        "request_policies: entry 1: path: must start with a slash, and may end in /*, not 'a'; "
        "entry 1: max_request_body_size: must be from 0 to 9223372036854775807, not -1; "
        "entry 1: timeout_request_body_idle: must be from 0 to 604800, not 1000000000; "
        "entry 2: must be a RequestPolicy, not 'b'"
    )


def test_there_may_be_so_many() -> None:
    policy = RequestPolicy("/a")
    assert Config(request_policies=(policy,) * 100)
    assert faults(*[policy] * 101) == ["request_policies: must be at most 100, not 101"]


def test_it_is_a_tuple() -> None:
    with pytest.raises(ConfigError, match="must be a tuple, not"):
        Config(request_policies=[])  # type: ignore[arg-type]
