"""Which partitioner put the records of a topic where they are: told from a sample of keys. Nothing is read here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kafkatui.kafka.partitioners import Partitioner
from kafkatui.model.records import Record

_SURE = 0.99
"""Share of keys that must lie where a partitioner puts them; some were written by hand, or before partitions came."""
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a sample of keyed records says."""

    sampled: int
    """Records with a key."""
    shares: dict[Partitioner, float]
    """Of them, how many lie where each partitioner puts their key, from 0 to 1."""

    @property
    def partitioner(self) -> Partitioner | None:
        """None: too few keys, or another one, or several."""
        if self.sampled < _FEWEST:
            return None
        best = max(self.shares, key=lambda each: self.shares[each])
        return best if self.shares[best] >= _SURE else None


def fingerprint(records: Iterable[Record], partitions: int) -> Fingerprint:
    """`partitions`: how many the topic has."""
    keyed = [(record.key, record.partition) for record in records if record.key]
    shares = {
        each: sum(each.place(key, partitions) == number for key, number in keyed) / len(keyed) if keyed else 0.0
        for each in Partitioner
    }
    return Fingerprint(len(keyed), shares)
