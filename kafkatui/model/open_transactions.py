"""A transaction that holds records back from readers of committed records. How it is found is not known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kafkatui.model import moments
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """The one that began first of those open in a partition: it decides where the stable end is."""

    producer_id: int
    first_offset: int
    transactional_id: str | None = None
    """None: no coordinator tells, as for one that was forgotten there (a hanging transaction, KIP-664)."""
    since_ms: int | None = None
    """When it began, epoch ms; of one no coordinator knows, when it last wrote here. None: not told."""

    def __str__(self) -> str:
        who = f"producer {self.producer_id}" if self.transactional_id is None else self.transactional_id
        return who if self.since_ms is None else f"{who} since {_moment(self.since_ms)}"


def _moment(epoch_ms: int) -> str:
    """With its zone; what a producer wrote may be no time at all, and is shown as the number it is."""
    try:
        return moments.local(epoch_ms / 1000).isoformat(sep=" ", timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return str(epoch_ms)


OpenTransactions: TypeAlias = Mapping[TopicPartition, OpenTransaction | Problem]
