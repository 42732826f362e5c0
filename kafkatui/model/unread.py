"""What a group would read next in a partition. How it is looked up is not known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem


class ReadFrom(NamedTuple):
    """An offset from which a group reads on."""

    where: TopicPartition
    offset: int


@dataclass(frozen=True, slots=True)
class FirstUnread:
    """The first record at or after an offset that a reader is given: no transaction marker, nothing aborted."""

    offset: int | None
    """None: there is none before `seen`."""
    timestamp_ms: int | None
    """As the record has it, epoch ms; None without a record."""
    seen: int
    """Offsets before this one were looked at."""


Unread: TypeAlias = Mapping[ReadFrom, FirstUnread | Problem]
