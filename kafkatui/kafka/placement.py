"""Which partition each record of one topic goes to. Nothing here asks a cluster."""

from __future__ import annotations

from kafkatui.kafka.partitioners import Partitioner
from kafkatui.model.partitioning import NoSuchPartition, PartitionBy
from kafkatui.model.records import NewRecord


class Placement:
    """Chooses for one topic. Records without a key take turns, beginning with partition 0."""

    def __init__(self, by: PartitionBy, partitions: int) -> None:
        """`partitions` is how many the topic has."""
        self._by = by
        self._partitions = partitions
        self._turns = 0

    def choose(self, record: NewRecord) -> int:
        """Raises `NoSuchPartition`."""
        if self._by is PartitionBy.SAME and record.partition is not None:
            return self._named(record.partition)
        # An empty key is no key to librdkafka, and one to Java.
        if self._by is PartitionBy.KEY_CRC32 and record.key:
            return Partitioner.CRC32.place(record.key, self._partitions)
        if self._by in (PartitionBy.SAME, PartitionBy.KEY) and record.key is not None:
            return Partitioner.MURMUR2.place(record.key, self._partitions)
        self._turns += 1
        return (self._turns - 1) % self._partitions

    def _named(self, partition: int) -> int:
        if partition < self._partitions:
            return partition
        last = f"0 to {self._partitions - 1}" if self._partitions > 1 else "0"
        raise NoSuchPartition(f"it names partition {partition}, and the topic has only {last}")
