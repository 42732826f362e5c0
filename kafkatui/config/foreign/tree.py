"""A table of somebody else's file that knows which of its settings were looked at. What they mean is not known here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.notes import Note
from kafkatui.config.paths import expanded

_NOTHING = ("", "null", "~")
_TRUE = ("true", "yes", "on", "y", "1")
_FALSE = ("false", "no", "off", "n", "0")


class Tree:
    """Names are looked up whatever their case, as most of these tools do; null and an empty text are nothing."""

    def __init__(self, values: Mapping[str, Any], beside: Path, way: str = "") -> None:
        merged = values.get("<<")
        bases = merged if isinstance(merged, list) else [merged]
        self._values = {
            **{key: value for base in reversed(bases) if isinstance(base, dict) for key, value in base.items()},
            **{key: value for key, value in values.items() if key != "<<"},
        }
        self._beside = beside
        self._way = way
        self._seen: set[str] = set()
        self._inner: list[Tree] = []
        self._notes: list[Note] = []

    def at(self, key: str) -> str:
        """Where a setting stands, for notes and errors."""
        return f"{self._way}.{key}" if self._way else key

    def __contains__(self, key: str) -> bool:
        return not _is_nothing(self._get(key))

    def text(self, key: str) -> str | None:
        value = self._take(key)
        if _is_nothing(value):
            return None
        if isinstance(value, dict | list):
            raise ConfigError(f"{self.at(key)} must be a text")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def flag(self, key: str) -> bool:
        value = (self.text(key) or "false").lower()
        if value not in (*_TRUE, *_FALSE):
            raise ConfigError(f"{self.at(key)} must be true or false")
        return value in _TRUE

    def texts(self, key: str) -> list[str]:
        """A list, or a text with commas or blanks between."""
        value = self._take(key)
        if isinstance(value, list):
            return [str(each) for each in value if not isinstance(each, dict | list)]
        return [] if _is_nothing(value) else str(value).replace(",", " ").split()

    def words(self, key: str) -> list[str]:
        """A list, each word of it as it is."""
        value = self._take(key)
        if _is_nothing(value):
            return []
        if not isinstance(value, list) or any(isinstance(each, dict | list) for each in value):
            raise ConfigError(f"{self.at(key)} must be a list of texts")
        return [str(each) for each in value]

    def path(self, key: str) -> str | None:
        """A file: beside the one that names it if it is there, else from where the command runs."""
        value = self.text(key)
        if value is None:
            return None
        file = Path(expanded(value, key))
        here = self._beside / file
        return str(here if here.exists() else file.absolute())

    def tree(self, key: str) -> Tree | None:
        """None where there is nothing; `{}` is something."""
        value = self._take(key)
        if value is None or (not isinstance(value, dict) and _is_nothing(value)):
            return None
        if not isinstance(value, dict):
            raise ConfigError(f"{self.at(key)} must be a table")
        return self._grown(value, self.at(key))

    def each(self, key: str, name: str) -> Iterator[tuple[str, Tree]]:
        """The tables of a list or a table, each with its name: the key, or what its setting `name` says."""
        value = self._take(key)
        if isinstance(value, dict):
            pairs = list(value.items())
        else:
            listed = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
            pairs = [(str(_lookup(each, name) or number), each) for number, each in enumerate(listed, 1)]
        for called, inner in pairs:
            tree = Tree(inner if isinstance(inner, dict) else {}, self._beside, f"{key}[{called}]")
            tree.text(name)
            yield called, tree

    def skip(self, why: str, *keys: str) -> None:
        """Say why these settings are left out, as far as they are there."""
        for key in keys:
            if not _is_nothing(self._take(key)):
                self._notes.append(Note((self.at(key),), why))

    def note(self, key: str, why: str) -> None:
        self._notes.append(Note((self.at(key),), why))

    def forget(self) -> None:
        """Nothing more is said of this table: what is said of the whole is enough."""
        self._seen = {str(key).lower() for key in self._values}

    def notes(self) -> Iterator[Note]:
        """What was skipped, also in the tables within, and what nobody looked at."""
        yield from self._notes
        for tree in self._inner:
            yield from tree.notes()
        for key, value in self._values.items():
            if key.lower() not in self._seen and not _is_nothing(value):
                yield Note((self.at(key),), "not known here")

    def _grown(self, values: Mapping[str, Any], way: str) -> Tree:
        tree = Tree(values, self._beside, way)
        self._inner.append(tree)
        return tree

    def _get(self, key: str) -> Any:
        return _lookup(self._values, key)

    def _take(self, key: str) -> Any:
        self._seen.add(key.lower())
        return self._get(key)


def _lookup(values: Mapping[str, Any], key: str) -> Any:
    return next((value for name, value in values.items() if str(name).lower() == key.lower()), None)


def _is_nothing(value: object) -> bool:
    return value is None or value in _NOTHING or value == [] or value == {}


def mechanism(tree: Tree, key: str, names: Mapping[str, str], usual: str = "") -> str:
    """The mechanism that a tool calls by one of `names`. Raises ConfigError."""
    value = tree.text(key) or usual
    found = names.get("".join(each for each in value.lower() if each.isalnum()))
    if found is None:
        known: Sequence[str] = sorted(set(names.values()))
        raise ConfigError(
            f"{tree.at(key)}: {value or 'no mechanism'!r} is not known here; known are {', '.join(known)}"
        )
    return found
