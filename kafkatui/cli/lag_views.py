"""Lag by topic and by partition instead of by group: who reads it and how far the slowest is behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kafkatui.cli.outlook_documents import Outlooks, of_row
from kafkatui.cli.report import Report
from kafkatui.cli.tables import Table
from kafkatui.columns import cells
from kafkatui.columns.cells import Cell
from kafkatui.columns.column import Column
from kafkatui.columns.outlooks import behind
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.outlook import Outlook
from kafkatui.model.problems import Problem, Reading, is_pending, known, total
from kafkatui.model.snapshot import Snapshot


class By(Enum):
    """What a row of `lag` is about."""

    GROUP = "group"
    TOPIC = "topic"
    PARTITION = "partition"


@dataclass(frozen=True, slots=True)
class Reader:
    """What one group did with one partition, and what is ahead of it."""

    group: Group
    row: GroupPartition
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class View:
    """A topic, or one partition of it, and all who read it."""

    topic: str
    partition: int | None
    """None: all of them."""
    leader: int | None
    readers: tuple[Reader, ...]

    @property
    def groups(self) -> list[str]:
        return sorted({reader.group.group for reader in self.readers})

    @property
    def partitions(self) -> int:
        return len({reader.row.partition for reader in self.readers})

    @property
    def lag(self) -> Reading:
        """Of all groups together."""
        return total(reader.row.lag for reader in self.readers)

    @property
    def time_lag(self) -> Reading:
        """Of the slowest, ms; unknown where that of one is, as it may be the slowest."""
        ages = [reader.outlook.time_lag for reader in self.readers]
        unknown = next((age for age in ages if isinstance(age, Problem)), None)
        return unknown or max((age for age in ages if isinstance(age, int)), default=0)

    @property
    def worst(self) -> str | None:
        """The group that lags by most."""
        lags = [(-lag, reader.group.group) for reader in self.readers if (lag := known(reader.row.lag))]
        return min(lags)[1] if lags else None

    @property
    def problem(self) -> str:
        lag = self.lag
        return lag.text if isinstance(lag, Problem) and not is_pending(lag) else ""


def views(snapshot: Snapshot, groups: Iterable[Group], by: By) -> list[View]:
    """In the order of their names; only what some group reads."""
    found: dict[tuple[str, int | None], list[Reader]] = {}
    for reader in _readers(groups, snapshot.outlooks):
        key = reader.row.topic, reader.row.partition if by is By.PARTITION else None
        found.setdefault(key, []).append(reader)
    return [
        View(topic, partition, _leader(snapshot, topic, partition), tuple(found[topic, partition]))
        for topic, partition in sorted(found, key=lambda key: (key[0], key[1] or 0))
    ]


def _readers(groups: Iterable[Group], outlooks: Outlooks) -> Iterator[Reader]:
    for group in groups:
        for row in group.rows:
            yield Reader(group, row, of_row(group, row, outlooks))


def _leader(snapshot: Snapshot, topic: str, partition: int | None) -> int | None:
    if partition is None:
        return None
    found = snapshot.topics.get(topic)
    at = None if found is None else found.partition(partition)
    return None if at is None else at.leader


def _behind(view: View) -> Cell:
    return behind(Outlook(time_lag=view.time_lag))


def _groups(view: View) -> Cell:
    return cells.text(", ".join(view.groups))._replace(raw=",".join(view.groups))


_TOPIC: Column[View] = Column("topic", "topic", lambda view: cells.text(view.topic))
_LAG: Column[View] = Column("lag", "lag", lambda view: cells.reading(view.lag), right=True)
_BEHIND: Column[View] = Column("behind", "behind", _behind, right=True)
_GROUPS: Column[View] = Column("groups", "groups", _groups, rank=1)
_WORST: Column[View] = Column("worst", "worst", lambda view: cells.text(view.worst or ""), rank=2)
_PROBLEM: Column[View] = Column("problem", "problem", lambda view: cells.text(view.problem), rank=3)
_COLUMNS: dict[By, list[Column[View]]] = {
    By.TOPIC: [
        _TOPIC,
        Column("partitions", "partitions", lambda view: cells.number(view.partitions), right=True),
        *(_LAG, _BEHIND, _GROUPS, _WORST, _PROBLEM),
    ],
    By.PARTITION: [
        _TOPIC,
        Column("partition", "partition", lambda view: cells.number(view.partition or 0), right=True),
        Column("leader", "leader", lambda view: cells.reading(view.leader), right=True, rank=4),
        *(_LAG, _BEHIND, _GROUPS, _WORST, _PROBLEM),
    ],
}
_FIELDS = {
    By.TOPIC: ("topic", "partitions", "groups", "lag", "time_lag_ms", "worst_group", "problem"),
    By.PARTITION: ("topic", "partition", "leader", "groups", "lag", "time_lag_ms", "worst_group", "problem"),
}


def report_by(whole: Report, groups: Sequence[Group], by: By) -> Report:
    """The same reading, by topic or by partition."""
    found = views(whole.snapshot, groups, by)
    return Report(
        snapshot=whole.snapshot,
        schema=f"lag-by-{by.value}",
        key=f"{by.value}s",
        tables=lambda: [Table(_COLUMNS[by], found)],
        records=lambda: (_record(view, by) for view in found),
        fields=_FIELDS[by],
        items=lambda: [_document(view, by) for view in found],
        metrics=whole.metrics,
    )


def _record(view: View, by: By) -> dict[str, Any]:
    return {
        "topic": view.topic,
        **({"partitions": view.partitions} if by is By.TOPIC else {"partition": view.partition, "leader": view.leader}),
        "groups": view.groups,
        "lag": known(view.lag),
        "time_lag_ms": known(view.time_lag),
        "worst_group": view.worst,
        "problem": view.problem or None,
    }


def _document(view: View, by: By) -> dict[str, Any]:
    """With each group's own lag."""
    by_group: dict[str, list[Reader]] = {}
    for reader in view.readers:
        by_group.setdefault(reader.group.group, []).append(reader)
    lags = [
        {"group": name, "lag": known(total(each.row.lag for each in mine))} for name, mine in sorted(by_group.items())
    ]
    return {**_record(view, by), "groups": lags}
