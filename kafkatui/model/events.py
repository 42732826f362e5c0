"""What an event is: one change of a cluster, in words. How changes are found is in `changes` and `group_events`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kafkatui.model.cluster import Health


class Subject(StrEnum):
    """The kind of thing an event is about."""

    CLUSTER = "cluster"
    BROKER = "broker"
    TOPIC = "topic"
    PARTITION = "partition"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Event:
    """One change, seen at `at` (epoch seconds), that may have happened any time since the reading before."""

    at: float
    subject: Subject
    name: str
    """The broker's id, the topic, `topic-partition` or the group."""
    text: str
    health: Health


MANY = 3
"""More things than this with the same change make one event: a broker that leaves takes hundreds along."""
