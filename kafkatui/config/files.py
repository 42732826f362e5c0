"""Reading the user's and the project's config file, and remembering the chosen context. Precedence is in `choose`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafkatui.config.contexts import Context
from kafkatui.config.errors import ConfigError
from kafkatui.config.places import context_file, project_file, user_file
from kafkatui.config.sections import where
from kafkatui.config.whole_files import write_whole

_KEYS = {"alerts", "contexts", "dead_letters", "masks", "topics"}


@dataclass(frozen=True, slots=True)
class Files:
    """What the config files say, and which context was chosen before."""

    contexts: Mapping[str, Context] = field(default_factory=dict)
    """By name; a project's context stands in for the user's of the same name, whole: no secret moves over."""
    project_context: str | None = None
    """The context the project asks for."""
    chosen: str | None = None
    """The context `config use` remembered."""
    topics: tuple[tuple[Path, Mapping[str, Any]], ...] = ()
    """The table `topics` of each file that has one, the project's first; not checked yet."""
    dead_letters: tuple[tuple[Path, Mapping[str, Any]], ...] = ()
    """The same of `dead_letters`."""
    alerts: tuple[tuple[Path, list[Any]], ...] = ()
    """The same of the list of tables `alerts`."""
    masks: tuple[tuple[Path, list[Any]], ...] = ()
    """The same of `masks`."""


def read_files(environ: Mapping[str, str], folder: Path) -> Files:
    """Read everything as seen from `folder`. Raises ConfigError that names the file, with the line or key."""
    user = user_file(environ)
    if "KAFKATUI_CONFIG" in environ and not user.is_file():
        raise ConfigError(f"KAFKATUI_CONFIG: there is no file {user}")
    own = _toml(user) if user.is_file() else {}
    contexts = _contexts(own, user, _KEYS)
    topics, letters = _tables(own, user, "topics"), _tables(own, user, "dead_letters")
    alerts, masks = _lists(own, user, "alerts"), _lists(own, user, "masks")
    project = project_file(folder)
    if project is None or project.resolve() == user.resolve():
        return Files(contexts, None, _chosen(environ), topics, letters, alerts, masks)
    table = _toml(project)
    asked = table.get("context")
    if asked is not None and not isinstance(asked, str):
        raise ConfigError(f"{where(project, ('context',))} must be a text")
    contexts = {**contexts, **_contexts(table, project, {*_KEYS, "context"}, is_project=True)}
    topics = (*_tables(table, project, "topics"), *topics)
    letters = (*_tables(table, project, "dead_letters"), *letters)
    alerts = (*_lists(table, project, "alerts"), *alerts)
    masks = (*_lists(table, project, "masks"), *masks)
    return Files(contexts, asked, _chosen(environ), topics, letters, alerts, masks)


def choose_context(name: str, environ: Mapping[str, str]) -> None:
    """Remember `name`, whole or not at all. Raises ConfigError."""
    write_whole(context_file(environ), name + "\n")


def _chosen(environ: Mapping[str, str]) -> str | None:
    try:
        return context_file(environ).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text") from None
    except ValueError:
        raise ConfigError(f"{file}: a number in it has too many digits") from None
    except RecursionError:
        raise ConfigError(f"{file}: it is nested too deep") from None
    except OSError as error:
        raise ConfigError(f"{file} can not be read ({error.strerror})") from None


def _contexts(table: Mapping[str, Any], file: Path, keys: set[str], is_project: bool = False) -> dict[str, Context]:
    unknown = sorted(table.keys() - keys)
    if unknown:
        raise ConfigError(f"{where(file, (unknown[0],))} is not a setting; known are {', '.join(sorted(keys))}")
    found = table.get("contexts", {})
    if not isinstance(found, dict):
        raise ConfigError(f"{where(file, ('contexts',))} must be a table")
    for name, value in found.items():
        if not isinstance(value, dict):
            raise ConfigError(f"{where(file, ('contexts', name))} must be a table")
    return {name: Context(name, file, value, is_project) for name, value in found.items()}


def _tables(table: dict[str, Any], file: Path, name: str) -> tuple[tuple[Path, Mapping[str, Any]], ...]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{where(file, (name,))} must be a table")
    return ((file, found),) if found else ()


def _lists(table: dict[str, Any], file: Path, name: str) -> tuple[tuple[Path, list[Any]], ...]:
    found = table.get(name, [])
    if not isinstance(found, list):
        raise ConfigError(f"{where(file, (name,))} must be a list of tables; write each as [[{name}]]")
    return ((file, found),) if found else ()
