"""What is typed into the filter bar becomes a selection, and back into the flags of `kafkatui read`. Pure.

`text` is looked for in key, value and header values. `key=K`, `header NAME=VALUE` and `where EXPRESSION` say more, and
may stand before a text or each other; `where` takes the rest of the line. Quotes make any of them one text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from kafkatui.filters import FilterError, Selection

HINT = "text in key, value or headers · key=K · header NAME=VALUE · where value.field == 1"
_WORD = r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))"""
_KEY = re.compile(rf"key={_WORD}\s*")
_HEADER = re.compile(rf"header\s+{_WORD}\s*")
_WHERE = re.compile(r"where\s+(.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'')


def parse_query(text: str) -> Selection:
    """Raises `FilterError` for a word that lacks what it is about."""
    selection, rest = Selection(), text.strip()
    while rest:
        if match := _KEY.match(rest):
            selection = replace(selection, key=_word(match))
        elif match := _HEADER.match(rest):
            selection = replace(selection, headers=(*selection.headers, _word(match)))
        elif match := _WHERE.match(rest):
            selection = replace(selection, where=(*selection.where, match[1]))
        elif rest in {"key=", "header", "where"}:
            raise FilterError(f"{rest} of what? {HINT}")
        elif match := _QUOTED.fullmatch(rest):
            selection = replace(selection, grep=(*selection.grep, _word(match)))
        else:
            return replace(selection, grep=(*selection.grep, rest))
        rest = rest[match.end() :]
    return selection


def _word(match: re.Match[str]) -> str:
    if match[1] is not None:
        return re.sub(r"\\(.)", r"\1", match[1])
    return next(group for group in match.groups()[1:] if group is not None)


def quoted(text: str) -> str:
    """As one word of the filter bar."""
    if text and not re.search(r"[\s\"'\\]", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
