"""What is echoed is what the table says: texts of a size, each its own, that compress like JSON."""

import zlib

import pytest

from bench.echo.frames import Deflate
from bench.echo.messages import make_script, texts


@pytest.mark.parametrize("size", [64, 65536])
def test_texts_are_of_their_size_and_differ(size: int) -> None:
    found = texts(size, 20)
    assert {len(text) for text in found} == {size}
    assert len(set(found)) == 20
    assert found == texts(size, 20)
    for text in found:
        assert text.isascii()


def test_large_texts_compress_as_records_do_and_not_to_nothing() -> None:
    for text in texts(65536, 5):
        assert 3 < len(text) / len(zlib.compress(text)) < 12


@pytest.mark.parametrize("agreed", [None, Deflate()], ids=["plain", "deflated"])
def test_scripts_tell_what_comes_back(agreed: Deflate | None) -> None:
    script = make_script(64, 100, agreed)
    assert len(script) == 100
    assert script[0][1] == script[64][1]
    masks = {frame[2:6] for frame, _ in script}
    assert len(masks) > 90
