"""What a group has committed on a partition, whole: what is needed to put it back. Asking for it happens elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem


@dataclass(frozen=True, slots=True)
class Commit:
    """One committed offset; for a share group its start offset, which has no metadata and no epoch."""

    offset: int
    metadata: str = ""
    """What the client wrote beside it; Kafka Streams keeps its stream time here."""
    leader_epoch: int = -1
    """Of the last record read, -1 where the client did not say (KIP-320)."""


ELSEWHERE = "kafkatui/elsewhere/1 "
"""How the metadata of a commit begins that is no place in its topic: the progress of a replay that reads elsewhere."""
Committed = Mapping[TopicPartition, Commit | Problem]
"""Partitions without a commit are not in it."""
