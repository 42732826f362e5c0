"""On which line of a TOML file a key stands, which `tomllib` does not tell. Only asked for when something is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Keys = tuple[str | int, ...]
"""The way to a setting from the top of a file; numbers are places in lists of tables."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """A header or a setting, with all its lines."""

    first: int
    last: int
    ways: tuple[Keys, ...]
    """To the table of a header; to a setting, and to everything in its value."""
    is_header: bool


def line_of(file: Path, keys: Keys) -> int | None:
    """The line, from 1, of the statement that gives `keys`, or of the nearest table around; None if there is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found: dict[int, int] = {}
    for statement in _statements(text):
        for way in statement.ways:
            shared = min(len(way), len(keys))
            if way[:shared] == keys[:shared]:
                found.setdefault(shared, statement.first)
    return found[max(found)] if found else None


def blocks(text: str) -> Iterator[tuple[int, int, Keys]]:
    """The first and the last line of each table, and of each setting too, with the way to it.

    A table ends with its last setting: what stands between that and the next header is nobody's.
    """
    begin, last, table = 0, 0, Keys()
    for statement in _statements(text):
        if statement.is_header:
            if table:
                yield begin, last, table
            begin, table = statement.first, statement.ways[0]
        else:
            yield statement.first, statement.last, _inmost(statement.ways)
        last = statement.last
    if table:
        yield begin, last, table


def _inmost(ways: Sequence[Keys]) -> Keys:
    """The way to the setting itself: `a.b = {c = 1, d = 2}` is about `a.b`."""
    shared = ways[-1]
    for way in ways:
        if way[: len(shared)] != shared and shared[: len(way)] != way:
            shared = tuple(each for each, other in zip(shared, way, strict=False) if each == other)
    return shared


def _statements(text: str) -> Iterator[_Statement]:
    """What is no TOML ends them."""
    table: Keys = ()
    counts: dict[Keys, int] = {}
    for first, last, is_header, parsed in _pieces(text.replace("\r\n", "\n").split("\n")):
        if is_header:
            table = _header(parsed, counts)
            yield _Statement(first, last, (table,), True)
        else:
            yield _Statement(first, last, tuple((*table, *path) for path in _paths(parsed)), False)


def _pieces(lines: Sequence[str]) -> Iterator[tuple[int, int, bool, dict[str, Any]]]:
    """The first and the last line, whether it is a header, and what TOML says it is."""
    begin = 0
    for end in range(1, len(lines) + 1):
        parsed = _parsed("\n".join(lines[begin:end]))
        if parsed is None:
            continue
        if parsed:
            yield begin + 1, end, lines[begin].lstrip().startswith("["), parsed
        begin = end


def _parsed(statement: str) -> dict[str, Any] | None:
    """None: it goes on in the next line."""
    try:
        return tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return None


def _header(parsed: Any, counts: dict[Keys, int]) -> Keys:
    """The table that `[a.b]` or `[[a.b]]` begins: within a list of tables, in the newest one."""
    path: Keys = ()
    while parsed:
        if isinstance(parsed, list):
            counts[path] = counts.get(path, -1) + 1
            path = (*path, counts[path])
            break
        name, parsed = next(iter(parsed.items()))
        path = (*path, name)
        if path in counts and not isinstance(parsed, list):
            path = (*path, counts[path])
    return path


def _paths(value: Any) -> Iterator[Keys]:
    """Every way into a value, the whole ones before their parts."""
    inner: Iterator[tuple[str | int, Any]] | None = None
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for key, each in inner or ():
        yield (key,)
        yield from ((key, *path) for path in _paths(each))
