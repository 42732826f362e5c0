"""Dead letters on their way back: the route a replay takes with them, and what was sent back before.

What is sent and what is left out is decided in `redrive`; the sending is `replay`'s.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from kafkatui.dead_letters import redrive
from kafkatui.dead_letters.causes import key_of
from kafkatui.dead_letters.finding import find
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.origin import Fetched, fetch_origins
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redrive import LeftOut, Planned, Send
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.placement import Placement
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import scan
from kafkatui.kafka.search import Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.positions import AtTime, Range
from kafkatui.model.problems import Problem
from kafkatui.model.records import NewRecord, Place, Record
from kafkatui.model.spans import Isolation, Span
from kafkatui.reading.records import Records
from kafkatui.replay.execution import MakeRoute, usual_route
from kafkatui.replay.planning import Search, search_of
from kafkatui.replay.route import Dealt, Route
from kafkatui.replay.spec import Spec, SpecError, Timestamps
from kafkatui.replay.stamps import JOB, SOURCE, source_of

NO_LETTER = Problem("no_dead_letter", "no known dialect tells that it is a dead letter")


class Back(Route):
    """Deals dead letters to the topics they came from, and knows which it left out."""

    def __init__(
        self,
        cluster: Cluster,
        recogniser: Recogniser,
        settings: redrive.Redrive,
        causes: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`causes`: ids; none takes letters of every cause."""
        self.left_out: dict[Place, Problem] = {}
        self.remarks: Counter[str] = Counter()
        self._cluster = cluster
        self._recogniser = recogniser
        self._settings = settings
        self._causes = frozenset(causes)
        self._clock = clock
        self._origins: dict[Place, Fetched] = {}
        self._named: dict[Place, Place] = {}
        """Records that only have names, and the dead letter that named each first."""
        self._placements: dict[str, Placement] = {}

    async def prepare(self, records: Sequence[Record]) -> None:
        pointers = [letter for letter in self._letters(records) if letter.dialect.is_pointer]
        self._origins = await fetch_origins(self._cluster.nodes, pointers) if pointers else {}

    def deal(self, records: Sequence[Record]) -> Iterable[Dealt]:
        dealt: dict[TopicPartition, Dealt] = {}
        for send in self.sends(records):
            made = self._made(send)
            where = TopicPartition(made.topic, made.partition)
            into = dealt.setdefault(where, Dealt(where, [], []))
            into.records = [*into.records, made]
            into.sources = [*into.sources, send.letter.record]
        return dealt.values()

    def sends(self, records: Sequence[Record]) -> Iterator[Send]:
        """What is sent of these records; the rest is noted as left out."""
        for planned in self.planned(records):
            if isinstance(planned, LeftOut):
                self.left_out[planned.letter.place] = planned.problem
            else:
                self.remarks.update(planned.remarks)
                yield planned

    def planned(self, records: Sequence[Record]) -> Iterator[Planned]:
        """One for each dead letter among these records that was chosen; `prepare` was asked about them."""
        return redrive.plan(self._letters(records), self._settings, self._origins, self._named)

    def _letters(self, records: Iterable[Record]) -> list[DeadLetter]:
        letters = []
        for record in records:
            letter = self._recogniser.read(record)
            if letter is None:
                self.left_out[Place(record.topic, record.partition, record.offset)] = NO_LETTER
            elif not self._causes or key_of(letter).id in self._causes:
                letters.append(letter)
        return letters

    def _made(self, send: Send) -> Record:
        new = send.record
        at = round(self._clock() * 1000) if new.timestamp_ms is None else new.timestamp_ms
        batch = send.letter.record.batch
        return Record(new.topic, self._partition(new), 0, at, new.key, new.value, new.headers, batch=batch)

    def _partition(self, record: NewRecord) -> int:
        if record.partition is not None:
            return record.partition
        count = self._settings.partitions[record.topic]
        placement = self._placements.setdefault(record.topic, Placement(PartitionBy.KEY, count))
        return placement.choose(record)


@dataclass(slots=True)
class Survey:
    """What a redrive would do, counted."""

    sends: Counter[TopicPartition] = field(default_factory=Counter)
    """By where it goes."""
    left_out: Counter[str] = field(default_factory=Counter)
    """By reason."""
    examples: dict[str, tuple[Place, Problem]] = field(default_factory=dict)
    """The first one of each reason."""
    remarks: Counter[str] = field(default_factory=Counter)
    gaps: int = 0
    read: int = 0
    """Records that were looked at."""

    @property
    def records(self) -> int:
        return sum(self.sends.values())


