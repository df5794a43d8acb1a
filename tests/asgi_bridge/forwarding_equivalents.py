"""Owns what is broken of forwarding by its text, and the mutants that no row can fail with.

Does not make mutants.
"""

from typing import Final

Replacement = tuple[str, str, str]


def _taken_out(module: str, *texts: str) -> tuple[Replacement, ...]:
    return tuple((module, text, "") for text in texts)


REPLACED: Final[tuple[Replacement, ...]] = (
    # Whom.
    ("_trust", 'EVERYBODY: Final = "*"', 'EVERYBODY: Final = "all"'),
    ("_trust", "strict=False", "strict=True"),
    ("_trust", "plain = unmapped(address)", "plain = address"),
    ("_trust", "network.prefixlen - _MAPPED_PREFIX", "0"),
    # Nodes.
    ("_nodes", 'r"\\[([0-9A-Fa-f:.]+)\\](?::(.*))?"', 'r"\\[?([0-9A-Fa-f:.]+)\\]?(?::(.*))?"'),
    ("_nodes", 'r"([0-9]+\\.[0-9.]+)(?::(.*))?"', 'r"([0-9]+\\.[0-9.]+)"'),
    ("_nodes", 'r"[0-9]{1,5}"', 'r"[0-9]{1,6}"'),
    ("_nodes", 'r"[0-9]{1,5}"', 'r"[+-]?[0-9]{1,5}"'),
    (
        "_nodes",
        'Final = re.compile(r"_[A-Za-z0-9._-]+").fullmatch',
        'Final = re.compile(r"_.*").fullmatch',
    ),
    ("_nodes", 'r"unknown|_[A-Za-z0-9._-]+"', 'r"unknown|_.*"'),
    ("_nodes", 'r"unknown|_[A-Za-z0-9._-]+"', 'r"_[A-Za-z0-9._-]+"'),
    ("_nodes", 'r"unknown|_[A-Za-z0-9._-]+"', 'r"unknown"'),
    ("_nodes", 'r"unknown|_[A-Za-z0-9._-]+"', 'r"[A-Za-z0-9._-]+"'),
    ("_nodes", ", re.IGNORECASE", ""),
    ("_nodes", "MAX_PORT: Final = 65_535", "MAX_PORT: Final = 65_534"),
    ("_nodes", "Node(unmapped(kind(text)), port)", "Node(kind(text), port)"),
    ("_nodes", 'None if "%" in text else _node', "_node"),
    # Elements.
    ("_forwarded_elements", "FIELD_SIZE: Final = 4096", "FIELD_SIZE: Final = 8192"),
    ("_forwarded_elements", "FIELD_SIZE: Final = 4096", "FIELD_SIZE: Final = 4095"),
    ("_forwarded_elements", r"\x23-\x5b\x5d-\x7e\x80-\xff]|\\", r"\x22-\x5b\x5d-\x7e\x80-\xff]|\\"),
    ("_forwarded_elements", r"\x23-\x5b\x5d-\x7e\x80-\xff]|\\", r"\x23-\x7e\x80-\xff]|\\"),
    ("_forwarded_elements", r"|\\[\t -~\x80-\xff])*", ")*"),
    ("_forwarded_elements", r'text = _unescape(rb"\1", text)', "pass"),
    ("_forwarded_elements", "rfind(b'=\"', 0, end - 1)", "find(b'=\"', 0, end - 1)"),
    ("_forwarded_elements", 'rfind(b"=", 0, end)', 'find(b"=", 0, end)'),
    ("_forwarded_elements", "is_value = _is_token(text)", "is_value = True"),
    ("_forwarded_elements", "is_value = _is_quoted(text)", "is_value = True"),
    ("_forwarded_elements", ".lstrip(_SPACE)", ""),
    ("_forwarded_elements", ".rstrip(_SPACE)", ""),
    ("_forwarded_elements", 'decode("ascii").lower()', 'decode("ascii")'),
    # What is believed.
    ("_forwarded", "MAX_HOPS: Final = 32", "MAX_HOPS: Final = 33"),
    ("_forwarded", "MAX_HOPS: Final = 32", "MAX_HOPS: Final = 31"),
    ("_forwarded", '"ws": "http", ', ""),
    ("_forwarded", ', "wss": "https"', ""),
    ("_forwarded", 'last = values[-1].rpartition(b",")[2]', 'last = values[0].rpartition(b",")[2]'),
    ("_forwarded", 'last = values[-1].rpartition(b",")[2]', 'last = values[-1].partition(b",")[0]'),
    ("_forwarded", "_SCHEMES.get(text.lower())", "_SCHEMES.get(text)"),
    ("_forwarded", 'element["proto"].lower() in', 'element["proto"] in'),
    (
        "_forwarded",
        "for place in reversed(range(len(values))):\n        value",
        "for place in range(len(values)):\n        value",
    ),
    ("_forwarded", 'value[start:end].strip(b" \\t")', "value[start:end]"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._-]{1,256}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._%-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._@-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._/-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._?-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._#-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._ -]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._\\x22-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._\\x80-\\xff-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._\\\\-]{1,255}"),
    ("_forwarded", "[A-Za-z0-9._-]{1,255}", "[A-Za-z0-9._-]*"),
    ("_forwarded", "(?:/(?:[A-Za-z0-9", "(?:/?(?:[A-Za-z0-9"),
    ("_forwarded", "|%[0-9A-Fa-f]{2})+)*", "|%[0-9A-Fa-f]*)+)*"),
    ("_forwarded", "|%[0-9A-Fa-f]{2})+)*", "|%[0-9A-Fa-f]{2})*)*"),
    ("_forwarded", "|%[0-9A-Fa-f]{2})+)*", ")+)*"),
    ("_forwarded", "*+;=:@-]|%", "*+;=:@?-]|%"),
    ("_forwarded", "*+;=:@-]|%", "*+;=:@#-]|%"),
    ("_forwarded", r"/\.{1,2}(?:/|\Z)|", r"/\.(?:/|\Z)|"),
    ("_forwarded", r"/\.{1,2}(?:/|\Z)|", r"/\.{2}(?:/|\Z)|"),
    ("_forwarded", r"/\.{1,2}(?:/|\Z)|", r"/\.{1,2}/|"),
    ("_forwarded", r"|//|", "|"),
    ("_forwarded", r"[\x00-\x1f\\\x7f]", r"[\\\x7f]"),
    ("_forwarded", r"[\x00-\x1f\\\x7f]", r"[\x00-\x1f\x7f]"),
    ("_forwarded", r"[\x00-\x1f\\\x7f]", r"[\x00-\x1f\\]"),
    ("_forwarded", 'text.removesuffix("/")', "text"),
    # Which of it is seen.
    *_taken_out(
        "_forwarding",
        '    b"front-end-https",\n',
        '    b"x-forwarded-by",\n',
        '    b"x-forwarded-protocol",\n',
        '    b"x-forwarded-scheme",\n',
        '    b"x-forwarded-server",\n',
        '    b"x-forwarded-ssl",\n',
        '    b"x-real-ip",\n',
        '    b"x-url-scheme",\n',
        '    b"cf-connecting-ip",\n',
        '    b"fastly-client-ip",\n',
        '    b"true-client-ip",\n',
        '    b"x-client-ip",\n',
        '    b"x-cluster-client-ip",\n',
        '        rb"x[_-]forwarded[_-].*",\n',
        'b"forwarded", ',
        ", re.MULTILINE",
    ),
    ("_forwarding", 'product((b"-", b"_"), repeat', 'product((b"-",), repeat'),
    ("_forwarding", 'rb"\\-", b"[_-]"', 'rb"\\-", b"-"'),
    ("_forwarding", "x[_-]forwarded[_-].*", "x-forwarded-.*"),
    ("_forwarding", "x[_-]forwarded[_-].*", "x[_-]forwarded.*"),
    ("_forwarding", "headers += believed.kept", "pass"),
    ("_forwarding", "return _STRANGER", "return self._guide"),
)

