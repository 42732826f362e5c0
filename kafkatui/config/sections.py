"""A table of a config file that knows where it stands, and typed ways to its values. What they mean is not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from kafkatui.config.errors import ConfigError
from kafkatui.config.lines import Keys, line_of
from kafkatui.config.paths import expanded

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_T = TypeVar("_T", str, bool)

Ask = Callable[[str], str]
"""Asks a person for the secret that the words name. Raises ConfigError where nobody can be asked."""


def nobody(what: str) -> str:
    raise ConfigError(f"the {what} has to be typed, and nobody can be asked here")


@dataclass(frozen=True, slots=True)
class Reach:
    """What the settings of a file may reach for."""

    environ: Mapping[str, str]
    ask: Ask = nobody
    whom: str = ""
    """Whose secrets are asked for: the context and its brokers."""
    is_project: bool = False
    """A repository's file may not run commands, read files or pick any variable: it also names who gets the secret."""


@dataclass(frozen=True, slots=True)
class Setting:
    """As a text it is where it stands. The line is looked for only then: most settings are right."""

    file: Path
    keys: Keys

    def __str__(self) -> str:
        return where(self.file, self.keys)


@dataclass(frozen=True, slots=True)
class Section:
    """A table; as a text it is where it stands: `config.toml:12: contexts.prod.sasl`."""

    file: Path
    keys: Keys
    values: Mapping[str, Any] = field(repr=False)
    reach: Reach = field(default=Reach({}), repr=False)

    def __str__(self) -> str:
        return where(self.file, self.keys)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def at(self, key: str) -> Setting:
        """A setting of this table."""
        return Setting(self.file, (*self.keys, key))

    def refuse(self, key: str, why: str) -> NoReturn:
        """Raises ConfigError: a colon between where the setting stands and what is wrong with it."""
        raise ConfigError(f"{self.at(key)}: {why}")

    def only(self, known: Collection[str], of: str = "") -> None:
        """Raises ConfigError for a setting that is not known; `of` says of what."""
        for key in sorted(self.values.keys() - set(known)):
            raise ConfigError(f"{self.at(key)} is not a setting{of}; known are {', '.join(sorted(known))}")

    def text(self, key: str) -> str | None:
        return self._value(key, str, "a text")

    def flag(self, key: str) -> bool | None:
        return self._value(key, bool, "true or false")

    def path(self, key: str) -> str | None:
        """A file; one without a leading slash is looked for beside the config file."""
        value = self.text(key)
        return None if value is None else str(self.beside(key, value))

    def beside(self, key: str, name: str) -> Path:
        """The file that the setting `key` calls `name`."""
        return self.file.parent / expanded(name, self.at(key))

    def table(self, key: str) -> Section | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ConfigError(f"{self.at(key)} must be a table")
        return Section(self.file, (*self.keys, key), value, self.reach)

    def _value(self, key: str, kind: type[_T], called: str) -> _T | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, kind):
            raise ConfigError(f"{self.at(key)} must be {called}")
        return value


def where(file: Path, keys: Keys) -> str:
    """`config.toml:12: contexts.prod.sasl`, as an error begins; without the line where there is none."""
    line = line_of(file, keys)
    return f"{file}{'' if line is None else f':{line}'}: {dotted(keys)}"


def dotted(keys: Keys) -> str:
    """A way to a setting as TOML writes it."""
    written = ""
    for key in keys:
        if isinstance(key, int):
            written += f"[{key}]"
        else:
            written += ("." if written else "") + (key if _BARE.fullmatch(key) else quoted(key))
    return written


def quoted(text: str) -> str:
    """A text as TOML writes it, between quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in escaped) + '"'
