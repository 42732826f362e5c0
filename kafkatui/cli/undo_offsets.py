"""How a change of group offsets is undone and looked at again, on paper. The plan itself is made in `resets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkatui.cli import connect
from kafkatui.cli.offset_plan import Written, left_out, lines
from kafkatui.model.counted import counted
from kafkatui.resets.groups_now import Source
from kafkatui.resets.outcome import look
from kafkatui.resets.restoring import plan_restore
from kafkatui.undo.journal import Entry, Journal
from kafkatui.undo.kinds import Found, Undoing, Undone

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster


class OffsetsKind:
    """The kind `group-offsets`."""

    async def plan(self, source: Source, entry: Entry, place: str) -> Undoing:
        plan = await plan_restore(source, entry)
        written = Written("undo", place, connect.clock(), dry_run=False)

        async def carry_out(cluster: Cluster, journal: Journal, command: str) -> Undone:
            from kafkatui.resets.run import carry_out as send  # loads aiokafka and kio

            ran = await send(cluster, plan, journal, command, undoes=entry.id)
            failed = [f"group {name}: {problem.text}" for name, problem in ran.failed]
            return Undone(ran.entry, failed, written.document(plan, ran))

        groups = ", ".join(group.group for group in plan.groups)
        what = f"give back {counted(plan.changes, 'offset')} of {groups}"
        return Undoing(lines(plan, place), what, written.document(plan), plan.is_empty, left_out(plan), carry_out)

    async def look(self, source: Source, entry: Entry) -> Found:
        return await look(source, entry.change)
