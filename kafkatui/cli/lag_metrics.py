"""What `lag` exposes to Prometheus: names, help and labels. How a line looks is in `metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from kafkatui.cli.metrics import Labels, Metric
from kafkatui.cli.outlook_documents import Outlooks, of_group, of_row
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.outlook import Outlook
from kafkatui.model.problems import Problem, Reading, is_pending, known

_Row: TypeAlias = tuple[Group, GroupPartition, Outlook]


def metrics(groups: Sequence[Group], outlooks: Outlooks) -> Iterator[Metric]:
    """Gauges in base units; rates and verdicts only where they were observed."""
    rows = [(group, row, of_row(group, row, outlooks)) for group in groups for row in group.rows]
    yield from _of_rows(rows)
    yield from _of_groups(groups, outlooks)
    yield from _of_partitions(rows)


def _of_rows(rows: Sequence[_Row]) -> Iterator[Metric]:
    yield Metric(
        "kafkatui_group_lag_records",
        "Records between what a group committed and the end of a partition.",
        [(_labels(group, row), row.lag) for group, row, _ in rows],
    )
    yield Metric(
        "kafkatui_group_lag_seconds",
        "Age of the first record a group has not read in a partition; 0 when it has read all.",
        [(_labels(group, row), _seconds(outlook.time_lag)) for group, row, outlook in rows],
    )
    yield Metric(
        "kafkatui_group_committed_offset",
        "The offset a group reads next in a partition.",
        [(_labels(group, row), row.committed) for group, row, _ in rows],
    )
    yield Metric(
        "kafkatui_group_consume_records_per_second",
        "Records a second the commits of a group move on in a partition.",
        [(_labels(group, row), outlook.consume_rate) for group, row, outlook in rows],
    )
    yield Metric(
        "kafkatui_group_unread_ratio",
        "How much of what a partition holds a group has not read, from 0 to 1.",
        [(_labels(group, row), _ratio(outlook.retention_share)) for group, row, outlook in rows],
    )


def _of_groups(groups: Sequence[Group], outlooks: Outlooks) -> Iterator[Metric]:
    yield Metric(
        "kafkatui_group_members",
        "Members of a group.",
        [({"group": group.group}, members_of(group)) for group in groups],
    )
    judged = [(group, of_group(group, outlooks).judgement) for group in groups]
    yield Metric(
        "kafkatui_group_verdict",
        "Always 1; the verdict on a group by Burrow's rules is its label.",
        [({"group": group.group, "verdict": each.verdict.value}, 1) for group, each in judged if each is not None],
    )


def _of_partitions(rows: Iterable[_Row]) -> Iterator[Metric]:
    """Each partition once, however many groups read it."""
    seen = {row.name: (row, outlook) for _, row, outlook in rows}
    partitions: list[tuple[Labels, GroupPartition, Outlook]] = [
        ({"topic": name.topic, "partition": name.partition}, *seen[name]) for name in sorted(seen)
    ]
    yield Metric(
        "kafkatui_partition_end_offset",
        "The offset the next record of a partition gets.",
        [(labels, row.end) for labels, row, _ in partitions],
    )
    yield Metric(
        "kafkatui_partition_start_offset",
        "The offset of the first record a partition holds, where a group has something left to read.",
        [(labels, known(row.start)) for labels, row, _ in partitions],
    )
    yield Metric(
        "kafkatui_partition_produce_records_per_second",
        "Records a second written to a partition, where a group has something left to read.",
        [(labels, outlook.produce_rate) for labels, _, outlook in partitions],
    )


def members_of(group: Group) -> Reading:
    return group.members if isinstance(group.members, Problem) else len(group.members)


def _labels(group: Group, row: GroupPartition) -> Labels:
    return {"group": group.group, "topic": row.topic, "partition": row.partition}


def _seconds(age: Reading) -> float | Problem | None:
    """One that is only not sampled yet was not measured; it is no failure."""
    if isinstance(age, Problem):
        return None if is_pending(age) or age.code in _UNMEASURED else age
    return age / 1000


_UNMEASURED = {"not_sampled", "older_than_sampled"}


def _ratio(percent: float | None) -> float | None:
    return None if percent is None else round(percent / 100, 6)
