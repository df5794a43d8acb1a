"""Owns what is broken: which statements and conditions of which modules, one at a time.

Does not run anything.
"""

import ast
from collections.abc import Iterator
from typing import Final

from tests.mutations import broken_conditions, never

MODULES: Final = (
    "_http1_head",
    "_http1_fields",
    "_http1_section",
    "_http1_chunked",
    "_http1_input",
)
"""What decides whether bytes are a request that is served."""


def candidates(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Break a module in every place where it refuses, or decides whether to, once each.

    Taken out are: each statement that raises or notes a fault; each part of a condition; and limits
    and bounds are moved by one.
    """
    yield from never(source, _is_refusal)
    yield from broken_conditions(source)


def _is_refusal(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return node.exc is not None and "BadRequestError" in ast.unparse(node.exc)
    return isinstance(node, ast.Assign) and ast.unparse(node).startswith(
        "self.fault = BadRequestError"
    )


_LINE: Final = r'''rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!\"$-~]+) HTTP/1\.([01])\r\n"'''
_TARGET: Final = r"""([!\"$-~]+) HTTP/1\.([01])"""
_HOST: Final = r"""[A-Za-z0-9\-._~%!$&'()*+,;=]"""
_TEXT: Final = r"""b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))"""
_LENGTH: Final = 'rb"[0-9]{1,18}"'
CHUNK_LINE: Final = r'''rb"([0-9A-Fa-f]{1,16})(?:" + _EXTENSION + rb")*\r\n"'''


def _lines(new: str) -> tuple[str, str, str]:
    return "_http1_head", _LINE, f'rb"{new}"'


def _target(new: str) -> tuple[str, str, str]:
    return "_http1_head", _TARGET, new


def _length(new: str) -> tuple[str, str, str]:
    return "_http1_head", _LENGTH, f'rb"{new}"'


def _host(new: str) -> tuple[str, str, str]:
    return "_http1_fields", _HOST, f"[{new}{_HOST[1:]}"


def _text(new: str) -> tuple[str, str, str]:
    return "_http1_fields", _TEXT, f"{_TEXT} + {new}"


def _chunk(new: str) -> tuple[str, str, str]:
    return "_http1_chunked", CHUNK_LINE, f'rb"{new}"'


REPLACED: Final = (
    # Request lines.
    _lines(r"([^ \r\n]+) ([!\"$-~]+) HTTP/1\.([01])\r\n"),
    _lines(r"([!#$%&'*+\-.^_`|~0-9A-Za-z(:/]+) ([!\"$-~]+) HTTP/1\.([01])\r\n"),
    _lines(r" ?([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!\"$-~]+) HTTP/1\.([01])\r\n"),
    _lines(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) +([!\"$-~]+) HTTP/1\.([01])\r\n"),
    _lines(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t\x0c]([!\"$-~]+) HTTP/1\.([01])\r\n"),
    _target(r"([!\"$-~]+) +HTTP/1\.([01])"),
    _target(r"([!\"$-~]+)[ \t]HTTP/1\.([01])"),
    _target(r"([!-~]+) HTTP/1\.([01])"),
    _target(r"([!\"$-\x7f]+) HTTP/1\.([01])"),
    _target(r"([!\"$-~\x80-\xff]+) HTTP/1\.([01])"),
    _target(r"([\x00!\"$-~]+) HTTP/1\.([01])"),
    _target(r"([\x1b!\"$-~]+) HTTP/1\.([01])"),
    _target(r"([ !\"$-~]+) HTTP/1\.([01])"),
    _target(r"([!\"$-~]+) (?i:HTTP)/1\.([01])"),
    _target(r"([!\"$-~]+) HT+P/1\.([01])"),
    _target(r"([!\"$-~]+) HTTP/ ?1\.([01])"),
    _target(r"([!\"$-~]+) HTTP/1.([01])"),
    _target(r"([!\"$-~]+) HTTP/1\.?([01])"),
    _target(r"([!\"$-~]+) HTTP/\+?1\.([01])"),
    _target(r"([!\"$-~]+) HTTP/1+\.([01])"),
    _target(r"([!\"$-~]+) HTTP/[0-9]\.([01])"),
    _target(r"([!\"$-~]+) HTTP/1\.([01])(?:\.1)?"),
    _target(r"([!\"$-~]+) HTTP/1\.([01])[0-9]*"),
    _target(r"([!\"$-~]+) HTTP/1\.([01])[ \t\r]?"),
    ("_http1_head", r"""HTTP/1\.([01])\r\n""", r"""HTTP/1\.([01])\r?\n"""),
    ("_http1_head", "_VERSIONS[minor])", '"1.1")'),
    ("_http1_head", r"HTTP/[0-9]\.[0-9]\r\n", r"HTTP/[0-8]\.[1]\r\n"),
    # Targets.
    ("_http1_head", 'rb"[Hh][Tt][Tt][Pp][Ss]?://(" + HOST', 'rb"[A-Za-z]+://(" + HOST'),
    ("_http1_head", 'rb"[Hh][Tt][Tt][Pp][Ss]?://(" + HOST', 'rb"http://(" + HOST'),
    ("_http1_head", 'rb"[Hh][Tt][Tt][Pp][Ss]?://(" + HOST', 'rb"https?:/{0,2}(" + HOST'),
    ("_http1_head", '[Ss]?://(" + HOST_PATTERN + rb"', '[Ss]?://((?:b@)?" + HOST_PATTERN + rb"'),
    ("_http1_head", '[Ss]?://(" + HOST_PATTERN + rb"', '[Ss]?://((?:" + HOST_PATTERN + rb")?'),
    ("_http1_head", "(?::[0-9]{0,5})?)((", "(?::[0-9]*)?)(("),
    ("_http1_head", "(?::[0-9]{0,5})?)((", "(?::[0-9b]*)?)(("),
    ("_http1_head", "(?:[/?].*)?", r"(?:[/?\\\\].*)?"),
    ("_http1_head", 'rb":[0-9]{1,5}"', 'rb":[0-9]{0,5}"'),
    ("_http1_head", 'rb":[0-9]{1,5}"', 'rb":[0-9]+"'),
    ("_http1_head", 'rb":[0-9]{1,5}"', 'rb":[0-9b]{1,5}"'),
    ("_http1_head", 'rb":[0-9]{1,5}"', 'rb"(?::[0-9]{1,5})?"'),
    ("_http1_head", "re.compile(HOST_PATTERN + rb", 're.compile(rb"(?:b@)?" + HOST_PATTERN + rb'),
    ("_http1_head", 'headers[position] = (b"host", authority)', "pass"),
    ("_http1_head", "head.authority = authority = match[1]", "authority = head.authority"),
    # Lengths and codings.
    _length("[0-9]{0,18}"),
    _length("[0-9]{1,19}"),
    _length("[0-9]+"),
    _length("[0-9]{1,3}"),
    _length("[+]?[0-9]{1,18}"),
    _length("-?[0-9]{1,18}"),
    _length("[0-9_]{1,18}"),
    _length("(?:0x)?[0-9]{1,18}"),
    ("_http1_head", "head.content_length = int(lengths[0])", "head.content_length = 0"),
    ("_http1_head", 'list_members(b",".join(codings))', "list_members(codings[-1])"),
    ("_http1_head", 'list_members(b",".join(codings))', "list_members(codings[0])"),
    # Lines and fields.
    ("_http1_fields", '9A-Za-z]+").fullmatch', '9A-Za-z ]+").fullmatch'),
    ("_http1_fields", '9A-Za-z]+").fullmatch', '9A-Za-z\\t]+").fullmatch'),
    ("_http1_fields", '9A-Za-z]+").fullmatch', '9A-Za-z\\r\\n]+").fullmatch'),
    ("_http1_fields", '9A-Za-z]+").fullmatch', '9A-Za-z\\x00]+").fullmatch'),
    ("_http1_fields", '9A-Za-z]+").fullmatch', '9A-Za-z\\x80-\\xff]+").fullmatch'),
    ("_http1_fields", '9A-Za-z]+").fullmatch', '9A-Za-z()/\\[\\]\\"]+").fullmatch'),
    ("_http1_fields", '9A-Za-z]+").fullmatch', '9A-Za-z]*").fullmatch'),
    ("_http1_fields", 'value = raw_value.strip(b" \\t")', "value = raw_value.strip()"),
    ("_http1_fields", 'value = raw_value.strip(b" \\t")', "value = raw_value"),
    ("_http1_fields", "name = raw_name.lower()", "name = raw_name"),
    ("_http1_fields", 'split(b"\\r\\n")', 'splitlines() + [b""]'),
    _text(r'b"\x00"'),
    _text(r'b"\r"'),
    _text(r'b"\n"'),
    _text(r'b"\x7f"'),
    _text(r'b"\x01"'),
    _text(r'b"\x08"'),
    _text(r'b"\x1b"'),
    _text(r'b"\x0b"'),
    ("_http1_fields", _TEXT, "bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))"),
    ("_http1_fields", _TEXT, 'b"\\t" + bytes(range(0x20, 0x7F))'),
    # Hosts.
    _host("@"),
    _host(":"),
    _host("/"),
    _host("?"),
    _host("#"),
    _host('\\"'),
    _host(" "),
    _host("\\t"),
    _host("\\\\\\\\"),
    _host("\\x80-\\xff"),
    _host("\\["),
    _host("\\]"),
    ("_http1_fields", r":.\-_~%]+\])", r":.\-_~%]*\])"),
    ("_http1_fields", r":.\-_~%]+\])", r":.\-_~%]+\]?)"),
    ("_http1_fields", "(?::[0-9]{0,5})?)?", "(?::[0-9]*)?)?"),
    ("_http1_fields", "(?::[0-9]{0,5})?)?", "(?::[0-9b+]{0,5})?)?"),
    ("_http1_fields", "(?::[0-9]{0,5})?)?", "(?::[0-9]{0,5})*)?"),
    ("_http1_fields", "(?::[0-9]{0,5})?)?", "(?::[0-9]{1,5})?)?"),
    ("_http1_fields", "(?::[0-9]{0,5})?)?", "(?::[0-9]{0,5})?)"),
    # Chunks.
    _chunk(r'([0-9A-Fa-f]{1,17})(?:" + _EXTENSION + rb")*\r\n'),
    _chunk(r'([0-9A-F]{1,16})(?:" + _EXTENSION + rb")*\r\n'),
    _chunk(r'([0-9A-Fa-f]{1,2})(?:" + _EXTENSION + rb")*\r\n'),
    _chunk(r"([0-9A-Fa-f]{1,16})\r\n"),
    _chunk(r'([0-9A-Fa-f]{1,16})(?:" + _EXTENSION + rb")*\r?\n'),
    _chunk(r"([0-9A-Fa-f]{1,16})(?:;[^\r\n]*)?\r\n"),
    _chunk(r'([0-9A-Fa-f]{1,16})(?:" + _EXTENSION + rb")?\r\n'),
    ("_http1_chunked", 'rb";" + _TOKEN', 'rb";+" + _TOKEN'),
    ("_http1_chunked", 'rb"|" + _QUOTED', 'rb"||" + _QUOTED'),
    ("_http1_chunked", 'rb"|" + _QUOTED + rb"))?"', 'rb"))?"'),
    ("_http1_chunked", r"|\\[\t -~\x80-\xff])*", ")*"),
    ("_http1_chunked", r"[\t !#-\[\]-~\x80-\xff]", r"[\t !#-\[\]-~]"),
    ("_http1_chunked", "self._parser.feed_data(memoryview(buffer)[start:end])", "pass"),
    ("_http1_chunked", "length = int(match[1], 16)", "length = int(match[1][-1:], 16)"),
    ("_http1_chunked", "end += length + 2", "end += length"),
    # What becomes of the connection.
    ("_http1_exchange", "if stream.closes or (", "if False or ("),
    ("_http1", "self._refuse(error)", "pass"),
    ("_http1_framing", "self.closes = not request.keep_alive", "self.closes = False"),
)
"""Module, text that stands in it once, and what takes its place: a pattern that lets more pass, or
less, or a decision about the connection."""
