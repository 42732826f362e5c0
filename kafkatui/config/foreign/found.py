"""What was found in another tool's file: a cluster, as a connection of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kafkatui.config import registry
from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign.tree import Tree
from kafkatui.config.notes import Note
from kafkatui.config.unread import UNREAD
from kafkatui.model.connection import Connection, Registry, Sasl


@dataclass(frozen=True, slots=True)
class Found:
    """One cluster of a file."""

    name: str
    """What the file calls it; empty: nothing."""
    connection: Connection | None
    notes: tuple[Note, ...] = ()
    """What of it is left out, and why."""
    problem: str | None = None
    """Why it can not be a context at all."""
    pems: Mapping[str, str] = field(default_factory=dict, repr=False)
    """PEM texts that stand for files in the connection."""


def found(name: str, tree: Tree, build: Callable[[Tree], Connection]) -> Found:
    """What `build` makes of the tree, or why it can not."""
    try:
        connection = build(tree)
    except ConfigError as error:
        return Found(name, None, problem=str(error))
    return Found(name, connection, tuple(tree.notes()))


def password_login(mechanism: str, tree: Tree, user: str, password: str) -> Sasl:
    """A login by the settings `user` and `password`. One without a password is asked for it. Raises ConfigError."""
    username = tree.text(user)
    if username is None:
        raise ConfigError(f"{tree.at(user)} is missing")
    value = tree.text(password)
    if value is None:
        tree.note(password, "not in the file; it is asked for when the context is used")
    return Sasl(mechanism, username, UNREAD if value is None else value)


def registry_at(
    urls: str,
    where: str,
    username: str | None = None,
    password: str | None = None,
    token: str | None = None,
    ca: str | None = None,
) -> Registry:
    """A registry by its address, which may lack http://. Raises ConfigError."""
    whole = ",".join(url if "://" in url else f"http://{url}" for url in urls.split(","))
    try:
        made = registry.apply(None, {registry.URL: whole}, None)
    except ConfigError:
        raise ConfigError(f"{where}: not the address of a registry") from None
    assert made is not None
    has_user = username is not None and password is not None
    return Registry(
        made.urls,
        username if has_user else made.username,
        password if has_user else made.password,
        None if has_user else token,
        ca,
    )
