"""`kafkatui config add`: a context from flags and from Kafka's own properties, into the user's config file."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kafkatui.cli import connect
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import with_flags
from kafkatui.cli.secret_flags import SecretFlags
from kafkatui.config.errors import ConfigError
from kafkatui.config.places import user_file

if TYPE_CHECKING:  # only for who writes a context
    from kafkatui.config.drafts import Draft, PemTexts, Way
    from kafkatui.model.connection import Connection

_NEEDED = "--password-env VARIABLE, --password-file FILE, --password-command COMMAND, --password-prompt or --keyring"


@with_flags
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the context is called.")],
    bootstrap: Annotated[
        list[str] | None,
        typer.Option("--bootstrap-server", "-b", metavar="HOST:PORT", help="Brokers to ask first."),
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option("-X", metavar="KEY=VALUE", help="A client property by its Java or librdkafka name."),
    ] = None,
    command_config: Annotated[
        str | None, typer.Option("--command-config", metavar="FILE", help="Kafka's own client.properties, as it is.")
    ] = None,
    color: Annotated[str | None, typer.Option(metavar="COLOR", help="How screens mark it: red, green, ...")] = None,
    read_write: Annotated[
        bool, typer.Option("--read-write", help="Allow changes; a context is read-only else.")
    ] = False,
    production: Annotated[bool, typer.Option("--production", help="Changes want its name typed.")] = False,
    cluster_id: Annotated[str | None, typer.Option(metavar="ID", help="The id the cluster must have.")] = None,
    time_zone: Annotated[str | None, typer.Option(metavar="ZONE", help="Of moments, such as Europe/Berlin.")] = None,
    replace_it: Annotated[bool, typer.Option("--replace", help="Write anew what is there by this name.")] = False,
    *,
    secret: SecretFlags,
) -> None:
    """Write a context into the config file; everything else in it stays as it is.

    A password never stands on a command line: name the variable, the file or the command that has it, or let it be
    asked for. One that stands in the file of --command-config is put into a file of its own, or with --keyring into the
    keyring.
    """
    from kafkatui.config.drafts import PemTexts, draft

    secret.check()
    try:
        check_name(name, replace_it)
        pems = PemTexts()
        connection = _connection(bootstrap or [], pairs or [], command_config, secret, pems)
        connection = replace(
            connection,
            read_only=not read_write,
            production=production,
            cluster_id=cluster_id,
            color=_color(color),
            time_zone=_time_zone(time_zone),
        )
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None
    write(draft(name, connection, pems), secret)


def check_name(name: str, may_replace: bool) -> None:
    """Raises ConfigError, or Failure where a context has this name already."""
    from kafkatui.config.keeping import has_context

    if not name or name != name.strip() or not name.isprintable() or name.startswith("-"):
        raise ConfigError(f"{name!r} is no name for a context")
    file = user_file(os.environ)
    if not may_replace and has_context(file, name):
        raise Failure(Code.FAILED, f"{file} has a context {name} already; --replace writes it anew")


def _connection(
    bootstrap: list[str], pairs: list[str], command_config: str | None, secret: SecretFlags, pems: PemTexts
) -> Connection:
    from kafkatui.config import properties
    from kafkatui.config.unread import login_with_unread_secret
    from kafkatui.model.connection import Connection

    given = properties.given(command_config, [*pairs, *_brokers(bootstrap)])
    has_login = given.values.get("security.protocol", "").upper().startswith("SASL")
    if secret.names_login and not has_login:
        raise ConfigError("a password needs a login: give -X security.protocol=SASL_SSL, or SASL_PLAINTEXT")
    base = Connection((), sasl=login_with_unread_secret(given.values) if secret.is_given and has_login else None)
    try:
        found = properties.apply(base, given.values, lambda note: say(str(note)), os.environ, pems)
    except ConfigError as error:
        hint = f"; or {_NEEDED}" if "is missing" in str(error) and not secret.is_given else ""
        raise ConfigError(f"{given.placed(error)}{hint}") from None
    if not found.bootstrap:
        raise ConfigError("no broker is named: give -b HOST:PORT")
    return found


def _brokers(bootstrap: list[str]) -> list[str]:
    return [f"bootstrap.servers={','.join(bootstrap)}"] if bootstrap else []


def _color(color: str | None) -> str | None:
    from kafkatui.config.contexts import COLORS

    if color is not None and color not in COLORS:
        raise ConfigError(f"--color: {color!r} is not a colour here; known are {', '.join(COLORS)}")
    return color


def _time_zone(zone: str | None) -> str | None:
    from kafkatui.config.contexts import is_time_zone

    if zone is not None and not is_time_zone(zone):
        raise ConfigError(
            f"--time-zone: no time zone is called {zone!r}; give an IANA name such as Europe/Berlin or UTC"
        )
    return zone


def write(made: Draft, secret: SecretFlags) -> None:
    """Write the context and say where its secrets are. Raises Failure."""
    from kafkatui.config.keeping import write_context
    from kafkatui.config.unread import UNREAD

    file = user_file(os.environ)
    unread = [way for way, value in made.secrets.items() if value == UNREAD]
    try:
        if secret.keyring:
            asked = {way: connect.ask(f"{words(way)} of context {made.name}") for way in unread}
            made, unread = replace(made, secrets={**made.secrets, **asked}), []
        write_context(file, made, {way: secret.place(way[1]) for way in unread}, in_keyring=secret.keyring)
    except ConfigError as error:
        raise Failure(Code.FAILED, str(error)) from None
    for sentence in (f"{file}: context {made.name} is written", *kept(made, unread, in_keyring=secret.keyring)):
        say(sentence)


def words(way: Way) -> str:
    """A secret as a person calls it: `sasl password`."""
    return " ".join(way).replace("_", " ")


def kept(made: Draft, left_out: Collection[Way], *, in_keyring: bool) -> Iterator[str]:
    """Where the secrets went, in sentences."""
    from kafkatui.config.keeping import where_to

    for way, (key, place) in where_to(made, in_keyring=in_keyring).items():
        if way in left_out:
            continue
        if key.endswith("_keyring"):
            yield f"its {words(way)} is in the keyring, as {place}"
        else:
            yield f"its {words(way)} is in {user_file(os.environ).parent / str(place)}, which only you can read"
