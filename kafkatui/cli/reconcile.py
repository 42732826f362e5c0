"""Changes whose process was killed in between: the cluster is asked what became of them, and their entry is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkatui.cli.changing import tell_audit_topic
from kafkatui.cli.exits import say
from kafkatui.cli.undo_kinds import KINDS, kind_of
from kafkatui.model.connection import Connection
from kafkatui.undo.journal import Entry, Journal, Result
from kafkatui.undo.kinds import Impossible

if TYPE_CHECKING:
    from kafkatui.monitor import Source


async def reconcile(source: Source, connection: Connection, journal: Journal) -> None:
    """For every changing command to begin with, and for undo. Entries of other clusters wait for theirs.

    Says on stderr what it found. Raises `Unreachable`, and OSError where the journal can not be written.
    """
    open_entries = [entry for entry in journal.unfinished() if entry.change.kind in KINDS]
    if not open_entries and connection.audit_topic is None:
        return
    cluster_id = (await source.topology()).cluster_id
    connection.check(cluster_id)
    for entry in reversed(open_entries):
        if entry.change.cluster_id == cluster_id:
            await _close(source, journal, entry)
    await tell_audit_topic(connection, cluster_id)


async def _close(source: Source, journal: Journal, entry: Entry) -> None:
    head = f"{entry.id} ({entry.change.what}) was cut off"
    try:
        found = await kind_of(entry.change.kind).look(source, entry)
    except Impossible as error:
        say(f"{head}, and what became of it can not be seen: {'; '.join(error.sentences)}")
        return
    ended = journal.end(entry, found.result, found.counts, f"cut off: {found.problem}")
    if ended.change.undoes is not None and found.result is Result.OK:
        undone = journal.entry(ended.change.undoes)
        if undone is not None:
            journal.undone(undone, ended)
    say(f"{head}: {found.problem}")