async def survey(spec: Spec, route: Back, search: Search, counted: Callable[[int, int], None]) -> Survey:
    """Go over all that is chosen without sending anything. `counted` hears offsets gone over, and letters to send.

    Raises `Unreachable`.
    """
    found = Survey()
    positions = {span.where: span.first for span in spec.spans}
    async with aclosing(search(spec.spans)) as steps:
        async for step in steps:
            await route.prepare(step.found)
            for dealt in route.deal(step.found):
                found.sends[dealt.where] += len(dealt.records)
            found.gaps += len(step.gaps)
            found.read += len(step.found)
            positions[step.where] = max(positions[step.where], step.position)
            counted(sum(positions[span.where] - span.first for span in spec.spans), found.records)
    for place, problem in route.left_out.items():
        found.left_out[problem.code] += 1
        found.examples.setdefault(problem.code, (place, problem))
    found.remarks = route.remarks
    return found


def route_maker(rules: Sequence[DeadLetterRule]) -> MakeRoute:
    """The route of any job: of dead letters back to where they came from, of records to one topic.

    `rules`: whose headers a person named.
    """

    async def make(cluster: Cluster, spec: Spec) -> Route:
        if spec.redrive is None:
            return await usual_route(cluster, spec)
        search, _ = await search_of(cluster, spec, None, None)
        return await route_back(cluster, spec, Recogniser(rules), search)

    return make


async def route_back(cluster: Cluster, spec: Spec, recogniser: Recogniser, search: Search) -> Back:
    """The route of a spec with a redrive, with what the cluster knows now. Raises `SpecError`, `Unreachable`.

    `search` gives the records that are chosen: they tell where copies may have been sent before.
    """
    asked = spec.redrive
    assert asked is not None
    topology = await cluster.topology()
    mapping = dict(asked.mapping)
    if chained := redrive.chains(mapping):
        raise SpecError(f"a chain: {', '.join(chained)} is sent to, and sent on from")
    for name in (name for name in (asked.to, *mapping.values()) if name is not None):
        if name not in topology.topics:
            raise SpecError(f"topic {name} does not exist")
    letters = frozenset(each.topic for each in (await find(Records(cluster.nodes), topology, recogniser)).found)
    settings = redrive.Redrive(
        job=spec.job,
        partitions={name: len(topic.partitions) for name, topic in topology.topics.items() if not topic.internal},
        to=asked.to,
        mapping=mapping,
        dead_letter_topics=letters,
        limit=asked.limit,
        keep_headers=asked.keep_headers,
        keep_timestamps=spec.timestamps is Timestamps.KEEP,
        force=asked.force,
    )
    if not asked.force:
        reach = await _reach(Back(cluster, recogniser, settings, asked.causes), spec, search)
        settings = replace(settings, sent_already=await sent_before(cluster, spec, reach))
    return Back(cluster, recogniser, settings, asked.causes)


async def _reach(route: Back, spec: Spec, search: Search) -> dict[str, int]:
    """The topics that copies go to, with the oldest timestamp a copy in them can have, epoch ms."""
    reach: dict[str, int] = {}
    async with aclosing(search(spec.spans)) as steps:
        async for step in steps:
            await route.prepare(step.found)
            for send in route.sends(step.found):
                topic = send.record.topic
                reach[topic] = min(reach.get(topic, 1 << 62), _oldest(send))
    return reach


def _oldest(send: Send) -> int:
    """A copy has the moment it was sent, which is after the dead letter's, or the timestamp of its origin."""
    told = [origin.timestamp_ms for origin in send.letter.origins]
    known = [
        each for each in (*told, send.letter.record.timestamp_ms, send.record.timestamp_ms) if isinstance(each, int)
    ]
    return min(known)


async def sent_before(cluster: Cluster, spec: Spec, reach: Mapping[str, int]) -> frozenset[Place]:
    """Dead letters of the source that lie in these topics already, by their stamps; not those of this very job.

    `reach`: from which timestamp on a topic is read. A search for bytes, at the speed of the network. Raises
    `Unreachable`.
    """
    topology = cluster.nodes.seen or await cluster.topology()
    spans: list[Span] = []
    for topic, oldest_ms in reach.items():
        partitions = [each for each in topology.topics[topic].partitions if not each.is_leaderless]
        first = AtTime(datetime.fromtimestamp(max(0, oldest_ms) / 1000, UTC))
        found = await resolve(cluster.nodes, partitions, Range(first))
        spans += [span for span in found.values() if isinstance(span, Span) and not span.is_empty]
    wanted = Wanted((SOURCE.encode(), f"{spec.source}-".encode()), lambda record: _is_copy(record, spec))
    places: set[Place] = set()
    async with aclosing(scan(cluster.nodes, spans, wanted, Isolation.COMMITTED)) as steps:
        async for step in steps:
            places.update(place for each in step.found if (place := source_of(each.headers)) is not None)
    return frozenset(places)


def _is_copy(record: Record, spec: Spec) -> bool:
    place = source_of(record.headers)
    job = next((value for name, value in record.headers if name == JOB), None)
    return place is not None and place.topic == spec.source and job != spec.job.encode()
