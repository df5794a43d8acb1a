"""The limits of a connection: what they are unless somebody says otherwise."""

import dataclasses

import pytest

from h2corn._http1_limits import Http1Limits

KIB = 1024


def test_defaults() -> None:
    assert dataclasses.asdict(Http1Limits()) == {
        "max_request_line": 16 * KIB,
        "max_head": KIB * KIB,
        "max_fields": 100,
        "max_field": 32 * KIB,
        "max_chunk_line": 256,
        "max_chunk_extensions": 16 * KIB,
        "max_trailers": 8 * KIB,
        "max_unread_body": 64 * KIB,
        "max_pipelined": 64 * KIB,
        "max_queued_output": 64 * KIB,
        "max_discarded_body": 256 * KIB,
        "timeout_keep_alive": 120.0,
        "timeout_request_header": 10.0,
        "timeout_request_body_idle": 60.0,
        "timeout_response_stall": 60.0,
    }


def test_limits_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Http1Limits().max_head = 1  # type: ignore[misc]


NAMES = [field.name for field in dataclasses.fields(Http1Limits)]


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("max_")])
def test_every_limit_lets_something_pass(name: str) -> None:
    assert getattr(Http1Limits(**{name: 1}), name) == 1
    with pytest.raises(ValueError, match=name):
        Http1Limits(**{name: 0})


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("timeout_")])
def test_a_time_of_0_is_none(name: str) -> None:
    limits = Http1Limits(**{name: 0})
    assert getattr(limits, name) == 0
    for wrong in (-0.1, float("nan")):
        with pytest.raises(ValueError, match=name):
            Http1Limits(**{name: wrong})  # type: ignore[arg-type]
