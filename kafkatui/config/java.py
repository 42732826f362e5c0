"""Java's `.properties` files and JAAS lines: taking them apart. What the names in them mean is in `properties`."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_PAIR = re.compile(r"((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)", re.DOTALL)
_OPTION = re.compile(r"""([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;"']+))""")


def parse_properties(text: str) -> dict[str, str]:
    """The pairs of a `.properties` file, by the rules of `java.util.Properties`; the last of a name wins."""
    return {name: value for _, name, value in _pairs(text)}


def lines_of(text: str) -> dict[str, int]:
    """On which line, from 1, the value of each name begins."""
    return {name: line for line, name, _ in _pairs(text)}


def _pairs(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in _logical_lines(text):
        match = _PAIR.fullmatch(line)
        if match is not None:
            # Java keeps blanks at the end of a value; nobody means them, and they break addresses and paths.
            yield number, _unescaped(match[1]), _unescaped(match[2]).rstrip(" \t")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without blanks in front, comments gone, those that end in an odd number of backslashes joined."""
    pending, begin = "", 0
    for number, physical in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = physical.lstrip(" \t\f")
        if not pending and (not line or line[0] in "#!"):
            continue
        begin = begin if pending else number
        pending += line
        if (len(pending) - len(pending.rstrip("\\"))) % 2:
            pending = pending[:-1]
        else:
            yield begin, pending
            pending = ""
    if pending:
        yield begin, pending


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_letter, text)


def _letter(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _LETTERS.get(code, code)


def parse_jaas(text: str) -> tuple[str, dict[str, str]]:
    """The login module's short name and its options: `...PlainLoginModule required username="u" password="p";`."""
    module, *others = text.split(maxsplit=1)[:2] or [""]
    rest = others[0] if others else ""
    options = {
        match[1]: re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3] or match[4] or ""
        for match in _OPTION.finditer(rest)
    }
    return module.rpartition(".")[2], options
