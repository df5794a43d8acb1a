"""Bytes that wait to be written: who is asked to write, and who has to wait."""

from io import FileIO

from h2corn._http1_output import Http1Output


class Writer:
    """Takes urgent output at once, or leaves it."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.calls: list[bool] = []
        self.written = b""
        self.writable = 0
        self.output = Http1Output(self, 10)
        self.output.waiter = self

    def wants_write(self, urgent: bool) -> None:
        self.calls.append(urgent)
        if urgent and self.takes:
            self.written += self.output.take()

    def make_transfer(self, file: FileIO, offset: int, count: int) -> None:
        raise AssertionError

    def unwritten(self) -> int:
        return len(self.written)

    def on_writable(self) -> None:
        self.writable += 1

    def on_data(self, chunk: bytes) -> None:
        raise AssertionError

    def on_end(self, trailers: list[tuple[bytes, bytes]]) -> None:
        raise AssertionError

    def on_reset(self, error_code: int) -> None:
        raise AssertionError


def test_first_output_is_told_of_once() -> None:
    writer = Writer()
    output = writer.output
    assert output.take() == b""
    assert output.send(b"a")
    assert output.send(b"b")
    output.announce()
    assert writer.calls == [False]
    assert output.take() == b"ab"
    assert output.send(b"c")
    assert writer.calls == [False, False]


def test_much_output_is_urgent_and_nobody_waits_when_it_is_taken() -> None:
    writer = Writer()
    assert writer.output.send(b"a" * 10)
    assert writer.output.send(b"b")
    assert writer.calls == [False, True]
    assert writer.written == b"a" * 10 + b"b"
    assert writer.writable == 0


def test_sender_waits_until_much_output_is_taken() -> None:
    writer = Writer(takes=False)
    assert not writer.output.send(b"a" * 11)
    assert writer.output.take() == b"a" * 11
    assert writer.writable == 1
    writer.output.send(b"a")
    writer.output.take()
    assert writer.writable == 1


def test_sender_waits_while_the_transport_is_full() -> None:
    writer = Writer()
    output = writer.output
    output.is_paused = True
    assert not output.send(b"a")
    assert output.take() == b"a"
    assert writer.writable == 0
    output.resume()
    assert writer.writable == 1
    output.resume()
    assert writer.writable == 1


def test_sender_waits_for_both() -> None:
    writer = Writer(takes=False)
    output = writer.output
    output.is_paused = True
    assert not output.send(b"a" * 11)
    output.resume()
    assert writer.writable == 0
    output.take()
    assert writer.writable == 1


def test_nobody_waits_any_more() -> None:
    writer = Writer(takes=False)
    writer.output.send(b"a" * 11)
    writer.output.waiter = None
    writer.output.take()
    assert writer.writable == 0


def test_change_without_output_is_told_of() -> None:
    writer = Writer()
    writer.output.announce()
    assert writer.calls == [False]


def test_output_from_inside_of_receive_data_is_not_told_of() -> None:
    writer = Writer()
    writer.output.send_quietly(b"a" * 11)
    assert writer.calls == []
    assert writer.output.take() == b"a" * 11


def test_large_part_is_not_copied() -> None:
    writer = Writer(takes=False)
    chunk = b"a" * 11
    writer.output.send(chunk)
    assert writer.output.take() is chunk


def test_what_the_client_takes_is_seen() -> None:
    writer = Writer()
    output = writer.output
    output.is_paused = True
    seen = {output.taken()}
    writer.written = b"abc"
    seen.add(output.taken())
    output.resume()
    seen.add(output.taken())
    assert len(seen) == 3
