"""The contexts as a list to choose from: what their tables say, no secret read and nothing dialled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafkatui.config.choose import DEV
from kafkatui.config.contexts import Context
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import read_files

_FROM_TERMINAL = ("_prompt", "_command")
"""Settings whose secret may be asked for at the terminal: by us, or by the command for the passphrase of a store."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A context as far as its table tells."""

    name: str
    bootstrap: str = ""
    """With commas between."""
    color: str | None = None
    read_only: bool = True
    production: bool = False
    insecure: bool = False
    """It does not verify the certificate of the brokers."""
    needs_terminal: bool = False
    """Whether a secret of it may be asked for at the terminal."""
    problem: str = ""
    """What is wrong with it; empty: nothing that is seen without its secrets."""


def listed(environ: Mapping[str, str], folder: Path, mini_cluster: Callable[[], str | None]) -> list[Listed]:
    """All there are at this moment, by name; a running mini-cluster is one. Raises ConfigError."""
    contexts = read_files(environ, folder).contexts
    found = [_listed(context) for context in contexts.values()]
    if DEV not in contexts:
        bootstrap = mini_cluster()
        found += [] if bootstrap is None else [Listed(DEV, bootstrap, read_only=False)]
    return sorted(found, key=lambda each: each.name)


def _listed(context: Context) -> Listed:
    table, problem, bootstrap = context.table, "", ""
    try:
        bootstrap = ",".join(context.bootstrap)
    except ConfigError as error:
        problem = str(error)
    tls, color = table.get("tls"), table.get("color")
    return Listed(
        name=context.name,
        bootstrap=bootstrap,
        color=color if isinstance(color, str) else None,
        read_only=table.get("read_only") is not False,
        production=table.get("production") is True,
        insecure=isinstance(tls, dict) and tls.get("insecure_skip_verify") is True,
        needs_terminal=any(key.endswith(_FROM_TERMINAL) and value is not False for key, value in _settings(table)),
        problem=problem,
    )


def _settings(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Of the table and those in it."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _settings(value)
        else:
            yield key, value
