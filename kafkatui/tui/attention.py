"""Which groups need a person, and why, in a few words: pure, over a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kafkatui.columns.groups import CALM, group_reason
from kafkatui.model.cluster import Health
from kafkatui.model.groups import Group
from kafkatui.model.problems import known
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.trends import Series

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


def needs(snapshot: Snapshot) -> list[Need]:
    """The worst first, of equally bad ones the most lagging."""
    return sorted(_needs(snapshot), key=lambda need: (-need.health.value, -(known(need.group.lag) or 0)))


def _needs(snapshot: Snapshot) -> Iterator[Need]:
    for group in snapshot.groups.values():
        trend = snapshot.trends.lags.get(group.group, ())
        found = _verdict(group, trend)
        if found is not None:
            yield Need(group, *found, trend)


def _verdict(group: Group, trend: Series) -> tuple[Health, str] | None:
    lag = known(group.lag) or 0
    if group.problem is not None:
        return Health.BAD, group.problem.text
    if lag and group.state == "Empty":
        return Health.BAD, _with("stopped: no members", group)
    if lag and direction(trend) > 0:
        return Health.WARN, _with("lag grows", group)
    if group.state not in CALM:
        return Health.WARN, "its work is being shared out anew"
    reason = group_reason(group)
    if reason:
        return Health.WARN, reason
    if lag:
        return Health.OK, "catches up" if direction(trend) < 0 else "keeps pace"
    return None


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
