"""The JSON of what is ahead of a group and of its partitions: keys and their order are promised to scripts."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, TypeAlias

from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.outlook import READ_ALL, GroupOutlook, Outlook
from kafkatui.model.problems import Problem, is_pending, known
from kafkatui.model.reckoning import narrowed

Document = dict[str, Any]
Outlooks: TypeAlias = Mapping[str, GroupOutlook]
FIELDS = (
    *("time_lag_estimated", "time_lag_problem", "consume_rate", "produce_rate", "drains_in_ms", "falls_behind"),
    *("retention_share", "loses_in_ms", "verdict", "verdict_rule"),
)
_UNKNOWN = Outlook()


def of_row(group: Group, row: GroupPartition, outlooks: Outlooks) -> Outlook:
    """What is ahead of a row; one that is read to the end has nothing to wait for."""
    whole = outlooks.get(group.group)
    found = whole.partitions.get(row.name) if whole is not None else None
    return found or (READ_ALL if row.lag == 0 else _UNKNOWN)


def of_group(group: Group, outlooks: Outlooks) -> GroupOutlook:
    """Of the rows it has here: the command may leave some out."""
    whole = outlooks.get(group.group)
    if whole is None:
        return GroupOutlook(time_lag=0 if group.lag == 0 else _UNKNOWN.time_lag)
    shown = {row.name for row in group.rows}
    return whole if whole.partitions.keys() <= shown else narrowed(whole, shown)


def document(outlook: Outlook | GroupOutlook) -> Document:
    """`FIELDS`: rates in records/s, times in ms, shares in percent; unknown is null."""
    drains_in, judgement = outlook.drains_in, outlook.judgement
    return {
        "time_lag_estimated": outlook.is_estimated,
        "time_lag_problem": _why(outlook),
        "consume_rate": _rounded(outlook.consume_rate),
        "produce_rate": _rounded(outlook.produce_rate),
        "drains_in_ms": None if drains_in is None or drains_in == inf else round(drains_in * 1000),
        "falls_behind": None if drains_in is None else drains_in == inf,
        "retention_share": _rounded(outlook.retention_share),
        "loses_in_ms": known(outlook.loses_in_ms),
        "verdict": None if judgement is None else judgement.verdict.value,
        "verdict_rule": None if judgement is None else judgement.rule,
    }


def _why(outlook: Outlook | GroupOutlook) -> str | None:
    age = outlook.time_lag
    return age.text if isinstance(age, Problem) and not is_pending(age) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
