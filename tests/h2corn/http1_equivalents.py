"""Owns the mutants that no row of the table can fail with, and why that is so.

Does not make them.
"""

from typing import Final

from tests.h2corn.http1_mutations import CHUNK_LINE

_SPEED: Final = "only saves work, and what it passes over comes to the same"
_MEMO: Final = "bounds what is remembered, or says what is worth it, and not what is right"
_TIME: Final = "is asked for times and stops alone; their tests fail with it"
_TURN: Final = "bounds the work of one turn; tests that count turns fail with it"
_FIRST: Final = "differs where a line would end with its first byte, and none does"
_MORE: Final = "comes to the same when more has come, or finds nothing to do"
_TWICE: Final = "is checked twice: httptools refuses it as well"
_ANSWER: Final = "says whether a refusal has a body, as those of HEAD have not; `test_http1` asks"
_BARE: Final = CHUNK_LINE.replace(r"\r\n" + '"', r"\r?\n" + '"')
_OTHER: Final = "differs where two servers of one process have different limits"

_BY_REASON: Final[dict[str, tuple[str, ...]]] = {
    _SPEED: (
        "_http1_head: section.cookies > 1 -> section.cookies >= 1",
        (
            "_http1_fields: _known_names.get(raw_name) or _read_name(raw_name)"
            " -> without _known_names.get(raw_name)"
        ),
        (
            "_http1_fields: not value.decode('latin-1').isprintable()"
            " and value.translate(None, _TEXT) -> without not value.decode('latin-1').isprintable()"
        ),
        "_http1_section: meaning <= LINE_FLAGS -> meaning < LINE_FLAGS",
        (
            "_http1_input: buffer[start] == _CR and buffer.startswith(_CRLF, start)"
            " -> without buffer[start] == _CR"
        ),
    ),
    _MEMO: (
        (
            "_http1_fields: name not in _NEVER_KNOWN and len(line) <= _MAX_KNOWN_LINE"
            " -> without name not in _NEVER_KNOWN"
        ),
        (
            "_http1_fields: name not in _NEVER_KNOWN and len(line) <= _MAX_KNOWN_LINE"
            " -> without len(line) <= _MAX_KNOWN_LINE"
        ),
        "_http1_fields: len(name) <= _MAX_KNOWN_NAME -> len(name) < _MAX_KNOWN_NAME",
        "_http1_fields: len(line) <= _MAX_KNOWN_LINE -> len(line) < _MAX_KNOWN_LINE",
        "_http1_fields: len(line) <= _MAX_KNOWN_LINE -> len(line) < _MAX_KNOWN_LINE (2)",
        "_http1_fields: name not in _NEVER_KNOWN -> name in _NEVER_KNOWN",
        (
            "_http1_fields: len(KNOWN_LINES) >= _MAX_KNOWN_LINES"
            " -> len(KNOWN_LINES) > _MAX_KNOWN_LINES"
        ),
        (
            "_http1_fields: len(_known_names) >= _MAX_KNOWN_NAMES"
            " -> len(_known_names) > _MAX_KNOWN_NAMES"
        ),
        (
            "_http1_fields: len(KNOWN_SPECIAL_LINES) >= _MAX_KNOWN_SPECIAL_LINES"
            " -> len(KNOWN_SPECIAL_LINES) > _MAX_KNOWN_SPECIAL_LINES"
        ),
        "_http1_section: len(text) <= _MAX_KNOWN_SECTION -> len(text) < _MAX_KNOWN_SECTION",
        "_http1_section: len(text) <= _MAX_KNOWN_SECTION -> len(text) < _MAX_KNOWN_SECTION (2)",
        (
            "_http1_section: len(_known_sections) >= _MAX_KNOWN_SECTIONS"
            " -> len(_known_sections) > _MAX_KNOWN_SECTIONS"
        ),
    ),
    _OTHER: (
        (
            "_http1_section: len(section.fields) > limits.max_fields"
            " -> len(section.fields) >= limits.max_fields"
        ),
        "_http1_section: raise BadRequestError(431, 'too many header fields') -> never",
    ),
    _TURN: (
        "_http1_chunked: end <= size and (not self._is_last) and left -> without left",
        "_http1_chunked: not left and end < size and (not self._is_last) -> without end < size",
        (
            "_http1_chunked: not left and end < size and (not self._is_last)"
            " -> without not self._is_last"
        ),
        "_http1_chunked: end < size -> end <= size",
    ),
    _MORE: (
        "_http1_chunked: end > start -> end >= start",
        "_http1_chunked: self._is_last and self.fault is None -> without self._is_last",
        "_http1_chunked: self._is_last and self.fault is None -> without self.fault is None",
        "_http1_chunked: end <= size and (not self._is_last) and left -> without end <= size",
        "_http1_chunked: end <= size -> end < size",
        "_http1_input: self.position < len(self.buffer) -> self.position <= len(self.buffer)",
    ),
    _FIRST: (
        "_http1_head: bare >= 0 -> bare > 0",
        "_http1_head: end >= 0 -> end > 0",
        (
            "_http1_chunked: buffer.find(b'\\n', position, position + longest) >= 0"
            " -> buffer.find(b'\\n', position, position + longest) > 0"
        ),
        "_http1_chunked: end < 0 -> end <= 0",
        "_http1_chunked: end >= 0 -> end > 0",
        "_http1_input: end < 0 -> end <= 0",
        (
            "_http1_input: find_end(partial, max(searched - 2, start)) >= 0"
            " -> find_end(partial, max(searched - 2, start)) > 0"
        ),
        "_http1_input: partial.find(b'\\n', start) >= 0 -> partial.find(b'\\n', start) > 0",
    ),
    _TIME: (
        (
            "_http1_input: self._partial is not None or self.position < len(self.buffer)"
            " -> without self._partial is not None"
        ),
        (
            "_http1_input: self._partial is not None or self.position < len(self.buffer)"
            " -> without self.position < len(self.buffer)"
        ),
        (
            "_http1_input: self._partial is not None and"
            " (not _CRLF.startswith(bytes(self._partial[:3])))"
            " -> without not _CRLF.startswith(bytes(self._partial[:3]))"
        ),
    ),
    _ANSWER: ("_http1_input: self._partial is not None -> self._partial is None (3)",),
    _TWICE: (f"_http1_chunked: {CHUNK_LINE} -> {_BARE}",),
}

EQUIVALENT: Final = {name: reason for reason, names in _BY_REASON.items() for name in names}
"""Mutants that no row can fail with, and why."""
