"""Which groups need a person, and why, in a few words: pure, over a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kafkatui.columns.groups import CALM, group_reason
from kafkatui.model.cluster import Health, TopicPartition
from kafkatui.model.groups import Group
from kafkatui.model.outlook import GroupOutlook, Judgement, Verdict
from kafkatui.model.problems import known
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.trends import Series
from kafkatui.model.verdicts import NO_MEMBERS

READINGS = 20
"""Readings a lag is compared over: 40 s at the usual two seconds."""
ENOUGH = 6
"""With fewer known readings nothing is said of where it goes."""


@dataclass(frozen=True, slots=True)
class Need:
    """A group that a person should look at."""

    group: Group
    health: Health
    verdict: str
    trend: Series
    outlook: GroupOutlook | None


def needs(snapshot: Snapshot) -> list[Need]:
    """The worst first, of equally bad ones the most lagging."""
    return sorted(_needs(snapshot), key=lambda need: (-need.health.value, -(known(need.group.lag) or 0)))


def _needs(snapshot: Snapshot) -> Iterator[Need]:
    for group in snapshot.groups.values():
        trend = snapshot.trends.lags.get(group.group, ())
        outlook = snapshot.outlooks.get(group.group)
        found = _verdict(group, trend, outlook)
        if found is not None:
            yield Need(group, *found, trend, outlook)


def _verdict(group: Group, trend: Series, outlook: GroupOutlook | None) -> tuple[Health, str] | None:
    lag = known(group.lag) or 0
    if group.problem is not None:
        return Health.BAD, group.problem.text
    if lag and outlook is not None and outlook.judgement is not None:
        if outlook.judgement.verdict is not Verdict.OK:
            return _judged(outlook.judgement, outlook.worst)
    elif lag and group.state == "Empty":
        return Health.BAD, _with("stopped: no members", group)
    elif lag and direction(trend) > 0:
        return Health.WARN, _with("lag grows", group)
    if group.state not in CALM:
        return Health.WARN, "its work is being shared out anew"
    reason = group_reason(group)
    if reason:
        return Health.WARN, reason
    if lag:
        return Health.OK, "catches up" if direction(trend) < 0 else "keeps pace"
    return None


def _judged(judgement: Judgement, worst: TopicPartition | None) -> tuple[Health, str]:
    health = Health.WARN if judgement.verdict is Verdict.WARN else Health.BAD
    where = "" if worst is None or judgement.rule.startswith(NO_MEMBERS) else f" {worst}:"
    return health, f"{judgement.verdict}{where} {judgement.rule}"


def _with(verdict: str, group: Group) -> str:
    reason = group_reason(group)
    return f"{verdict}; {reason}" if reason else verdict


def direction(trend: Series) -> int:
    """1 when a lag grew over the last readings, -1 when it shrank, 0 when it goes up and down."""
    seen = [value for value in trend[-READINGS:] if value is not None]
    if len(seen) < ENOUGH:
        return 0
    older, newer = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    before = sum(older) / len(older)
    return 1 if min(newer) > before else -1 if max(newer) < before else 0
