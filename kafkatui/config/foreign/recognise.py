"""Which tool a file belongs to, by what stands in it, and its clusters. What each tool means is in modules beside."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign import by_properties, kaf, kafkactl, kcl, rpk
from kafkatui.config.foreign.found import Found
from kafkatui.config.foreign.tree import Tree
from kafkatui.config.java import parse_properties
from kafkatui.config.notes import Note
from kafkatui.config.properties import is_known

LARGEST = 1_000_000
"""Bytes. A bigger file is no config."""


class Kind(StrEnum):
    """The files that can be read."""

    JAVA = "java"
    KCAT = "kcat"
    KASKADE = "kaskade"
    KAF = "kaf"
    KAFKACTL = "kafkactl"
    KCL = "kcl"
    RPK = "rpk"


_TREES: Mapping[Kind, ModuleType] = {Kind.KAF: kaf, Kind.KAFKACTL: kafkactl, Kind.KCL: kcl, Kind.RPK: rpk}
_TEXTS: Mapping[Kind, Callable[[str, Mapping[str, str]], Iterator[Found]]] = {
    Kind.JAVA: by_properties.java,
    Kind.KCAT: by_properties.kcat,
    Kind.KASKADE: by_properties.kaskade,
}
_YAML = (
    (Kind.KAF, re.compile(r"^(clusters|current-cluster)\s*:", re.MULTILINE)),
    (Kind.KAFKACTL, re.compile(r"^(contexts|current-context)\s*:", re.MULTILINE)),
    (Kind.RPK, re.compile(r"^(profiles|current_profile|rpk)\s*:", re.MULTILINE)),
)
_ONLY_KCAT = ("metadata.broker.list", "sasl.mechanisms", "ssl.ca.location", "ssl.ca.pem", "ssl.key.location",
              "ssl.certificate.location", "sasl.username", "sasl.oauthbearer.method")  # fmt: skip
_ONLY_JAVA = ("sasl.jaas.config", "ssl.truststore.location", "ssl.keystore.type", "ssl.truststore.certificates")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds."""

    kind: Kind
    clusters: Sequence[Found]
    notes: Sequence[Note]
    """About settings that are of no cluster."""


def read(file: Path, environ: Mapping[str, str], kind: Kind | None = None) -> Reading:
    """The clusters of the file, whatever tool it is of. Raises ConfigError that names the file."""
    text = _text(file)
    try:
        known = kind or _kind(text)
        if known is None:
            kinds = ", ".join(Kind)
            raise ConfigError(f"none of the files that can be read; --kind says which it is: {kinds}")
        return _reading(text, file, environ, known)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise ConfigError(f"{file} is too big to be a config")
        return file.read_text(encoding="utf-8-sig")  # editors of Windows put a mark in front
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"{file} can not be read ({error.strerror})") from None


def _reading(text: str, file: Path, environ: Mapping[str, str], kind: Kind) -> Reading:
    if kind in _TEXTS:
        return Reading(kind, list(_TEXTS[kind](text, environ)), ())
    tool = _TREES[kind]
    tree = Tree(_toml(text) if kind is Kind.KCL else _yaml(text), file.absolute().parent)
    tool.chosen(tree)
    clusters = list(tool.clusters(tree))
    flat = kind is Kind.KCL and [each.name for each in clusters] == [""]
    return Reading(kind, clusters, () if flat else list(tree.notes()))


def _kind(text: str) -> Kind | None:
    if re.search(r"^\s*\[kafka\]\s*$", text, re.MULTILINE):
        return Kind.KASKADE
    if re.search(r"^\s*seed_brokers\s*=|^\s*\[profiles\.", text, re.MULTILINE):
        return Kind.KCL
    for kind, sign in _YAML:
        if sign.search(text):
            return kind
    names = parse_properties(text).keys()
    if not any(is_known(name) for name in names):
        return None
    return (
        Kind.KCAT
        if any(each in names for each in _ONLY_KCAT) and not any(each in names for each in _ONLY_JAVA)
        else Kind.JAVA
    )


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}") from None


def _yaml(text: str) -> dict[str, Any]:
    """Only texts, tables and lists: a password 0123 is no number and `no` is no false, and no tag makes anything."""
    import yaml  # only for who reads such a file

    try:
        found = yaml.load(text, yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" (line {mark.line + 1})"
        raise ConfigError(f"not YAML{where}") from None
    except RecursionError:
        raise ConfigError("not a config: its YAML is too deep") from None
    if not isinstance(found, dict):
        raise ConfigError("not a config: its YAML is no table")
    return found