_SPEED: Final = "only saves work, and what it passes over comes to the same"
_MEMO: Final = "says what is worth remembering, and not what is right; `test_forwarding` counts"
_PEER: Final = "is about the peer of a connection; `test_trust` asks"
_MESSENGER: Final = "is about peers that may not name the client; `test_forwarding` asks"
_NONE: Final = "nothing that long, or that short, is one, whoever finds that out"

_BY_REASON: Final[dict[str, tuple[str, ...]]] = {
    _SPEED: (
        "_forwarding: if not found:\n    return None -> never",
        (
            "_forwarding: self._known.get(found) or self._learn(found)"
            " -> without self._known.get(found)"
        ),
    ),
    _MEMO: (
        (
            "_forwarding: size <= MAX_KNOWN_SIZE and len(found) <= MAX_KNOWN_FIELDS"
            " -> without size <= MAX_KNOWN_SIZE"
        ),
        (
            "_forwarding: size <= MAX_KNOWN_SIZE and len(found) <= MAX_KNOWN_FIELDS"
            " -> without len(found) <= MAX_KNOWN_FIELDS"
        ),
        "_forwarding: size <= MAX_KNOWN_SIZE -> size < MAX_KNOWN_SIZE",
        "_forwarding: len(found) <= MAX_KNOWN_FIELDS -> len(found) < MAX_KNOWN_FIELDS",
        "_forwarding: len(self._known) >= MAX_KNOWN -> len(self._known) > MAX_KNOWN",
    ),
    _PEER: (
        "_trust: plain = unmapped(address) -> plain = address",
        "_trust: self._everybody or self._unix -> without self._everybody",
        "_trust: self._everybody or self._unix -> without self._unix",
        "_trust: if host is None:\n    return self._everybody or self._unix -> never",
    ),
    _MESSENGER: ("_forwarded: key == 'forwarded' -> key != 'forwarded' (2)",),
    _NONE: (
        "_nodes: len(text) > NODE_SIZE -> len(text) >= NODE_SIZE",
        "_nodes: len(text) > NODE_SIZE -> len(text) >= NODE_SIZE (2)",
        "_nodes: if len(text) > NODE_SIZE:\n    return None -> never (2)",
        "_forwarded_elements: end >= 0 -> end > 0",
        "_forwarded_elements: equals < 0 -> equals <= 0",
    ),
}

EQUIVALENT: Final = {name: reason for reason, names in _BY_REASON.items() for name in names}
