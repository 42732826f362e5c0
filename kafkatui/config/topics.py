"""`[topics."GLOB"]` of the config files: which decoders a person chose. What the decoders do is not known here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, read_files
from kafkatui.config.sections import Section, where
from kafkatui.model.decoding_rules import DecodingRule

_SIDES = ("key", "value")


def decoding_rules(environ: Mapping[str, str], folder: Path, decoders: Collection[str]) -> tuple[DecodingRule, ...]:
    """The rules as seen from `folder`, what counts first in front: the project's, then the user's, as they stand.

    `decoders`: the names that exist. Raises ConfigError that names file and key.
    """
    return rules_of(read_files(environ, folder), decoders)


def rules_of(files: Files, decoders: Collection[str]) -> tuple[DecodingRule, ...]:
    """Raises ConfigError that names file and key."""
    return tuple(rule for file, table in files.topics for rule in _rules(file, table, decoders))


def _rules(file: Path, topics: Mapping[str, Any], decoders: Collection[str]) -> Iterator[DecodingRule]:
    for glob, values in topics.items():
        keys = ("topics", glob)
        if not isinstance(values, dict):
            raise ConfigError(f"{where(file, keys)} must be a table")
        table = Section(file, keys, values)
        for name in values.keys() - set(_SIDES):
            raise ConfigError(_unknown(table, glob, name))
        if not values:
            raise ConfigError(f'{table} chooses nothing; write key = "..." or value = "..."')
        for side in values:
            _check(table, side, decoders)
        yield DecodingRule(glob, table.text("key"), table.text("value"))


def _unknown(table: Section, glob: str, name: str) -> str:
    if isinstance(table.values[name], dict):
        # TOML reads the dot of [topics.orders.created] as a table within a table.
        return f'{table.at(name)} is a table; put a name with dots into quotes: [topics."{glob}.{name}"]'
    return f"{table.at(name)} is not a setting; known are {', '.join(_SIDES)}"


def _check(table: Section, side: str, decoders: Collection[str]) -> None:
    name = table.text(side)
    if name not in decoders:
        table.refuse(side, f"no decoder is called {name!r}; known are {', '.join(decoders)}")
