"""A response goes through, and its fields are remembered."""

import io

import pytest

from h2corn._response_fields import SeenSink
from tests.asgi_bridge.fakes import Sink

FIELDS = [(b"a", b"1"), (b"b", b"2")]


def test_what_is_sent_goes_through() -> None:
    sink = Sink()
    seen = SeenSink(sink)
    assert seen.fields == []
    seen.start(200, FIELDS, False)
    seen.data(b"body", True)
    assert sink.calls == [("start", 200, FIELDS, False), ("data", b"body", True)]
    assert seen.fields == FIELDS
    assert seen.bytes_sent == sink.bytes_sent


def test_a_head_that_is_refused_is_not_remembered() -> None:
    sink = Sink()
    sink.refusal = ValueError("no")
    seen = SeenSink(sink)
    with pytest.raises(ValueError, match="no"):
        seen.start(200, FIELDS, True)
    assert seen.fields == []


def test_what_is_asked_of_it_is_asked_of_the_wire() -> None:
    sink = Sink()
    seen = SeenSink(sink)
    for name in ("weight", "depends_on", "urgency", "incremental", "can_trailers"):
        assert getattr(seen, name) == getattr(sink, name)
    assert seen.file(io.FileIO(0, closefd=False), 0, 1, True) is None
