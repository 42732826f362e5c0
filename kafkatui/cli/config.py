"""`kafkatui config`: the contexts that are known, and which one holds. What writes or tries one is beside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Annotated, Any

import typer

from kafkatui.cli.config_add import add
from kafkatui.cli.config_import import import_file
from kafkatui.cli.config_try import try_context
from kafkatui.cli.connect import folder
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.report import dumped, on_terminal, write
from kafkatui.config.choose import DEV, chosen_context
from kafkatui.config.contexts import Context, Outline, outline
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, choose_context, read_files
from kafkatui.config.places import user_file
from kafkatui.config.registry import has_password
from kafkatui.config.writing import lines_of

app = typer.Typer(
    name="config",
    help="""Contexts: clusters with a name, from the config file.

    A context is a table [contexts.NAME] in $XDG_CONFIG_HOME/kafkatui/config.toml, in the file KAFKATUI_CONFIG names, or
    in a project's .kafkatui.toml. It knows bootstrap, read_only, production, cluster_id, color, time_zone, client_id,
    audit_topic, edit, and

    tls: true, or ca, certificate, key, key_password, check_host_name, insecure_skip_verify;

    sasl: mechanism, and for PLAIN and SCRAM username, password; for OAUTHBEARER token_command, token, or token_url,
    client_id, client_secret, scope, ca; for AWS_MSK_IAM region, profile, role; for GSSAPI service, principal, keytab;

    schema_registry: an address, or url, username, password, token, ca.

    A secret such as password is written as password_env, password_file, password_command, password_keyring or
    password_prompt; itself only if nobody else can read the file. Files are looked for beside the config file.

    A table [topics."GLOB"] names the decoders of topics: key and value. A table [dead_letters."GLOB"] names the headers
    of dead letters that a program of one's own writes: topic, partition, offset, timestamp, group, exception, message,
    stacktrace, attempts.""",
)


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the contexts; * marks the one that is used when no flag names a cluster."""
    files = _files()
    chosen = chosen_context(files, os.environ)
    if as_json:
        write([dumped(_document(files, chosen), indent=2 if on_terminal() else None)])
        return
    if not files.contexts:
        say(f"no context yet: kafkatui config add NAME -b HOST:PORT writes one into {user_file(os.environ)}")
    width = max(map(len, files.contexts), default=0)
    write(
        " ".join([f"{'*' if chosen and chosen[0] == name else ' '} {name:<{width}} ", *_words(context)])
        for name, context in sorted(files.contexts.items())
    )


def _words(context: Context) -> Iterator[str]:
    try:
        found = outline(context)
    except ConfigError as error:
        yield f"({error})"
        return
    yield ",".join(found.bootstrap)
    if found.production:
        yield "production"
    if not found.read_only:
        yield "writable"


def _document(files: Files, chosen: tuple[str, str] | None) -> Mapping[str, Any]:
    """What the contexts are; nothing that is secret, and nothing that is asked for is read."""
    return {
        "schema": "kafkatui.contexts/1",
        "chosen": chosen and chosen[0],
        "chosen_by": chosen and chosen[1],
        "contexts": [_context_document(context) for _, context in sorted(files.contexts.items())],
    }


def _context_document(context: Context) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = dict.fromkeys(each.name for each in fields(Outline))
    problem = None
    try:
        facts = asdict(outline(context))
    except ConfigError as error:
        problem = {"code": "bad_config", "text": str(error)}
    place = {"file": str(context.file), "is_project": context.is_project}
    return {"context": context.name, **facts, **place, "problem": problem}


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
    write([f"# {context.file}", *lines_of(("contexts", wanted), _without_secrets(context.table))])


def _files() -> Files:
    try:
        return read_files(os.environ, folder())
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None


def _without_secrets(table: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        key: _without_secrets(value) if isinstance(value, dict) else "(hidden)" if _is_secret(key, value) else value
        for key, value in table.items()
    }


def _is_secret(key: str, value: object) -> bool:
    """A file with one may be refused when it is used, and can be shown all the same."""
    if key in ("url", "schema_registry"):
        return has_password(str(value))
    return key in ("password", "token", "client_secret", "key_password")


app.command("add")(add)
app.command("test")(try_context)
app.command("import")(import_file)
