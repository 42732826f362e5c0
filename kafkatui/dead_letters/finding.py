"""Which topics of a cluster hold dead letters: by their names, and by the headers of their newest records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from kafkatui.dead_letters.dialects import Dialect
from kafkatui.dead_letters.dialects.spring import RETRY_ATTEMPTS
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.topic_names import Kind, kind_of_name, may_be_named_so
from kafkatui.kafka.fetch_request import Limits
from kafkatui.model.cluster import Topology
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap, Span
from kafkatui.reading.records import Records
from kafkatui.reading.request import Plan, Request, Unread

SAMPLE = 16
"""Offsets at the end of a partition that are looked at."""
MOST_PARTITIONS = 1_000
"""Partitions that are looked into; each costs a batch at least."""
MOST_BYTES = 256 << 20
"""Bytes that are read for it altogether, where records are large."""
_LIMITS = Limits(request_bytes=4 << 20, partition_bytes=64 * 1024)


@dataclass(frozen=True, slots=True)
class Found:
    """A topic with dead letters, or with records that are tried again."""

    topic: str
    kind: Kind
    by_name: bool
    by_headers: bool
    dialect: Dialect | None
    """Of most of the newest records; None: none of them tells."""
    records: Reading
    """Offsets between start and end of all its partitions."""
    newest_ms: int | None
    """The latest timestamp among its newest records; None: none could be read."""

    @property
    def how(self) -> str:
        """How it was recognised."""
        by = [word for word, is_so in (("name", self.by_name), ("headers", self.by_headers)) if is_so]
        return "+".join(by)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look over a cluster gave."""

    found: tuple[Found, ...]
    """By name of the topic."""
    looked_at: int
    """Topics whose newest records were looked at."""
    passed_over: tuple[str, ...]
    """Topics that were not, because there is too much to look at; their names say nothing of dead letters."""
    unread: tuple[Unread, ...]
    """What could not be read."""

    @property
    def names(self) -> frozenset[str]:
        """Topics with dead letters."""
        return frozenset(each.topic for each in self.found if each.kind is Kind.DEAD_LETTERS)


async def find(
    records: Records,
    topology: Topology,
    recogniser: Recogniser,
    most_partitions: int = MOST_PARTITIONS,
    most_bytes: int = MOST_BYTES,
) -> Finding:
    """Look at the newest records of every topic that is not Kafka's own. Raises `Unreachable`.

    A topic whose name says nothing is judged by its fullest partition alone.
    """
    names = tuple(name for name, topic in topology.topics.items() if not topic.internal)
    plan = await records.plan(Request(names), topology)
    by_topic: dict[str, list[Span]] = defaultdict(list)
    for span in plan.spans:
        by_topic[span.where.topic].append(span)
    samples, passed_over = _samples(by_topic, most_partitions)
    newest, gaps = await _newest(records, replace(plan, spans=tuple(samples)), most_bytes)
    looked_at = newest.keys() | {gap.where.topic for gap in gaps}
    passed_over |= (
        {span.where.topic for span in samples} - looked_at - {name for name in by_topic if kind_of_name(name)}
    )
    unread = {each.topic: each.problem for each in plan.unread}
    judged = (_judge(name, by_topic[name], newest.get(name, []), recogniser, unread.get(name)) for name in names)
    return Finding(
        tuple(sorted((each for each in judged if each is not None), key=lambda each: each.topic)),
        len(looked_at),
        tuple(sorted(passed_over)),
        (*plan.unread, *(Unread(*gap.where, gap.problem) for gap in gaps)),
    )


def _samples(by_topic: Mapping[str, Sequence[Span]], most: int) -> tuple[list[Span], set[str]]:
    """The ends to read, those of named topics first, and the topics there is no room for."""
    named = [name for name in by_topic if kind_of_name(name) is not None or may_be_named_so(name)]
    chosen = [span for name in named for span in by_topic[name] if not span.is_empty][:most]
    others = [(name, _fullest(by_topic[name])) for name in by_topic if name not in set(named)]
    filled = [(name, span) for name, span in others if not span.is_empty]
    room = most - len(chosen)
    chosen += [span for _, span in filled[:room]]
    ends = [replace(span, first=max(span.first, span.until - SAMPLE)) for span in chosen]
    return ends, {name for name, _ in filled[room:]}


def _fullest(spans: Iterable[Span]) -> Span:
    return max(spans, key=lambda span: span.until - span.first)


async def _newest(records: Records, samples: Plan, most_bytes: int) -> tuple[dict[str, list[Record]], list[Gap]]:
    """By topic, for each that was read; and what could not be read."""
    found: dict[str, list[Record]] = defaultdict(list)
    gaps: list[Gap] = []
    size = 0
    async with aclosing(records.search(samples, limits=_LIMITS)) as steps:
        async for step in steps:
            gaps.extend(step.gaps)
            if step.size:
                found[step.where.topic].extend(step.found)
            size += step.size
            if size > most_bytes:
                break
    return found, gaps


def _judge(
    name: str, spans: Sequence[Span], newest: Sequence[Record], recogniser: Recogniser, problem: Problem | None
) -> Found | None:
    letters = [letter for record in newest if (letter := recogniser.read(record)) is not None]
    foreign = [letter for letter in letters if letter.last_origin.topic != name]
    by_name = kind_of_name(name)
    # Records that were sent back with all their headers lie in the topic they came from: that is none for dead letters.
    by_headers = bool(newest) and len(foreign) * 2 >= len(newest) and by_name is not Kind.RETRY
    if by_name is None and not by_headers:
        return None
    kind = Kind.DEAD_LETTERS if by_name is None else by_name
    is_named = by_name is not None or may_be_named_so(name)
    records: Reading = problem if problem is not None else sum(span.until - span.first for span in spans)
    newest_ms = max((record.timestamp_ms for record in newest), default=None)
    has_headers = by_headers or (kind is Kind.RETRY and _is_retried(newest))
    return Found(name, kind, is_named, has_headers, _dialect(letters), records, newest_ms)


def _is_retried(newest: Collection[Record]) -> bool:
    """Spring writes when a record is to be tried again."""
    return any(name == RETRY_ATTEMPTS for record in newest for name, _ in record.headers)


def _dialect(letters: Sequence[DeadLetter]) -> Dialect | None:
    counted = Counter(letter.dialect for letter in letters)
    return counted.most_common(1)[0][0] if counted else None
