"""A value in one line, however large it is: only as much of it is looked at as is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from kafkatui.decoding.decoded import Decoded, Plain
from kafkatui.decoding.text import is_text
from kafkatui.model.problems import Problem
from kafkatui.tui.records.line import Line, Piece, piece

MOST = 600
"""Characters of one line: more than the widest terminal shows."""
BEFORE_REASON = 40
"""Characters of a value that could not be decoded, in front of the reason."""
_AS_STORED = frozenset({"text", "json", "bytes"})
"""Decoders of values that read well as they are stored."""
_LEVELS = 100
_NAMES = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*:)')
_BREAKS = re.compile(r"\s*[\r\n]\s*")


def brief_field(raw: bytes | None, decoded: Decoded | None, most: int = MOST) -> Line:
    """A key or a value; `decoded` is None where it is too large to be decoded for one line."""
    if raw is None:
        return (Piece("null", "muted"),)
    if not raw:
        return (Piece("empty", "muted"),)
    value = None if decoded is None else decoded.value
    if isinstance(value, Problem):
        more = Piece("…" if len(raw) > BEFORE_REASON else "", "muted")
        return (Piece("✖ ", "bad"), *_stored(raw, BEFORE_REASON), more, piece(f"  {value.text}", "warn"))
    if decoded is None or decoded.decoder in _AS_STORED:
        return _stored(raw, most)
    return (piece(value[:most]),) if isinstance(value, str) else _named(brief(value, most))


def _stored(raw: bytes, most: int) -> Line:
    head = raw[: most * 4]
    if len(head) < len(raw):
        head = whole_characters(head)
    if not is_text(head):
        return (Piece(f"0x{raw[: most // 8].hex()}{'…' if len(raw) > most // 8 else ''}", "muted"),)
    return _named(_BREAKS.sub(" ", head.decode())[:most])


def whole_characters(head: bytes) -> bytes:
    """Without the beginning of a UTF-8 character at its end."""
    for back in range(1, min(4, len(head)) + 1):
        byte = head[-back]
        if byte & 0xC0 == 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return head[:-back] if length > back else head
        if byte < 0x80:
            break
    return head


def _named(text: str) -> Line:
    """The names of fields apart from their values."""
    if text[:1] not in "{[":
        return (piece(text),)
    pieces, done = [], 0
    for match in _NAMES.finditer(text):
        pieces += [piece(text[done : match.start()]), piece(match[0], "name")]
        done = match.end()
    return (*pieces, piece(text[done:]))


def brief(value: Plain, most: int = MOST) -> str:
    """Compact JSON of decoded data, cut after `most` characters with an ellipsis."""
    parts: list[str] = []
    length = 0
    for token in _tokens(value, most, _LEVELS):
        parts.append(token)
        length += len(token)
        if length > most:
            return f"{''.join(parts)[:most]}…"
    return "".join(parts)


def _tokens(value: Plain, most: int, levels: int) -> Iterator[str]:
    if isinstance(value, (dict, list)) and value and not levels:
        yield "…"
    elif isinstance(value, dict):
        for index, (name, item) in enumerate(value.items()):
            yield "," if index else "{"
            yield f"{scalar(name, most)}:"
            yield from _tokens(item, most, levels - 1)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield "," if index else "["
            yield from _tokens(item, most, levels - 1)
        yield "]" if value else "[]"
    else:
        yield scalar(value, most)


def scalar(value: object, most: int = MOST) -> str:
    """One text, number, null or bytes as JSON has it; a longer one is cut."""
    if isinstance(value, bytes):
        return f"0x{value[:most].hex()}"
    if isinstance(value, str):
        return json.dumps(value[:most], ensure_ascii=False)
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
