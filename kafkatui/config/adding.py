"""Writing a new context into the user's config file. Secrets are never written: only where they come from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.places import user_file
from kafkatui.config.whole_files import text_of, write_whole
from kafkatui.config.writing import with_context

_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def check_name(name: str, environ: Mapping[str, str]) -> None:
    """Raises ConfigError for a name that can not be a new context of the user's file."""
    if _NAME.fullmatch(name) is None:
        raise ConfigError(f"{name!r} is no name for a context: letters, digits, - and _ are")
    if name in _contexts(text_of(user_file(environ)), user_file(environ)):
        raise ConfigError(f"there is a context {name} in {user_file(environ)} already")


def add_context(name: str, table: Mapping[str, Any], environ: Mapping[str, str]) -> Path:
    """Put it behind what stands in the user's file, which is kept as it is; the file. Raises ConfigError."""
    check_name(name, environ)
    file = user_file(environ)
    try:
        text = with_context(text_of(file), name, table)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None
    # A file that is there keeps who may read it: no secret comes into it.
    write_whole(file, text, file.stat().st_mode & 0o777 if file.exists() else 0o600)
    return file


def _contexts(text: str, file: Path) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(text).get("contexts", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from None
    return found if isinstance(found, dict) else {}
