"""Which partition each copy goes to and what it looks like: from records that were read to records to write."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kafkatui.kafka.placement import Placement
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.records import NewRecord, Place, Record
from kafkatui.replay.spec import Headers, Spec, Timestamps
from kafkatui.replay.stamps import stamped


@dataclass(slots=True)
class Dealt:
    """Records for one partition, and what each of them was made of."""

    where: TopicPartition
    records: Sequence[Record]
    sources: Sequence[Record]


class Route(ABC):
    """Deals records of one source partition to where they go."""

    async def prepare(self, records: Sequence[Record]) -> None:
        """Read what has to be known before they are dealt; most know it all. Raises `Unreachable`."""
        return

    @abstractmethod
    def deal(self, records: Sequence[Record]) -> Iterable[Dealt]:
        """In their order within each partition they go to."""


def route_of(spec: Spec, clock: Callable[[], float] = time.time) -> Route:
    """The quickest way that does what the spec says."""
    as_it_is = spec.partition_by is PartitionBy.SAME and not spec.is_file
    if as_it_is and spec.headers is Headers.KEEP and spec.timestamps is Timestamps.KEEP:
        return Unchanged(spec)
    return Changed(spec, clock)


class Unchanged(Route):
    """Everything as it is, to the partition of the same number."""

    def __init__(self, spec: Spec) -> None:
        self._topic = spec.target.topic

    def deal(self, records: Sequence[Record]) -> Iterable[Dealt]:
        if records:
            yield Dealt(TopicPartition(self._topic, records[0].partition), records, records)


class Changed(Route):
    """Record by record. Records without a key take turns from partition to partition."""

    def __init__(self, spec: Spec, clock: Callable[[], float]) -> None:
        self._spec = spec
        self._clock = clock
        self._placement = Placement(spec.partition_by, spec.target.partitions)

    def deal(self, records: Sequence[Record]) -> Iterable[Dealt]:
        dealt: dict[int, tuple[list[Record], list[Record]]] = {}
        now = round(self._clock() * 1000)
        for record in records:
            made, sources = dealt.setdefault(self._partition(record), ([], []))
            made.append(self._made(record, now))
            sources.append(record)
        for number, (made, sources) in dealt.items():
            yield Dealt(TopicPartition(self._spec.target.topic, number), made, sources)

    def _partition(self, record: Record) -> int:
        if self._spec.partition_by is PartitionBy.SAME:
            return record.partition
        return self._placement.choose(NewRecord(record.topic, record.key, None))

    def _made(self, record: Record, now: int) -> Record:
        headers, spec = record.headers, self._spec
        if spec.headers is Headers.DROP:
            headers = ()
        elif spec.headers is Headers.STAMP:
            headers = stamped(headers, spec.job, Place(record.topic, record.partition, record.offset))
        at = now if spec.timestamps is Timestamps.NOW else record.timestamp_ms
        return record._replace(headers=headers, timestamp_ms=at)
