"""What a process says of its start is in the form that the options ask for."""

import json

import pytest

from h2corn._announcement import announce, failure_event
from h2corn.config import Config

URLS = ["http://127.0.0.1:8000", "unix:/a b"]


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    announce(URLS, Config(http1=False))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith("HTTP/2 cleartext ASGI")
    assert lines[1:] == [f"Listening on {url}" for url in URLS]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    announce(URLS, Config(log_format="json"))
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["event"] for event in events] == ["starting", "listening", "listening"]
    assert events[0]["http1"] is True
    assert [event["url"] for event in events[1:]] == URLS


def test_what_a_failure_is_called() -> None:
    assert failure_event(Config()) == ""
    assert failure_event(Config(log_format="json")) == "worker_failed"
