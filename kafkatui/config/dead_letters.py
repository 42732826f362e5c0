"""`[dead_letters."GLOB"]` of the config files: the headers of dead letters that no known framework wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, read_files
from kafkatui.config.sections import Section, where
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
    for glob, values in letters.items():
        keys = ("dead_letters", glob)
        if not isinstance(values, dict):
            raise ConfigError(f"{where(file, keys)} must be a table")
        table = Section(file, keys, values)
        for name, value in values.items():
            _check(table, glob, name, value)
        if not values:
            raise ConfigError(f'{table} names no header; write topic = "..." or exception = "..."')
        yield DeadLetterRule(glob, **values)


def _check(table: Section, glob: str, name: str, value: object) -> None:
    if name not in SETTINGS:
        if isinstance(value, dict):
            # TOML reads the dot of [dead_letters.orders.failed] as a table within a table.
            quoted = f'[dead_letters."{glob}.{name}"]'
            raise ConfigError(f"{table.at(name)} is a table; put a name with dots into quotes: {quoted}")
        raise ConfigError(f"{table.at(name)} is not a setting; known are {', '.join(SETTINGS)}")
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{table.at(name)} must be the name of a header")
