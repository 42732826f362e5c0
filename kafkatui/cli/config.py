"""`kafkatui config`: the contexts that are known, and which one holds. No cluster is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from kafkatui.cli.connect import folder
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.report import write
from kafkatui.config.choose import DEV, chosen_context
from kafkatui.config.contexts import Context
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, choose_context, read_files
from kafkatui.config.places import user_file
from kafkatui.config.registry import has_password

app = typer.Typer(
    name="config",
    help="""Contexts: clusters with a name, from the config file.

    A context is a table [contexts.NAME] in $XDG_CONFIG_HOME/kafkatui/config.toml, in the file KAFKATUI_CONFIG names, or
    in a project's .kafkatui.toml. It knows bootstrap, read_only, cluster_id, color, client_id, tls (true, or ca,
    certificate, key, key_password_env), sasl (mechanism, username, and password_env, password_file or
    password_command) and schema_registry (an address, or url, username, password_env, token_env, ca).

    A table [topics."GLOB"] names the decoders of topics: key and value. A table [dead_letters."GLOB"] names the headers
    of dead letters that a program of one's own writes: topic, partition, offset, timestamp, group, exception, message,
    stacktrace, attempts.""",
)


@app.command("list")
def list_command() -> None:
    """List the contexts; * marks the one that is used when no flag names a cluster."""
    files = _files()
    if not files.contexts:
        say(f'no context yet: write [contexts.NAME] with bootstrap = "host:port" into {user_file(os.environ)}')
    chosen = chosen_context(files, os.environ)
    width = max(map(len, files.contexts), default=0)
    write(
        f"{'*' if chosen and chosen[0] == name else ' '} {name:<{width}}  {_bootstrap(context)}"
        for name, context in sorted(files.contexts.items())
    )


@app.command("use")
def use_command(name: Annotated[str, typer.Argument(help="A context of the config file, or dev.")]) -> None:
    """Use this context from now on, wherever no flag, variable or project says otherwise."""
    files = _files()
    if name != DEV and name not in files.contexts:
        known = f"known are {', '.join(sorted(files.contexts))}" if files.contexts else "no config file names one"
        raise Failure(Code.FAILED, f"there is no context {name}; {known}")
    try:
        choose_context(name, os.environ)
    except ConfigError as error:
        raise Failure(Code.FAILED, str(error)) from None
    now = chosen_context(_files(), os.environ)
    if now is not None and now[0] != name:
        say(f"{now[1]} names {now[0]}, and that goes first")


@app.command("show")
def show_command(
    name: Annotated[str | None, typer.Argument(help="A context; the one that is used without any.")] = None,
) -> None:
    """Print a context as it stands in its file. Secrets are not in there, only where they come from."""
    files = _files()
    chosen = chosen_context(files, os.environ)
    wanted = name or (chosen[0] if chosen else None)
    if wanted is None:
        raise Failure(Code.FAILED, "no context is chosen; kafkatui config use NAME does that")
    if wanted not in files.contexts:
        raise Failure(Code.FAILED, f"no config file has a context {wanted}")
    context = files.contexts[wanted]
    write([f"# {context.file}", *_table(f"contexts.{wanted}", context.table)])


def _files() -> Files:
    try:
        return read_files(os.environ, folder())
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None


def _bootstrap(context: Context) -> str:
    try:
        return ",".join(context.bootstrap)
    except ConfigError as error:
        return f"({error})"


def _table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{name}]"
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    for key, value in table.items():
        if key not in inner:
            yield f"{key} = {_value('(hidden)' if _is_secret(key, value) else value)}"
    for key, value in inner.items():
        yield from _table(f"{name}.{key}", value)


def _is_secret(key: str, value: object) -> bool:
    """A file with one is refused when it is used, and can be shown all the same."""
    return key in ("password", "token") or (key in ("url", "schema_registry") and has_password(str(value)))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
