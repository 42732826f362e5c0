"""The outlook of every group, from one reading and what was observed before it. No I/O and no clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from math import inf

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.observations import Observations
from kafkatui.model.outlook import GroupOutlook, Judgement, Outlook, Verdict
from kafkatui.model.parts import Parts
from kafkatui.model.problems import PENDING, Problem, Reading, forget
from kafkatui.model.stretches import Stretch, Stretches
from kafkatui.model.trends import sum_or_none
from kafkatui.model.unread import FirstUnread, ReadFrom
from kafkatui.model.verdicts import INTERVALS, Point, judged, seen_as_commits

WINDOW = 120.0
"""Seconds that are judged."""
RATES = 60.0
"""Seconds that rates look back over."""
ENOUGH = 30.0
"""Seconds of watching before anything is judged."""
LEAST = 5.0
"""Seconds of watching before a rate is told: consumers commit every five seconds."""
STANDS = 10.0
"""Seconds after which a commit that does not move stands still: twice as long as consumers take for one."""
SKEW_MS = 1_000
"""A record from so far in the future is only from another clock."""

NOT_SAMPLED = Problem("not_sampled", "not sampled yet: when it was written is not known")
OLDER = Problem("older_than_sampled", "older than what this session sampled")
NO_TIMESTAMP = Problem("no_timestamp", "the first unread record has no timestamp")

_ORDER = {verdict: index for index, verdict in enumerate(Verdict)}


def outlooks(
    groups: Mapping[str, Group], parts: Parts, seen: Observations | None, now: float
) -> dict[str, GroupOutlook]:
    """By group. Without observations only what the reading itself tells; `now` is when it was made, epoch seconds."""
    return {name: _of_group(group, parts, seen, now) for name, group in groups.items()}


def _of_group(group: Group, parts: Parts, seen: Observations | None, now: float) -> GroupOutlook:
    if isinstance(group.partitions, Problem):
        return GroupOutlook(time_lag=group.partitions)
    if not group.partitions:
        return GroupOutlook(time_lag=None)
    consume, produce = _rates(group, seen)
    behind = {row.name: _of_row(group, row, parts, seen, now) for row in group.partitions if row.lag != 0}
    if not behind:
        return GroupOutlook(time_lag=0, consume_rate=consume, produce_rate=produce, judgement=_all_read(seen))
    return replace(_worst(behind), consume_rate=consume, produce_rate=produce)


def _rates(group: Group, seen: Observations | None) -> tuple[float | None, float | None]:
    """Of all its partitions together; those that never moved cost next to nothing."""
    if seen is None:
        return None, None
    commits, names = seen.commits(group.group), [row.name for row in group.rows]
    consumed = sum_or_none([_rate(commits.get(name)) for name in names])
    return consumed, sum_or_none([_rate(seen.ends.get(name)) for name in names])


def _rate(series: Stretches | None) -> float | None:
    if series is None:
        return None
    if not series.moved:
        return 0.0 if series.until - series.since >= LEAST else None
    return series.rate(RATES, LEAST)


def _all_read(seen: Observations | None) -> Judgement | None:
    if seen is None or seen.since is None or seen.at - seen.since < ENOUGH:
        return None
    return Judgement(Verdict.OK, "it has read all", round((seen.at - seen.since) * 1000))


def _of_row(group: Group, row: GroupPartition, parts: Parts, seen: Observations | None, now: float) -> Outlook:
    ends = None if seen is None else seen.ends.get(row.name)
    commits = None if seen is None else seen.commits(group.group).get(row.name)
    age, is_estimated = _time_lag(row, parts, ends, now)
    consume, produce = _rate(commits), _rate(ends)
    lag = row.lag if isinstance(row.lag, int) else None
    return Outlook(
        time_lag=age,
        is_estimated=is_estimated,
        consume_rate=consume,
        produce_rate=produce,
        drains_in=_drains_in(lag, consume, produce),
        retention_share=_retention_share(row, lag),
        loses_in_ms=_loses_in_ms(parts, row, age),
        still_since=_still_since(commits, ends),
        judgement=None if lag is None else _judgement(group, lag, commits, ends),
    )


def _time_lag(row: GroupPartition, parts: Parts, ends: Stretches | None, now: float) -> tuple[Reading, bool]:
    """The age of the first unread record in ms, and whether it lies between two samples."""
    offset = row.reads_from
    if offset is None or isinstance(row.lag, Problem):
        return _why(row), False
    found = parts.unread.get(ReadFrom(row.name, offset))
    if isinstance(found, FirstUnread):
        if found.timestamp_ms is not None:
            return _age(found.timestamp_ms, now), False
        if isinstance(row.end, int) and found.seen >= row.end:
            return 0, False
        offset = max(offset, found.seen)
    return _estimated(offset, ends, now, found if isinstance(found, Problem) else NOT_SAMPLED)


def _why(row: GroupPartition) -> Problem:
    for reading in (row.committed, row.lag, row.end, row.start):
        if isinstance(reading, Problem):
            return forget(reading)
    return PENDING


def _age(timestamp_ms: int, now: float) -> Reading:
    if timestamp_ms < 0:
        return NO_TIMESTAMP
    age = round(now * 1000) - timestamp_ms
    if age < -SKEW_MS:
        return Problem("clock_skew", f"the first unread record is dated {-age / 1000:.0f} s in the future")
    return max(0, age)


def _estimated(offset: int, ends: Stretches | None, now: float, why: Problem) -> tuple[Reading, bool]:
    if ends is None or ends.value <= offset:
        return why, False
    passed = ends.passed(offset)
    if passed is None:
        return OLDER if why is NOT_SAMPLED else why, False
    return max(0, round((now - passed) * 1000)), True


def _drains_in(lag: int | None, consume: float | None, produce: float | None) -> float | None:
    if lag is None or consume is None or produce is None:
        return None
    return lag / (consume - produce) if consume > produce else inf


def _retention_share(row: GroupPartition, lag: int | None) -> float | None:
    if lag is None or not isinstance(row.end, int) or not isinstance(row.start, int) or row.end <= row.start:
        return None
    return min(100.0, 100 * lag / (row.end - row.start))


def _loses_in_ms(parts: Parts, row: GroupPartition, age: Reading) -> Reading | None:
    kept = parts.retention_ms.get(row.topic)
    if kept is None or isinstance(kept, Problem):
        return kept
    return age if isinstance(age, Problem) else max(0, kept - age)


def _still_since(commits: Stretches | None, ends: Stretches | None) -> float | None:
    """Since when the commit stands although there was more, as far back as it was watched."""
    if commits is None or ends is None or ends.value <= commits.value:
        return None
    more = ends.passed(commits.value)
    since = commits.since if more is None else max(commits.since, more)
    return since if commits.until - since >= STANDS else None


def _judgement(group: Group, lag: int, commits: Stretches | None, ends: Stretches | None) -> Judgement | None:
    if commits is None or ends is None or commits.until - commits.first < ENOUGH:
        return None
    now = commits.until
    has_members = isinstance(group.members, Problem) or bool(group.members)
    standing = Point(now, commits.value, lag) if has_members else None
    points = seen_as_commits(_points(commits, ends), standing, WINDOW / INTERVALS)
    recent = [stretch.value for stretch in _within(ends, now - WINDOW)]
    return judged(points, recent, lag, now, since=commits.since, has_members=has_members)


def _points(commits: Stretches, ends: Stretches) -> list[Point]:
    """Where the commit was first seen at each offset, with the lag it had then; oldest first."""
    begin = commits.until - WINDOW
    points = []
    for since, _, offset in _within(commits, begin):
        at = max(since, begin)
        end = ends.at(at)
        points.append(Point(at, offset, None if end is None else max(0, end - offset)))
    return points[::-1]


def _within(series: Stretches, begin: float) -> Iterator[Stretch]:
    """The newest first; the last is the one it stood at when the window began."""
    for stretch in series.newest_first():
        yield stretch
        if stretch.since <= begin:
            return


def _worst(rows: Mapping[TopicPartition, Outlook]) -> GroupOutlook:
    """Of each thing the worst over the partitions it has not read to the end."""
    age, is_estimated = _longest(rows.values())
    worst = max((name for name, row in rows.items() if row.judgement is not None), key=_badness(rows), default=None)
    margins = [row.loses_in_ms for row in rows.values() if row.loses_in_ms is not None]
    return GroupOutlook(
        partitions=rows,
        time_lag=age,
        is_estimated=is_estimated,
        drains_in=_largest(row.drains_in for row in rows.values()),
        retention_share=_largest(row.retention_share for row in rows.values()),
        loses_in_ms=_shortest(margins),
        judgement=None if worst is None else rows[worst].judgement,
        worst=worst,
    )


def narrowed(whole: GroupOutlook, names: Collection[TopicPartition]) -> GroupOutlook:
    """Of some of its partitions only; rates of them together were not reckoned."""
    kept = {name: row for name, row in whole.partitions.items() if name in names}
    return _worst(kept) if kept else GroupOutlook(time_lag=0)


def _badness(rows: Mapping[TopicPartition, Outlook]) -> Callable[[TopicPartition], tuple[int, float]]:
    """By its verdict, and of two with the same by what it has not read of its log."""

    def badness(name: TopicPartition) -> tuple[int, float]:
        row = rows[name]
        return (-1 if row.judgement is None else _ORDER[row.judgement.verdict]), row.retention_share or 0.0

    return badness


def longest(rows: Iterable[Outlook]) -> Outlook:
    """Only the age, of these partitions together; those read to the end need not be among them."""
    kept = list(rows)
    age, is_estimated = _longest(kept) if kept else (0, False)
    return Outlook(time_lag=age, is_estimated=is_estimated)


def _longest(rows: Collection[Outlook]) -> tuple[Reading, bool]:
    """One that is not known may be longer than all that are: then the longest known is only what is known of it."""
    missing = [row.time_lag for row in rows if isinstance(row.time_lag, Problem)]
    known = [(row.time_lag, row.is_estimated) for row in rows if isinstance(row.time_lag, int)]
    if not missing:
        return max(known)
    if not known:
        return missing[0], False
    text = f"{len(missing)} of {len(rows)} unknown ({missing[0].text}); of the others the longest is shown"
    return Problem("partial", text, max(known)[0]), False


def _shortest(margins: Collection[Reading]) -> Reading | None:
    known = [margin for margin in margins if isinstance(margin, int)]
    if known:
        return min(known)
    return next(iter(margins), None)


def _largest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
