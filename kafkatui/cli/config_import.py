"""`kafkatui config import`: the clusters of other tools' files become contexts, and what is left out is said."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kafkatui.cli.config_add import check_name, kept, words
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.report import dumped, on_terminal, write
from kafkatui.config.errors import ConfigError
from kafkatui.config.places import user_file

if TYPE_CHECKING:  # only for who reads such a file
    from kafkatui.config.drafts import Draft
    from kafkatui.config.foreign.found import Found
    from kafkatui.config.foreign.recognise import Reading
    from kafkatui.config.keeping import Places

_KINDS = "java, kcat, kaskade, kaf, kafkactl, kcl, rpk"


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A config file of another tool.")],
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="What its one cluster is called.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help=f"Whose file it is, where that is not seen: {_KINDS}.")
    ] = None,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep passwords in the keyring.")] = False,
    replace_it: Annotated[bool, typer.Option("--replace", help="Write anew what is there by the same name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Write a context for each cluster of another tool's file, and say which settings are left out and why.

    It reads Kafka's client.properties, kcat.conf, the files of kaf, kafkactl, kcl and rpk, and that of kaskade's
    --config-file. Passwords never go into config.toml: each gets a file of its own, or with --keyring goes there.
    """
    from kafkatui.config.foreign.recognise import Kind, read

    if kind is not None and kind not in list(Kind):
        raise Failure(Code.USAGE, f"--kind: {kind!r} is not one of {_KINDS}")
    try:
        reading = read(file, os.environ, None if kind is None else Kind(kind))
    except ConfigError as error:
        raise Failure(Code.FAILED, str(error)) from None
    if name is not None and len(reading.clusters) != 1:
        raise Failure(Code.USAGE, f"--name: {file} holds {len(reading.clusters)} clusters; it is for one")
    clusters = [replace(each, name=name or each.name or _stem(file)) for each in reading.clusters]
    done = [_imported(each, keyring=keyring, may_replace=replace_it, dry_run=dry_run) for each in clusters]
    if as_json:
        write([dumped(_document(file, reading, done), indent=2 if on_terminal() else None)])
    for note in reading.notes:
        say(f"left out: {note}")
    for sentence in (sentence for each in done for sentence in each["said"]):
        say(sentence)
    if dry_run and not as_json:
        write(line for each in done for line in each["lines"])
    if not clusters:
        say(f"{file} names no cluster")
    if not clusters or any(each["problem"] for each in done):
        raise typer.Exit(Code.FAILED)


def _stem(file: Path) -> str:
    """`prod.properties` is about prod; of `kafka/prod/client.properties` its folder tells more."""
    is_usual = file.stem.lstrip(".") in (
        "client",
        "config",
        "kafka",
        "kafkacat",
        "kcat",
        "admin",
        "consumer",
        "producer",
    )
    return (file.absolute().parent.name if is_usual else "") or file.stem


def _imported(found: Found, *, keyring: bool, may_replace: bool, dry_run: bool) -> Mapping[str, Any]:
    """How it went: facts for the document, and sentences."""
    facts: dict[str, Any] = {"found": found, "problem": found.problem, "secrets": [], "lines": [], "said": []}
    try:
        if found.connection is None:
            raise ConfigError(found.problem or "")
        check_name(found.name, may_replace)
        facts |= _written(found, keyring=keyring, dry_run=dry_run)
    except (ConfigError, Failure) as error:
        facts |= {"problem": str(error), "said": [f"{found.name} is not imported: {error}"]}
    return facts


def _written(found: Found, *, keyring: bool, dry_run: bool) -> Mapping[str, Any]:
    from kafkatui.config.drafts import draft, placed
    from kafkatui.config.keeping import where_to, write_context
    from kafkatui.config.unread import UNREAD
    from kafkatui.config.writing import lines_of

    assert found.connection is not None
    made = draft(found.name, found.connection, found.pems)
    places: Places = {way: (f"{way[1]}_prompt", True) for way, value in made.secrets.items() if value == UNREAD}
    table = placed(made, {**where_to(made, in_keyring=keyring), **places})
    if not dry_run:
        write_context(user_file(os.environ), made, places, in_keyring=keyring)
    return {
        "secrets": [words(way) for way in made.secrets if way not in places],
        "lines": list(lines_of(("contexts", made.name), table)),
        "said": list(_sentences(found, made, places, keyring=keyring, dry_run=dry_run)),
    }


def _sentences(found: Found, made: Draft, places: Places, *, keyring: bool, dry_run: bool) -> Iterator[str]:
    yield f"{user_file(os.environ)}: context {made.name} {'would be' if dry_run else 'is'} written"
    if not dry_run:
        yield from kept(made, places, in_keyring=keyring)
    for note in found.notes:
        for name in note.names:
            yield f"{made.name}: left out: {name}: {note.why}"


def _document(file: Path, reading: Reading, done: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        "schema": "kafkatui.import/1",
        "file": str(file),
        "kind": reading.kind,
        "contexts": [
            {
                "context": each["found"].name,
                "bootstrap": each["found"].connection and each["found"].connection.bootstrap,
                "secrets": each["secrets"],
                "skipped": _skipped(each["found"].notes),
                "problem": each["problem"] and {"code": "not_imported", "text": each["problem"]},
            }
            for each in done
        ],
        "skipped": _skipped(reading.notes),
    }


def _skipped(notes: Sequence[Any]) -> list[Mapping[str, str]]:
    return [{"setting": name, "why": note.why} for note in notes for name in note.names]
