"""Every option has a test of what it does to a running server."""

import ast
import re
from pathlib import Path

import pytest

from h2corn._options import Row
from h2corn.config import OPTIONS
from tests.server.option_tests import OPTION_TESTS

FOLDER = Path(__file__).parent


def test_every_option_is_listed() -> None:
    assert [row.name for row in OPTIONS] == list(OPTION_TESTS)


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: row.name)
def test_its_test_is_there_and_tells_of_it(row: Row) -> None:
    path, _, name = OPTION_TESTS[row.name].partition("::")
    source = (FOLDER / path).read_text(encoding="utf-8")
    (function,) = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    # Its decorators as well, and the whole of its first and last line.
    first = min([function.lineno, *(it.lineno for it in function.decorator_list)])
    text = "\n".join(source.splitlines()[first - 1 : function.end_lineno])
    flags = "|".join(re.escape(flag) for flag in (row.flag, row.negative_flag) if flag)
    assert re.search(rf"(?:{flags})(?![-\w])|(?<![a-z0-9]){row.name}(?![a-z0-9])", text)
