"""How a change to topics is undone and looked at again, on paper. The plans themselves are made in `topic_changes`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kafkatui.topic_changes import aftermath
from kafkatui.topic_changes.restore import RESTORING
from kafkatui.topic_changes.source import TopicSource
from kafkatui.undo.journal import Entry, Journal
from kafkatui.undo.kinds import Found, Impossible, Undoing, Undone

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster


class TopicsKind:
    """The kinds `topic-...`."""

    async def plan(self, source: TopicSource, entry: Entry, place: str) -> Undoing:
        restoring = RESTORING.get(entry.change.kind)
        if restoring is None:
            raise Impossible(f"this version knows no way back for {entry.change.kind}")
        change = await restoring(source, entry, place)
        plan = change.plan

        async def carry_out(cluster: Cluster, journal: Journal, command: str) -> Undone:
            from kafkatui.topic_changes.run import carry_out as send  # loads aiokafka and kio
            from kafkatui.topic_changes.run import journalled

            kept = replace(journalled(plan), command=command, undoes=entry.id)
            ended = await send(cluster, await change.checked(cluster.nodes), journal, kept)
            if ended.entry is None:
                raise Impossible(*(f"{name}: {problem.text}" for name, problem in ended.failed.items()))
            failed = [f"{name}: {problem.text}" for name, problem in ended.failed.items()]
            return Undone(ended.entry, failed, plan.document(ended.results, ended.entry.id))

        left_out = [f"{item.name}: {item.problem.text}" for item in plan.refused if item.problem is not None]
        return Undoing(plan.lines(), plan.what, plan.document(), not plan.todo, left_out, carry_out)

    async def look(self, source: TopicSource, entry: Entry) -> Found:
        seen = await aftermath.look(source, entry)
        return Found(seen.result, seen.counts, seen.problem)
