"""On which line of a TOML file a key stands, which `tomllib` does not tell. Only asked for when something is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Keys = tuple[str | int, ...]
"""The way to a setting from the top of a file; numbers are places in lists of tables."""


def line_of(file: Path, keys: Keys) -> int | None:
    """The line, from 1, of the statement that gives `keys`, or of the nearest table around; None if there is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found: dict[int, int] = {}
    for line, path in _given(text):
        shared = _shared(path, keys)
        if shared:
            found.setdefault(shared, line)
    return found[max(found)] if found else None


def _shared(path: Keys, keys: Keys) -> int:
    """How many keys lead the same way, if one of both is the way to the other."""
    shared = min(len(path), len(keys))
    return shared if path[:shared] == keys[:shared] else 0


def _given(text: str) -> Iterator[tuple[int, Keys]]:
    """Every way a statement of the text gives, with the line the statement begins on."""
    table: Keys = ()
    counts: dict[Keys, int] = {}
    for line, statement in _statements(text.replace("\r\n", "\n").split("\n")):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(parsed, counts)
            yield line, table
        else:
            yield from ((line, (*table, *path)) for path in _paths(parsed))


def _statements(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Headers and settings, each with all its lines; what is no TOML ends it."""
    begin = 0
    for end in range(1, len(lines) + 1):
        statement = "\n".join(lines[begin:end])
        if not _is_whole(statement):
            continue
        if tomllib.loads(statement):
            yield begin + 1, statement
        begin = end


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


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
