"""Flag over environment over project over user: which cluster is meant. No file format is known here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kafkatui.config.addresses import addresses
from kafkatui.config.contexts import Context, connection_of
from kafkatui.config.durations import seconds
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, read_files
from kafkatui.config.sections import Ask, nobody
from kafkatui.model.connection import Connection, Registry

if TYPE_CHECKING:
    from kafkatui.config.properties import Given

DEV = "dev"
"""The context of the mini-cluster; it exists while one runs, and no file has to name it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says about the cluster."""

    bootstrap: Sequence[str] = ()
    context: str | None = None
    pairs: Sequence[str] = ()
    """`key=value` each."""
    command_config: str | None = None
    timeout: str | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """What surrounds the command line."""

    environ: Mapping[str, str]
    folder: Path
    mini_cluster: Callable[[], str | None]
    """The addresses of a running mini-cluster."""
    warn: Callable[[str], None]
    mini_registry: Callable[[], str | None] = lambda: None
    """The address of its schema registry."""
    ask: Ask = nobody
    """Asks the person at the terminal for a secret."""


def choose(wanted: Wanted, here: Here) -> Connection | None:
    """The cluster that is meant; None where nothing names one. Raises ConfigError."""
    given = _given(wanted)
    flagged = addresses(",".join(wanted.bootstrap), "-b") if wanted.bootstrap else ()
    base = _base(wanted, here, is_named=bool(flagged) or (given is not None and _names_brokers(given.values)))
    if base is None:
        return None
    connection = replace(base, bootstrap=flagged) if flagged else base
    if given is not None:
        connection = laid_over(connection, given, here)
    if wanted.timeout is not None:
        bound = seconds(wanted.timeout, "--timeout")
        connection = replace(connection, connect_seconds=bound, request_seconds=bound)
    return replace(connection, bootstrap=flagged) if flagged else connection


def _given(wanted: Wanted) -> Given | None:
    if wanted.command_config is None and not wanted.pairs:
        return None
    from kafkatui.config.properties import given  # knows hundreds of names

    return given(wanted.command_config, wanted.pairs)


def laid_over(base: Connection, given: Given, here: Here) -> Connection:
    """The connection as the properties change it. Raises ConfigError that says where the property was given."""
    from kafkatui.config import properties  # as above

    try:
        return properties.apply(base, given.values, lambda note: here.warn(str(note)), here.environ)
    except ConfigError as error:
        raise given.placed(error) from None


def chosen_context(files: Files, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The context that holds without flags, and what chose it."""
    for name, origin in (
        (environ.get("KAFKATUI_CONTEXT"), "KAFKATUI_CONTEXT"),
        (files.project_context, "the project's file"),
        (files.chosen, "kafkatui config use"),
    ):
        if name:
            return name, origin
    return None


def time_zone_of(wanted: Wanted, environ: Mapping[str, str], folder: Path) -> str | None:
    """The zone of the context that is meant, before any secret of it is read; None: it names none. Raises ConfigError.

    What is wrong with the context is not said here: `choose` does.
    """
    is_bare = bool(wanted.bootstrap) or ((given := _given(wanted)) is not None and _names_brokers(given.values))
    if wanted.context is None and (is_bare or environ.get("KAFKATUI_BOOTSTRAP_SERVER")):
        return None
    files = read_files(environ, folder)
    chosen = chosen_context(files, environ)
    context = files.contexts.get(wanted.context or (chosen[0] if chosen else ""))
    zone = None if context is None else context.table.get("time_zone")
    return zone if isinstance(zone, str) else None


def _names_brokers(given: Mapping[str, str]) -> bool:
    return "bootstrap.servers" in given or "metadata.broker.list" in given


def _base(wanted: Wanted, here: Here, *, is_named: bool) -> Connection | None:
    """What flags and properties are laid over: a context, or nothing but an address."""
    if wanted.context is not None:
        return _context(wanted.context, "-c", read_files(here.environ, here.folder), here)
    if is_named:
        # A bare address gets no secret of a context that was chosen for another cluster.
        return Connection(bootstrap=())
    address = here.environ.get("KAFKATUI_BOOTSTRAP_SERVER")
    if address:
        return Connection(bootstrap=addresses(address, "KAFKATUI_BOOTSTRAP_SERVER"))
    files = read_files(here.environ, here.folder)
    named = chosen_context(files, here.environ)
    return _context(*named, files, here) if named else _mini_cluster(here)


def _context(name: str, origin: str, files: Files, here: Here) -> Connection:
    context = files.contexts.get(name)
    if context is not None:
        return connection_of(context, here.environ, here.ask)
    mini_cluster = _mini_cluster(here) if name == DEV else None
    if mini_cluster is not None:
        return mini_cluster
    raise ConfigError(_no_context(name, origin, files.contexts))


def _mini_cluster(here: Here) -> Connection | None:
    """It is there to be played with, so writing to it is allowed."""
    bootstrap = here.mini_cluster()
    if bootstrap is None:
        return None
    url = here.mini_registry()
    registry = None if url is None else Registry((url,))
    return Connection(addresses(bootstrap, "the mini-cluster"), context=DEV, read_only=False, registry=registry)


def _no_context(name: str, origin: str, contexts: Mapping[str, Context]) -> str:
    if name == DEV:
        return f"{origin}: the mini-cluster is not running; kafkatui dev up starts it"
    known = f"known are {', '.join(sorted(contexts))}" if contexts else "no config file names one"
    return f"{origin}: there is no context {name!r}; {known}"
