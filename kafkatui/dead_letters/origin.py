"""The records dead letters came from: many at once, each found, or with the reason why it is not there any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.kafka import offsets
from kafkatui.kafka.fetch_request import Limits
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Wanted
from kafkatui.kafka.topology import read_topology
from kafkatui.model.cluster import Partition, TopicPartition, Topology
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place, Record
from kafkatui.model.spans import Isolation, Span

Fetched: TypeAlias = Record | Problem
"""The record, or why there is none: `deleted`, `compacted`, `other_topic`, `topic_authorization_failed` and so on."""
LOST = frozenset({
    "deleted", "compacted", "other_topic", "unknown_topic_or_partition", "not_told", "missing", "malformed", "uneven",
})  # fmt: skip
"""Why a record is not there or not known; any other reason may pass, and the record be read then."""
_LIMITS = Limits(request_bytes=4 << 20, partition_bytes=256 * 1024, patience_seconds=10.0)
_NEAR = 500
"""Offsets between two wanted ones that are rather read over than asked for with another request."""
_SKEW_MS = 60_000
"""Clocks of producers and brokers differ."""
_ANY_BROKER = -1


async def fetch_origins(
    nodes: Nodes,
    letters: Sequence[DeadLetter],
    topology: Topology | None = None,
    known_ids: Mapping[str, str] | None = None,
) -> dict[Place, Fetched]:
    """For each dead letter, by its own place, the record of its last origin. Raises `Unreachable`.

    A dead letter does not say which topic of that name it means. One that was made anew shows in a record that has
    another timestamp than the dead letter tells, or is younger than it; and in `known_ids`, ids by topic, where the
    caller saw the topic before. Records of aborted transactions are found too: who failed may have read them.
    """
    topology = topology or await read_topology(nodes)
    wanted = {letter.place: letter.last_origin.place for letter in letters}
    places = {place for place in wanted.values() if isinstance(place, Place)}
    found = await _fetch(nodes, topology, places, known_ids or {})
    return {
        letter.place: place if isinstance(place := wanted[letter.place], Problem) else _checked(letter, found[place])
        for letter in letters
    }


def _checked(letter: DeadLetter, found: Fetched) -> Fetched:
    """The record, unless something says that it is another one."""
    if isinstance(found, Problem):
        return found
    told = letter.last_origin.timestamp_ms
    if isinstance(told, int) and told >= 0:
        if told != found.timestamp_ms:
            return _other(f"its timestamp is {found.timestamp_ms}, and that of the one that failed was {told}")
    elif not letter.dialect.sets_timestamp and found.timestamp_ms > letter.record.timestamp_ms + _SKEW_MS:
        return _other("it is younger than the dead letter")
    return found


def _other(why: str) -> Problem:
    return Problem("other_topic", f"another record lies at that offset now, so the topic was made anew: {why}")


async def _fetch(
    nodes: Nodes, topology: Topology, places: Iterable[Place], known_ids: Mapping[str, str]
) -> dict[Place, Fetched]:
    found: dict[Place, Fetched] = {}
    there: dict[TopicPartition, Partition] = {}
    unknown: set[Place] = set()
    for place in places:
        partition = _partition(topology, place, known_ids)
        if isinstance(partition, Problem):
            found[place] = partition
        elif partition is None:
            unknown.add(place)
        else:
            there[partition.name] = partition
    found.update(await _why_unknown(nodes, topology, unknown))
    logs = await resolve(nodes, list(there.values()), Range(), Isolation.UNCOMMITTED) if there else {}
    inside: dict[TopicPartition, list[int]] = defaultdict(list)
    for place in places:
        where = TopicPartition(place.topic, place.partition)
        if place in found or place in unknown:
            continue
        outside = _outside(place, logs[where])
        if outside is None:
            inside[where].append(place.offset)
        else:
            found[place] = outside
    return found | await _read(nodes, inside)


def _partition(topology: Topology, place: Place, known_ids: Mapping[str, str]) -> Partition | Problem | None:
    """None: the metadata does not name it."""
    topic = topology.topics.get(place.topic)
    if topic is None:
        return None
    if topic.problem is not None:
        return topic.problem
    if topic.name in known_ids and topic.topic_id != known_ids[topic.name]:
        return Problem("other_topic", "the topic was deleted and made anew: it has another id now")
    found = topic.partition(place.partition)
    if found is None:
        text = f"{place.topic} has no partition {place.partition} now, only {len(topic.partitions)}"
        return Problem("other_topic", text)
    return found


async def _why_unknown(nodes: Nodes, topology: Topology, places: Iterable[Place]) -> dict[Place, Problem]:
    """Metadata for all topics passes over what one may not see; asked for by its name a broker says which it is."""
    asked = {TopicPartition(place.topic, place.partition) for place in places}
    broker = next((node_id for node_id, each in topology.brokers.items() if each.problem is None), None)
    if not asked or broker is None:
        return dict.fromkeys(places, _GONE)
    partitions = [Partition(*where, broker, _ANY_BROKER, (), (), ()) for where in asked]
    answers = await offsets.read_starts(nodes, partitions)
    why = {where: answer if isinstance(answer, Problem) else _GONE for where, answer in answers.items()}
    return {
        place: _GONE if (problem := why[TopicPartition(place.topic, place.partition)]).code in _IS_GONE else problem
        for place in places
    }


def _outside(place: Place, log: Span | Problem) -> Problem | None:
    """Why the offset can not be read; None: it lies in the log."""
    if isinstance(log, Problem):
        return log
    if place.offset < log.first:
        return Problem("deleted", f"deleted by retention or by request: the log starts at {log.first}")
    if place.offset >= log.until:
        text = f"the log ends at {log.until}: it was cut off, or the topic was deleted and made anew"
        return Problem("other_topic", text)
    return None


@dataclass(slots=True)
class _Round:
    """One scan: a piece of each partition, and the offsets wanted in it."""

    spans: list[Span] = field(default_factory=list)
    wanted: dict[TopicPartition, frozenset[int]] = field(default_factory=dict)

    def is_wanted(self, record: Record) -> bool:
        return record.offset in self.wanted[record.source]


async def _read(nodes: Nodes, inside: Mapping[TopicPartition, Sequence[int]]) -> dict[Place, Fetched]:
    """All leaders at once, and in each partition what lies near together with one request."""
    found: dict[Place, Fetched] = {}
    for each in _rounds(inside):
        found.update((Place(*where, offset), _COMPACTED) for where, all_ in each.wanted.items() for offset in all_)
        wanted = Wanted(matches=each.is_wanted)
        async with aclosing(scan(nodes, each.spans, wanted, Isolation.UNCOMMITTED, _LIMITS)) as steps:
            async for step in steps:
                found.update((Place(*record[:3]), record) for record in step.found)
                for gap in step.gaps:
                    lost = (offset for offset in each.wanted[gap.where] if gap.first <= offset < gap.until)
                    found.update((Place(*gap.where, offset), _lost(gap.problem)) for offset in lost)
    return found


def _lost(problem: Problem) -> Problem:
    """What the reading says, in the words used here."""
    if problem.code == "offset_out_of_range":
        return replace(problem, code="deleted")
    return replace(problem, code="other_topic") if problem.code == "unknown_topic_id" else problem


def _rounds(inside: Mapping[TopicPartition, Sequence[int]]) -> Iterator[_Round]:
    pieces = {where: list(_pieces(sorted(set(all_)))) for where, all_ in inside.items()}
    for number in range(max(map(len, pieces.values()), default=0)):
        made = _Round()
        for where, runs in pieces.items():
            if number < len(runs):
                made.spans.append(Span(where, runs[number][0], runs[number][-1] + 1))
                made.wanted[where] = frozenset(runs[number])
        yield made


def _pieces(ordered: Sequence[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for offset in ordered:
        if run and offset - run[-1] > _NEAR:
            yield run
            run = []
        run.append(offset)
    if run:
        yield run


_GONE = Problem("unknown_topic_or_partition", "the topic does not exist any more")
_IS_GONE = {"unknown_topic_or_partition", "not_leader_or_follower"}
_COMPACTED = Problem("compacted", "no record lies there any more: compacted away, or it was a transaction's marker")
