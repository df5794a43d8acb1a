"""What the bridge is measured with is a response, checked, over heads as proxies send them."""

import asyncio
import sys

import pytest

from bench.micro.exchange import BODY, EMPTY, FIELDS, Bench, Sink, check, make_head


@pytest.mark.parametrize(("version", "count"), [("1.1", 12), ("2", 16)])
def test_heads_are_those_of_a_proxy(version: str, count: int) -> None:
    head = make_head(version)
    assert (head.method, head.target[:5]) == (b"GET", b"/get?")
    assert len(head.headers) == count
    assert [name for name, _ in head.headers].count(b"host") == 1
    assert not [name for name, _ in head.headers if name.startswith(b":")]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="what is measured are eager tasks")
def test_turns_answer_all_requests() -> None:
    async def main() -> None:
        bench = Bench(asyncio.get_running_loop(), 20)
        for name in ("1.1", "2", EMPTY):
            assert bench.turn(name) > 0

    asyncio.run(main())


def answered() -> Sink:
    sink = Sink("2")
    sink.start(200, [*FIELDS, (b"date", b"today")], end=False)
    sink.data(BODY, end=True)
    sink.finish()
    return sink


def test_the_right_answer_passes() -> None:
    check(answered())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("head", (500, [*FIELDS, (b"date", b"today")])),
        ("head", (200, FIELDS)),
        ("body", b"Hello"),
        ("is_ended", False),
        ("is_finished", False),
    ],
    ids=["status", "date", "body", "end", "finish"],
)
def test_a_wrong_answer_does_not(name: str, value: object) -> None:
    sink = answered()
    setattr(sink, name, value)
    with pytest.raises(AssertionError):
        check(sink)
