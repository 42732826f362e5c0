"""A change is made once: looked at again, kept in the journal, sent, and how it went is kept too."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from kafkatui.model.cluster import Topology
from kafkatui.model.problems import Problem
from kafkatui.topic_changes.plan import Plan, Results
from kafkatui.undo.journal import Change, Entry, Journal, Result

if TYPE_CHECKING:
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.kafka.nodes import Nodes

INTERRUPTED = "interrupted while it was made: look at what is there now"


class TopicChange(Protocol):
    """A plan and how it is carried out."""

    asks_first: ClassVar[bool]
    """Whether brokers can say beforehand what they would refuse."""

    @property
    def plan(self) -> Plan: ...

    async def checked(self, nodes: Nodes) -> TopicChange:
        """The same with the brokers' own verdict on each item, if it `asks_first`."""
        ...

    async def moved(self, cluster: Cluster) -> Results:
        """Items that are not any more what the plan was made from; topics are looked at already."""
        ...

    async def make(self, cluster: Cluster, topology: Topology) -> Results:
        """Send it, once. Raises `Unreachable`."""
        ...


@dataclass(frozen=True, slots=True)
class Ended:
    """How a change went."""

    results: Results
    entry: Entry | None = None
    """Its place in the journal; None: nothing was sent."""
    unkept: OSError | None = None
    """The change was made, but how it went could not be written down."""

    @property
    def failed(self) -> dict[str, Problem]:
        return {name: problem for name, problem in self.results.items() if problem is not None}


class NotKept(Exception):
    """The state before could not be written down, so nothing was sent."""


async def carry_out(cluster: Cluster, change: TopicChange, journal: Journal, kept: Change) -> Ended:
    """Make the change, unless something has moved since it was planned: then nothing is sent.

    `kept` is what the journal keeps of it. Raises `NotKept` and `Unreachable`.
    """
    plan = change.plan
    topology = await cluster.topology()
    moved = {**moved_topics(plan, topology), **await change.moved(cluster)}
    if moved:
        return Ended(moved)
    try:
        entry = journal.start(kept)
    except OSError as error:
        raise NotKept(str(error)) from error
    try:
        results = _complete(plan, await change.make(cluster, topology))
    except BaseException:
        journal.end(entry, Result.UNKNOWN, problem=INTERRUPTED)
        raise
    try:
        return Ended(results, journal.end(entry, *_end(results)))
    except OSError as error:
        return Ended(results, entry, error)


def journalled(plan: Plan, flags: Sequence[str] = ()) -> Change:
    """What the journal keeps of a plan; `flags` name the cluster on a command line."""
    return Change(
        kind=plan.kind.value,
        what=plan.what,
        command=shlex.join(["kafkatui", *plan.command, *flags]),
        cluster_id=plan.cluster_id,
        before=plan.before,
        planned={"items": [dict(item.decided) for item in plan.todo]},
        plan_hash=plan.hash,
        cannot_undo=plan.cannot_undo,
    )


def moved_topics(plan: Plan, topology: Topology) -> dict[str, Problem]:
    """Topics that are gone, or were made anew, since the plan was made."""
    found: dict[str, Problem] = {}
    for name, topic_id in plan.topics.items():
        topic = topology.topics.get(name)
        if topic is None:
            found[name] = Problem("moved", f"topic {name} does not exist any more")
        elif topic.topic_id != topic_id:
            found[name] = Problem("moved", f"topic {name} was made anew since the plan was made")
    return found


def _complete(plan: Plan, results: Results) -> dict[str, Problem | None]:
    """For every item that was to be done; an answer that does not name it leaves it in doubt."""
    return {item.name: _doubted(results.get(item.name, _UNNAMED)) for item in plan.todo}


_UNNAMED = Problem("malformed", "the answer does not name it")


def _doubted(problem: Problem | None) -> Problem | None:
    """A person must not take an answer that is missing for a refusal."""
    from kafkatui.kafka.topic_changes import UNCERTAIN

    if problem is None or problem.code not in UNCERTAIN:
        return problem
    return replace(problem, text=f"{problem.text}; it may be done nevertheless")


def _end(results: Results) -> tuple[Result, dict[str, int], str | None]:
    from kafkatui.kafka.topic_changes import UNCERTAIN

    failed = {name: problem for name, problem in results.items() if problem is not None}
    counts = {"changed": len(results) - len(failed), "failed": len(failed)}
    if not failed:
        return Result.OK, counts, None
    name, problem = next(iter(failed.items()))
    uncertain = any(each.code in UNCERTAIN for each in failed.values())
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return Result.UNKNOWN if uncertain else Result.FAILED, counts, f"{name}: {problem.text}{more}"
