"""`kafkatui undo`: the changes that were made from here, and the way back. How each kind goes back is its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from kafkatui.cli import connect, reconcile, report
from kafkatui.cli.changing import Asking, confirmed, journal, show, tell_audit_topic
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.offset_change import command_line, place_of, run
from kafkatui.cli.plan_output import PlanPrinting
from kafkatui.cli.tables import Table
from kafkatui.cli.undo_kinds import KINDS, kind_of
from kafkatui.columns import cells
from kafkatui.columns.column import Column
from kafkatui.model.connection import Connection
from kafkatui.undo.journal import Change, Entry, Result
from kafkatui.undo.kinds import Undoing, Undone, why_not

_LIST = "list"


@with_flags
def undo(
    what: Annotated[
        str | None, typer.Argument(metavar="[list|ID]", help="list: the changes. ID: this one; without, the newest.")
    ] = None,
    *,
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Take back a change that was made from here: the newest that can be, or the one with this ID.

    list shows them, newest first, and why one can not be undone. Undoing is a change, too: it shows its plan, asks, and
    can be undone by its ID. The changes and audit.jsonl lie in $XDG_STATE_HOME/kafkatui/undo.
    """
    printing.check()
    if what == _LIST:
        _list(printing)
        return
    connection = connect.needed_connection(where) if asking.dry_run else connect.writing_connection(where)
    entry, undoing = run(_plan(connection, what))
    say(f"{entry.id}: {entry.change.what} ({entry.at}, {entry.who})")
    if undoing.is_empty:
        show(undoing.plan)
        say("all is as it was before it already" if not undoing.left_out else "nothing of it can be given back")
        if not undoing.left_out and not asking.dry_run:
            _mark(connection, entry)
    elif confirmed(undoing.plan, f"{undoing.question} on cluster {place_of(connection)}", asking, on=connection):
        _do(connection, entry, undoing, printing)
        return
    printing.emit({**undoing.document, "dry_run": asking.dry_run})
    if undoing.left_out or not (undoing.is_empty or asking.dry_run):
        raise typer.Exit(Code.FAILED)


def _do(connection: Connection, entry: Entry, undoing: Undoing, printing: PlanPrinting) -> None:
    async def doing() -> Undone:
        async with connect.open_changing(connection) as cluster:
            made = await undoing.carry_out(cluster, journal(), command_line(["undo", entry.id], connection))
        await tell_audit_topic(connection, entry.change.cluster_id)
        return made

    undone = run(doing())
    if not undone.failed:
        journal().undone(entry, undone.entry)
        say(f"{entry.id} is undone; kafkatui undo {undone.entry.id} takes that back")
    printing.emit(undone.document)
    report.finish([*undoing.left_out, *undone.failed])


def _mark(connection: Connection, entry: Entry) -> None:
    """It needs no undoing any more: the next `undo` goes on to the one before it."""
    kept, old = journal(), entry.change
    words = command_line(["undo", entry.id], connection)
    nothing = Change(
        old.kind, f"undo {entry.id}: nothing to do", words, old.cluster_id, {}, {}, None, "it changed nothing", entry.id
    )
    kept.undone(entry, kept.end(kept.start(nothing), Result.OK, {"changed": 0}))


async def _plan(connection: Connection, wanted: str | None) -> tuple[Entry, Undoing]:
    """Raises Failure, `Impossible` and `Unreachable`."""
    _named(wanted)
    async with connect.open_source(connection) as source:
        cluster_id = (await source.topology()).cluster_id
        connection.check(cluster_id)
        await reconcile.reconcile(source, connection, journal())
        entry = _named(wanted) or _newest(cluster_id, place_of(connection))
        _check(entry, cluster_id)
        return entry, await kind_of(entry.change.kind).plan(source, entry, place_of(connection))


def _named(wanted: str | None) -> Entry | None:
    """By its id or the beginning of it."""
    if wanted is None:
        return None
    hits = [entry for entry in journal().entries() if entry.id == wanted or (wanted and entry.id.startswith(wanted))]
    exact = [entry for entry in hits if entry.id == wanted]
    if not hits:
        raise Failure(Code.FAILED, f"there is no change {wanted}; kafkatui undo list shows them")
    if len(hits) > 1 and not exact:
        raise Failure(Code.FAILED, f"{wanted} is the beginning of {len(hits)} changes; kafkatui undo list shows them")
    return (exact or hits)[0]


def _newest(cluster_id: str | None, place: str) -> Entry:
    """An undo is not undone by accident: only by its id."""
    entries = [entry for entry in journal().entries() if entry.change.undoes is None and why_not(entry, KINDS) is None]
    here = [entry for entry in entries if entry.change.cluster_id == cluster_id]
    if here:
        return here[0]
    elsewhere = f"; the newest is of cluster {entries[0].change.cluster_id}" if entries else ""
    raise Failure(Code.FAILED, f"there is no change on cluster {place} ({cluster_id}) to undo{elsewhere}")


def _check(entry: Entry, cluster_id: str | None) -> None:
    reason = why_not(entry, KINDS)
    if reason is not None:
        raise Failure(Code.FAILED, f"{entry.id} can not be undone: {reason}")
    if entry.change.cluster_id != cluster_id:
        which = f"{entry.id} was made on cluster {entry.change.cluster_id}"
        raise Failure(Code.FAILED, f"{which}, and this is {cluster_id}: nothing was changed")


_ENTRIES: Sequence[Column[Entry]] = (
    Column("id", "id", lambda entry: cells.text(entry.id)),
    Column("at", "at", lambda entry: cells.text(entry.at)),
    Column("cluster", "cluster", lambda entry: cells.text(entry.change.cluster_id or "")),
    Column("result", "result", lambda entry: cells.text(_result(entry))),
    Column("undo", "undo", lambda entry: cells.text(why_not(entry, KINDS) or "yes")),
    Column("what", "what", lambda entry: cells.text(_what(entry))),
)


def _result(entry: Entry) -> str:
    if entry.result is not None:
        return entry.result.value
    return "running" if entry.is_running else "cut off"


def _what(entry: Entry) -> str:
    return entry.change.what if entry.problem is None else f"{entry.change.what}: {entry.problem}"


def _list(printing: PlanPrinting) -> None:
    entries = journal().entries()
    if printing.is_json:
        printing.emit({"schema": "kafkatui.changes/1", "changes": [_document(entry) for entry in entries]})
    elif entries:
        report.write(Table(_ENTRIES, entries).lines())
    else:
        say("no change was made from here yet")


def _document(entry: Entry) -> Mapping[str, Any]:
    change, reason = entry.change, why_not(entry, KINDS)
    return {
        "id": entry.id,
        "at": entry.at,
        "who": entry.who,
        "kind": change.kind,
        "what": change.what,
        "command": change.command,
        "cluster_id": change.cluster_id,
        "plan_hash": change.plan_hash,
        "result": _result(entry),
        "counts": dict(entry.counts),
        "problem": entry.problem,
        "undoes": change.undoes,
        "undone_by": entry.undone_by,
        "can_undo": reason is None,
        "why_not": reason,
    }
