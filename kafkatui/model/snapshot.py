"""The whole state of a cluster at one moment. How it is put together is in `assembly`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from kafkatui.model.cluster import Broker, Partition, Topic
from kafkatui.model.events import Event
from kafkatui.model.groups import Group
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.problems import PENDING, Problem, Reading, known
from kafkatui.model.trends import Trends


class Stage(IntEnum):
    """How much of the first reading has arrived."""

    NOTHING = 0
    NAMES = 1
    """Brokers, topics, partitions and the names of groups."""
    OFFSETS = 2
    """Also the ends of the partitions."""
    GROUPS = 3
    """Also commits, members and lag: complete."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What is known of the cluster. Frozen: a newer one replaces it whole."""

    at: float
    """When its newest part was read, epoch seconds."""
    stage: Stage
    cluster_id: str | None
    brokers: Mapping[int, Broker]
    topics: Mapping[str, Topic]
    groups: Mapping[str, Group]
    controller: Reading
    controller_epoch: Reading
    version: str | Problem
    problems: tuple[Problem, ...] = ()
    """What is wrong with the reading as a whole."""
    unlisted: Mapping[int, Problem] = field(default_factory=dict)
    """Brokers that did not list the groups they coordinate: a first reading lacks these groups."""
    sees_all_groups: bool = True
    """False: there are none only as far as we may see (no DESCRIBE on the cluster)."""
    hidden_groups: Mapping[str, Problem] = field(default_factory=dict)
    """Groups that were asked for by name and may not be seen."""
    trends: Trends = field(default_factory=Trends)
    outlooks: Mapping[str, GroupOutlook] = field(default_factory=dict)
    """By group; one that was not reckoned yet is missing."""
    events: tuple[Event, ...] = ()
    """Newest first."""

    def __repr__(self) -> str:
        """Short: a traceback that shows it must stay readable."""
        counted = f"{len(self.brokers)} brokers, {len(self.topics)} topics, {len(self.groups)} groups"
        return f"Snapshot({self.stage.name}, at={self.at}, {counted}, {len(self.problems)} problems)"

    @property
    def partitions(self) -> tuple[Partition, ...]:
        return tuple(partition for topic in self.topics.values() for partition in topic.partitions)

    def readers(self, topic: str) -> tuple[Group, ...]:
        """The groups with a row for `topic`, the most lagging first."""
        found = [group for group in self.groups.values() if topic in group.topics]
        return tuple(sorted(found, key=lambda group: -(known(group.lag) or 0)))


NOTHING = Snapshot(0.0, Stage.NOTHING, None, {}, {}, {}, PENDING, PENDING, PENDING)
"""Before the first answer."""
