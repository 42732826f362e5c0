"""`[dead_letters."GLOB"]` of the config files: the headers of dead letters that no known framework wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, read_files
from kafkatui.model.dead_letter_rules import DeadLetterRule

SETTINGS = tuple(each.name for each in fields(DeadLetterRule) if each.name != "topics")


def dead_letter_rules(environ: Mapping[str, str], folder: Path) -> tuple[DeadLetterRule, ...]:
    """The rules as seen from `folder`, what counts first in front: the project's, then the user's, as they stand.

    Raises ConfigError that names file and key.
    """
    return rules_of(read_files(environ, folder))


def rules_of(files: Files) -> tuple[DeadLetterRule, ...]:
    """Raises ConfigError that names file and key."""
    return tuple(rule for file, table in files.dead_letters for rule in _rules(file, table))


def _rules(file: Path, letters: Mapping[str, Any]) -> Iterator[DeadLetterRule]:
    for glob, table in letters.items():
        where = f'{file}: dead_letters."{glob}"'
        if not isinstance(table, dict):
            raise ConfigError(f"{where} must be a table")
        for name, value in table.items():
            _check(where, glob, name, value)
        if not table:
            raise ConfigError(f'{where} names no header; write topic = "..." or exception = "..."')
        yield DeadLetterRule(glob, **table)


def _check(where: str, glob: str, name: str, value: object) -> None:
    if name not in SETTINGS:
        if isinstance(value, dict):
            # TOML reads the dot of [dead_letters.orders.failed] as a table within a table.
            quoted = f'[dead_letters."{glob}.{name}"]'
            raise ConfigError(f"{where}.{name} is a table; put a name with dots into quotes: {quoted}")
        raise ConfigError(f"{where}.{name} is not a setting; known are {', '.join(SETTINGS)}")
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where}.{name} must be the name of a header")
