"""A topic that is to be made: its name, partitions, replication and configs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to create."""

    name: str
    partitions: int = -1
    """-1: the broker's default."""
    replication: int = -1
    """-1: the broker's default."""
    configs: Mapping[str, str] = field(default_factory=dict)
