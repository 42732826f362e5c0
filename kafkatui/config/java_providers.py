"""`${provider:path:key}` in the values of Java's properties (KIP-297). What these mean is in `properties`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from kafkatui.config.errors import ConfigError
from kafkatui.config.java import parse_properties

NAMES = "config.providers"
_REFERENCE = re.compile(r"\$\{([^}:]+):(?:([^}]*):)?([^}:]*)\}")
_PACKAGE = "org.apache.kafka.common.config.provider"


def resolved(given: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The properties without those of the providers, and with what these say. Raises ConfigError."""
    providers = {name.strip(): given.get(f"{NAMES}.{name.strip()}.class", "") for name in given[NAMES].split(",")}
    kept = {name: value for name, value in given.items() if not is_about_providers(name)}

    def value_of(match: re.Match[str], name: str) -> str:
        if match[1] not in providers:  # Java leaves it as it is, too
            return match[0]
        return _value(match[1], providers[match[1]], match[2] or "", match[3], environ, name)

    return {
        name: _REFERENCE.sub(lambda match, name=name: value_of(match, name), value)  # type: ignore[misc]
        for name, value in kept.items()
    }


def is_about_providers(name: str) -> bool:
    return name == NAMES or name.startswith(f"{NAMES}.")


def _value(provider: str, kind: str, path: str, key: str, environ: Mapping[str, str], name: str) -> str:
    reader = _READERS.get(kind.removeprefix(f"{_PACKAGE}."))
    if reader is None:
        known = ", ".join(_READERS)
        raise ConfigError(f"{NAMES}.{provider}.class: {kind or 'no class'} can not be used here; known are {known}")
    try:
        found = reader(path, key, environ)
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{name}: {path} of the provider {provider} can not be read") from None
    if found is None:
        raise ConfigError(f"{name}: the provider {provider} has no {key}")
    return found


def _from_env(path: str, key: str, environ: Mapping[str, str]) -> str | None:
    return environ.get(key)


def _from_file(path: str, key: str, environ: Mapping[str, str]) -> str | None:
    return parse_properties(Path(path).read_text(encoding="utf-8")).get(key)


def _from_directory(path: str, key: str, environ: Mapping[str, str]) -> str | None:
    file = Path(path) / key
    return file.read_text(encoding="utf-8") if file.is_file() else None


_READERS: Mapping[str, Callable[[str, str, Mapping[str, str]], str | None]] = {
    "EnvVarConfigProvider": _from_env,
    "FileConfigProvider": _from_file,
    "DirectoryConfigProvider": _from_directory,
}
