"""Writing a context into the text of a config file: all else in it stays byte for byte. No file is touched here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.lines import Keys, blocks
from kafkatui.config.sections import dotted, quoted


def with_context(text: str, name: str, table: Mapping[str, Any]) -> str:
    """The text with the context at its end, or in the place of the one of the same name.

    Raises ConfigError where the text is written in a way that this can not be done to; it is read back to be sure.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    new = "".join(f"{line}{end}" for line in lines_of(("contexts", name), table))
    before, after, is_there = _around(text, ("contexts", name))
    gap = "" if is_there else _gap(before, end)
    changed = before + gap + new + _gap_after(after, end) + after
    _check(text, changed, name, table)
    return changed


def lines_of(keys: Keys, table: Mapping[str, Any]) -> Iterator[str]:
    """The table as TOML writes it."""
    yield f"[{dotted(keys)}]"
    for key, value in table.items():
        if not isinstance(value, dict):
            yield f"{dotted((key,))} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from lines_of((*keys, key), value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return quoted(value) if isinstance(value, str) else str(value)


def _gap(before: str, end: str) -> str:
    """What makes one empty line between what is there and what comes."""
    if not before.strip():
        return ""
    missing = "" if before.endswith("\n") else end
    return missing + ("" if (before + missing).endswith(end + end) else end)


def _gap_after(after: str, end: str) -> str:
    return end if after.strip() and not after.startswith(("\n", "\r\n")) else ""


def _around(text: str, keys: Keys) -> tuple[str, str, bool]:
    """What stands before and after the tables `keys`, and whether they are there; what is between them comes after.

    A table can not begin in the middle of another: settings `a.b = 1` make room at the end.
    """
    all_blocks = list(blocks(text))
    mine = [(first, last) for first, last, path in all_blocks if path[: len(keys)] == keys]
    if not mine:
        return text, "", False
    gone = {number for first, last in mine for number in range(first - 1, last)}
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    kept = [(at, line) for at, line in enumerate(lines) if at not in gone]
    is_there = any(path == keys for *_, path in all_blocks)
    begin = min(gone) if is_there else len(lines)
    before, after = ("".join(line for at, line in kept if (at < begin) is first) for first in (True, False))
    return before, after, is_there


def _check(text: str, changed: str, name: str, table: Mapping[str, Any]) -> None:
    """Raises ConfigError if anything else than the one context was changed."""
    wanted, found = tomllib.loads(text), _read(changed)
    contexts = wanted.setdefault("contexts", {})
    if isinstance(contexts, dict):
        contexts[name] = dict(table)
    if found != wanted:
        how = f"write [{dotted(('contexts', name))}] into it by hand"
        raise ConfigError(f"the file writes its contexts in a way that can not be added to; {how}")


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
