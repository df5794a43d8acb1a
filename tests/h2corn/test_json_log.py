"""Each event is one line and one JSON object, whatever is in it."""

import json
import logging
import os
import re

from hypothesis import given
from hypothesis import strategies as st

from h2corn._access_line import client_text
from h2corn._json_log import JsonForm, event_line, record_line
from h2corn._log_entry import Entry
from h2corn._query_mask import QueryMask

ENTRY = Entry(
    client_text(("192.0.2.1", 5)), b"GET", b"/?key=1", "2", 200, 0.0012346, 25, 5, [(b"a", b"b")]
)


def test_an_event() -> None:
    event = json.loads(event_line("listening", {"url": "http://é"}))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event.pop("time"))
    assert event == {
        "level": "info",
        "event": "listening",
        "pid": os.getpid(),
        "url": "http://é",
    }


def test_a_request() -> None:
    event = json.loads(JsonForm(QueryMask(["key"]))(ENTRY))
    assert event["event"] == "request"
    assert {key: event[key] for key in list(event)[4:]} == {
        "client": "192.0.2.1:5",
        "method": "GET",
        "target": "/?key=***",
        "protocol": "HTTP/2",
        "status": 200,
        "duration_ms": 1.235,
        "rx_bytes": 5,
        "tx_bytes": 25,
    }


def test_a_websocket_that_is_over() -> None:
    event = json.loads(JsonForm()(ENTRY._replace(is_closed_websocket=True, status=1001)))
    assert (event["event"], event["close_code"]) == ("websocket_closed", 1001)
    assert "status" not in event


def test_a_record_has_its_own_event() -> None:
    record = logging.LogRecord("h2corn", logging.INFO, "", 1, "Started worker [%s]", (7,), None)
    record.__dict__.update(event="worker_started", worker_pid=7)
    event = json.loads(record_line(record))
    assert (event["event"], event["worker_pid"]) == ("worker_started", 7)
    assert event["detail"] == "Started worker [7]"


def test_records_without_one() -> None:
    record = logging.LogRecord("h2corn", logging.WARNING, "", 1, "a", (), None)
    event = json.loads(record_line(record))
    assert (event["level"], event["event"], event["detail"]) == ("warning", "warning", "a")


@given(st.binary(), st.binary(), st.binary())
def test_any_request_is_one_line_of_printable_ascii(
    method: bytes, target: bytes, value: bytes
) -> None:
    names = (b"x-request-id", b"traceparent")
    fields = [(name, value) for name in names]
    line = JsonForm()(ENTRY._replace(method=method, target=target, fields=fields))
    assert line.isascii()
    assert line.isprintable()
    event = json.loads(line)
    assert event["method"].encode("latin-1") == method
    assert event["target"].encode("latin-1") == target


@given(st.text())
def test_any_message_is_one_line_of_printable_ascii(text: str) -> None:
    line = record_line(logging.LogRecord("h2corn", logging.ERROR, "", 1, "%s", (text,), None))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["detail"] == text
