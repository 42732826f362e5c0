"""What `lag` is asked to check, and what of it is not met. How the answer is told is in `report` and `nagios`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kafkatui.cli import failures, outlook_documents
from kafkatui.cli.durations import span_words
from kafkatui.cli.outlook_documents import Outlooks
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.outlook import Outlook, Verdict
from kafkatui.model.problems import Problem, is_pending, known
from kafkatui.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Checks:
    """The bounds that were given."""

    records: int | None = None
    seconds: float | None = None
    percent: float | None = None
    """Of what a log holds."""
    status: bool = False
    """Whether each verdict has to be OK."""

    def __bool__(self) -> bool:
        return self != Checks()


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one group that is not met."""

    text: str
    is_warning: bool = False
    """It reads, but does not get ahead."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks came to."""

    unmet: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be checked, and why: neither met nor unmet."""


_Rows = Sequence[tuple[GroupPartition, Outlook]]


def checked(checks: Checks, groups: Iterable[Group], outlooks: Outlooks) -> Checked:
    """Every group against every bound; an unknown number counts for no bound, and is named."""
    unmet: list[Finding] = []
    unknown: list[str] = []
    for group in groups:
        if checks.records is not None:
            unmet += _by_records(group, checks.records)
        if is_pending(group.partitions) or any(is_pending(row.lag) for row in group.rows):
            unknown.append(f"group {group.group} was not read in time")
        rows = _behind(group, outlooks)
        if checks.seconds is not None:
            unmet += _by_time(group, rows, checks.seconds)
            unknown += _unknown(group, rows, "its time lag is not known", _why_no_age)
        if checks.percent is not None:
            unmet += _by_retention(group, rows, checks.percent)
            unknown += _unknown(group, rows, "what it has not read of the log is not known", _why_no_share)
        if checks.status:
            unmet += _by_status(group, rows)
            unknown += _unknown(group, rows, "it was not judged", why_unjudged)
    return Checked(tuple(unmet), tuple(unknown))


def outcome(
    checks: Checks, wanted: Sequence[str], snapshot: Snapshot, groups: Sequence[Group], missing: Sequence[str]
) -> Checked:
    """What the checks came to, with all that could not be read for them."""
    found = checked(checks, groups, snapshot.outlooks)
    failed = (*missing, *failures.of_listing(snapshot, wanted), *failures.of_groups(groups))
    return replace(found, unknown=(*failed, *found.unknown))


def _behind(group: Group, outlooks: Outlooks) -> _Rows:
    """The partitions it has not read to the end. Why the lag of others is not known is told as of every reading."""
    rows = (row for row in group.rows if isinstance(row.lag, int) and row.lag)
    return [(row, outlook_documents.of_row(group, row, outlooks)) for row in rows]


def _by_records(group: Group, most: int) -> Iterator[Finding]:
    """By those of its partitions that are known."""
    lag = sum(known(row.lag) or 0 for row in group.rows)
    if lag > most:
        yield Finding(f"group {group.group} lags by {lag} records, more than {most}")


def _by_time(group: Group, rows: _Rows, most: float) -> Iterator[Finding]:
    ages = [(age, row) for row, outlook in rows if (age := known(outlook.time_lag)) is not None]
    age, row = max(ages, key=lambda each: each[0], default=(0, None))
    if row is not None and age > most * 1000:
        over = span_words(age / 1000)
        yield Finding(f"group {group.group} is {over} behind on {row.name}, more than {span_words(most)}")


def _by_retention(group: Group, rows: _Rows, most: float) -> Iterator[Finding]:
    shares = [(outlook.retention_share, row) for row, outlook in rows if outlook.retention_share is not None]
    share, row = max(shares, key=lambda each: each[0], default=(0.0, None))
    if row is not None and share > most:
        yield Finding(f"group {group.group} has not read {share:.1f} % of what {row.name} holds, more than {most:g} %")


_ORDER = {verdict: index for index, verdict in enumerate(Verdict)}


def _by_status(group: Group, rows: _Rows) -> Iterator[Finding]:
    """By the worst verdict over its partitions."""
    judged = [(outlook.judgement, row) for row, outlook in rows if outlook.judgement is not None]
    if not judged:
        return
    worst, row = max(judged, key=lambda each: _ORDER[each[0].verdict])
    if worst.verdict is not Verdict.OK:
        text = f"group {group.group} is {worst.verdict} on {row.name}: {worst.rule}"
        yield Finding(text, is_warning=worst.verdict is Verdict.WARN)


def _unknown(
    group: Group, rows: _Rows, what: str, why: Callable[[GroupPartition, Outlook], str | None]
) -> Iterator[str]:
    """Each reason once, with the first of the partitions it is about."""
    by_reason: dict[str, list[GroupPartition]] = {}
    for row, outlook in rows:
        reason = why(row, outlook)
        if reason is not None:
            by_reason.setdefault(reason, []).append(row)
    for reason, found in by_reason.items():
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield f"group {group.group}, {found[0].name}{more}: {what}: {reason}"


def _why_no_age(row: GroupPartition, outlook: Outlook) -> str | None:
    return outlook.time_lag.text if isinstance(outlook.time_lag, Problem) else None


def _why_no_share(row: GroupPartition, outlook: Outlook) -> str | None:
    if outlook.retention_share is not None:
        return None
    return row.start.text if isinstance(row.start, Problem) else "the log holds nothing any more"


def why_unjudged(row: GroupPartition, outlook: Outlook) -> str | None:
    """None for a partition that was judged."""
    if outlook.judgement is not None:
        return None
    return "no commit" if row.committed is None else "not observed long enough"
