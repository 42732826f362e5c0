"""`[topics."GLOB"]` of the config files: which decoders a person chose. What the decoders do is not known here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, read_files
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
    for glob, table in topics.items():
        where = f'{file}: topics."{glob}"'
        if not isinstance(table, dict):
            raise ConfigError(f"{where} must be a table")
        for name in table.keys() - set(_SIDES):
            raise ConfigError(_unknown(where, glob, name, table[name]))
        if not table:
            raise ConfigError(f'{where} chooses nothing; write key = "..." or value = "..."')
        for side, name in table.items():
            _check(name, f"{where}.{side}", decoders)
        yield DecodingRule(glob, table.get("key"), table.get("value"))


def _unknown(where: str, glob: str, name: str, value: object) -> str:
    if isinstance(value, dict):
        # TOML reads the dot of [topics.orders.created] as a table within a table.
        return f'{where}.{name} is a table; put a name with dots into quotes: [topics."{glob}.{name}"]'
    return f"{where}.{name} is not a setting; known are {', '.join(_SIDES)}"


def _check(name: object, where: str, decoders: Collection[str]) -> None:
    if not isinstance(name, str):
        raise ConfigError(f"{where} must be a text")
    if name not in decoders:
        raise ConfigError(f"{where}: no decoder is called {name!r}; known are {', '.join(decoders)}")
