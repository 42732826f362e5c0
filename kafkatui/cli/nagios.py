"""The answer of a check as monitoring systems want it: one line and an exit code, by the Monitoring Plugins guidelines.

What is checked is not known here but for its bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum

from kafkatui.cli import outlook_documents, report
from kafkatui.cli.durations import span_words
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.lag_checks import Checked, Checks, Finding, outcome
from kafkatui.cli.lag_meant import Meant
from kafkatui.cli.outlook_documents import Outlooks
from kafkatui.model.counted import counted
from kafkatui.model.groups import Group
from kafkatui.model.problems import Problem, Reading, known
from kafkatui.model.snapshot import Snapshot
from kafkatui.safe_text import safe_text

_NAMED = 10
"""Sentences in the line: what reads it takes a few kilobytes."""
_NO_LABEL = str.maketrans("'=|", "___")
"""What would end a label. Two quotes for one are allowed, but not everything that reads labels knows."""


class State(IntEnum):
    """The exit codes of a plugin."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def answer(checks: Checks, meant: Meant, read: Callable[[], Snapshot]) -> State:
    """Print the line; what can not be connected is not known either. Raises Failure for wrong usage."""
    try:
        snapshot = read()
    except Failure as failure:
        if failure.code is Code.USAGE:
            raise
        report.write([unread(str(failure))])
        return State.UNKNOWN
    groups, missing = meant.chosen(snapshot)
    found = outcome(checks, meant.groups, snapshot, groups, missing)
    report.write([line(found, checks, groups, snapshot.outlooks)])
    return state_of(found)


def state_of(found: Checked) -> State:
    """The worst: what could not be checked hides nothing that is not met."""
    if any(not each.is_warning for each in found.unmet):
        return State.CRITICAL
    if found.unmet:
        return State.WARNING
    return State.UNKNOWN if found.unknown else State.OK


def line(found: Checked, checks: Checks, groups: Sequence[Group], outlooks: Outlooks) -> str:
    sentences = [*(each.text for each in _worst_first(found.unmet)), *found.unknown]
    more = [f"{len(sentences) - _NAMED} more"] if len(sentences) > _NAMED else []
    text = "; ".join([*sentences[:_NAMED], *more]) or _summary(groups, outlooks)
    return _line(state_of(found), text, " ".join(_numbers(checks, groups, outlooks)))


def unread(why: str) -> str:
    """The line where nothing could be read."""
    return _line(State.UNKNOWN, why, "")


def _line(state: State, text: str, numbers: str) -> str:
    """The first pipe divides the text from the numbers."""
    said = f"LAG {state.name} - {safe_text(text).replace('|', '_')}"
    return f"{said} | {numbers}" if numbers else said


def _worst_first(unmet: Iterable[Finding]) -> list[Finding]:
    return sorted(unmet, key=lambda each: each.is_warning)


def _summary(groups: Sequence[Group], outlooks: Outlooks) -> str:
    ages = [known(_age(group, outlooks)) or 0 for group in groups]
    lag = sum(known(group.lag) or 0 for group in groups)
    late = f", at most {span_words(max(ages) / 1000)}" if lag else ""
    return f"{counted(len(groups), 'group')} {counted(lag, 'record')} behind{late}"


def _numbers(checks: Checks, groups: Iterable[Group], outlooks: Outlooks) -> Iterator[str]:
    """`'group'=lag;;bound;0`; U for what is not known."""
    for group in groups:
        if group.lag is None:
            continue
        name = safe_text(group.group).translate(_NO_LABEL)
        records = "" if checks.records is None else str(checks.records)
        yield f"'{name}'={_value(known(group.lag), '')};;{records};0"
        age = known(_age(group, outlooks))
        seconds = "" if checks.seconds is None else _number(checks.seconds)
        yield f"'{name} time'={_value(None if age is None else age / 1000, 's')};;{seconds};0"
        if checks.percent is not None:
            share = _value(_share(group, outlooks), "%")
            yield f"'{name} unread'={share};;{_number(checks.percent)};0;100"


def _age(group: Group, outlooks: Outlooks) -> Reading:
    """The longest in ms over its rows; one that is not known may be longer than all that are."""
    ages = [outlook_documents.of_row(group, row, outlooks).time_lag for row in group.rows]
    problem = next((age for age in ages if isinstance(age, Problem)), None)
    if isinstance(group.partitions, Problem):
        return group.partitions
    return problem or max((age for age in ages if isinstance(age, int)), default=0)


def _share(group: Group, outlooks: Outlooks) -> float | None:
    shares = [
        0.0 if row.lag == 0 else outlook_documents.of_row(group, row, outlooks).retention_share for row in group.rows
    ]
    return None if None in shares else max((share for share in shares if share is not None), default=None)


def _value(value: float | None, unit: str) -> str:
    return "U" if value is None else f"{_number(value)}{unit}"


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
