"""Which rules hold in a snapshot, since when, and what is to be told of it: once when it begins, once when it ends.

What is not known neither begins an alert nor ends it. One ends when its rule has not held for as long as it has to hold
to begin, and for at least CALM seconds: a value that swings about its bound is one alert.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from heapq import merge

from kafkatui.model.alert_rules import AlertRule, When
from kafkatui.model.cluster import Health
from kafkatui.model.events import MANY, Event, Subject
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.snapshot import Snapshot, Stage

CALM = 10.0
"""Seconds; see above."""
KEPT = 500
"""Events of alerts a session keeps."""
EVERYTHING = "cluster"
"""What a rule for brokers is about when none answers."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is to be told now."""

    rule: AlertRule
    event: Event
    begins: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """How a rule is met by one thing."""

    subject: Subject
    holds: bool | None
    """None: it is not known."""
    text: str


@dataclass(slots=True)
class _State:
    """What was seen of one thing so far."""

    is_on: bool = False
    turned: float | None = None
    """Since when it is otherwise than `is_on` says, epoch seconds."""


class Alerts:
    """Looks at each reading of one session."""

    def __init__(self, rules: Sequence[AlertRule]) -> None:
        self._rules = [(rule, _states()) for rule in rules]
        self.events: tuple[Event, ...] = ()
        """Of all alerts so far, newest first."""

    @property
    def active(self) -> list[AlertRule]:
        """The rules that hold, once for each thing."""
        return [rule for rule, states in self._rules for state in states.values() if state.is_on]

    def look(self, snapshot: Snapshot, at: float) -> list[Alert]:
        """What begins or ends with this reading, seen at `at`, epoch seconds."""
        found: list[Alert] = []
        if snapshot.stage is Stage.GROUPS:
            for rule, states in self._rules:
                found += _together(rule, list(_turns(rule, states, snapshot, at)), at)
        self.events = (*(alert.event for alert in reversed(found)), *self.events)[:KEPT]
        return found

    def with_events(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the events of its alerts among the others."""
        if not self.events:
            return snapshot
        return replace(snapshot, events=tuple(merge(self.events, snapshot.events, key=lambda event: -event.at)))


def _states() -> dict[str, _State]:
    return {}


def _turns(
    rule: AlertRule, states: dict[str, _State], snapshot: Snapshot, at: float
) -> Iterator[tuple[str, _Found, bool]]:
    """What turns with this reading: its name, how it is, and whether it begins."""
    found = {name: each for name, each in _found(rule, snapshot) if name == EVERYTHING or fnmatchcase(name, rule.name)}
    for name in [name for name, state in states.items() if name not in found and not state.is_on]:
        del states[name]
    for name in states.keys() - found.keys():
        # A broker that listed no groups may have it.
        found[name] = _Found(_SUBJECTS[rule.when], None if snapshot.unlisted else False, f"{name} is gone")
    for name, each in found.items():
        state = states.setdefault(name, _State())
        if each.holds is None:
            continue
        if each.holds is state.is_on:
            state.turned = None
            continue
        state.turned = at if state.turned is None else state.turned
        if at - state.turned >= (max(rule.hold, CALM) if state.is_on else rule.hold):
            state.is_on, state.turned = each.holds, None
            yield name, each, each.holds


def _together(rule: AlertRule, turns: list[tuple[str, _Found, bool]], at: float) -> Iterator[Alert]:
    """Those of many things at once are one alert."""
    for begins in (True, False):
        same = [(name, found) for name, found, each in turns if each is begins]
        for name, found in same if len(same) <= MANY else same[:1]:
            others = f" (and {len(same) - 1} others)" if len(same) > MANY else ""
            text = f"alert{'' if begins else ' over'}: {found.text}{others}"
            health = Health.BAD if begins else Health.OK
            yield Alert(rule, Event(at, found.subject, name, text, health), begins)


# What each rule looks at

_SUBJECTS: Mapping[When, Subject] = {
    When.LAG: Subject.GROUP,
    When.TIME_LAG: Subject.GROUP,
    When.VERDICT: Subject.GROUP,
    When.LEADERLESS: Subject.TOPIC,
    When.BROKER: Subject.BROKER,
}


def _found(rule: AlertRule, snapshot: Snapshot) -> Iterator[tuple[str, _Found]]:
    look = {
        When.LAG: _lag,
        When.TIME_LAG: _time_lag,
        When.VERDICT: _verdict,
        When.LEADERLESS: _leaderless,
        When.BROKER: _broker,
    }[rule.when]
    for name, holds, text in look(rule, snapshot):
        # A reading that failed repeats the one before: nothing in it is known but that.
        is_known = not snapshot.problems or name == EVERYTHING
        subject = Subject.CLUSTER if name == EVERYTHING and rule.when is When.BROKER else _SUBJECTS[rule.when]
        yield name, _Found(subject, holds if is_known else None, text)


_NOT_RECKONED = GroupOutlook()
_Looked = Iterator[tuple[str, bool | None, str]]


def _lag(rule: AlertRule, snapshot: Snapshot) -> _Looked:
    for name, group in snapshot.groups.items():
        yield name, _is_above(rule, group.lag), f"lag of {name} is {group.lag}, the bound {rule.above:.0f}"


def _time_lag(rule: AlertRule, snapshot: Snapshot) -> _Looked:
    for name in snapshot.groups:
        behind = snapshot.outlooks.get(name, _NOT_RECKONED).time_lag
        late = f"{behind / 1000:.0f}" if isinstance(behind, int) else "0"
        yield name, _is_above(rule, behind), f"{name} is {late} s late, the bound {rule.above / 1000:.0f} s"


def _is_above(rule: AlertRule, reading: Reading | None) -> bool | None:
    """A group that has read nothing yet is not late."""
    return None if isinstance(reading, Problem) else reading is not None and reading > rule.above


def _verdict(rule: AlertRule, snapshot: Snapshot) -> _Looked:
    for name in snapshot.groups:
        outlook = snapshot.outlooks.get(name, _NOT_RECKONED)
        judgement = outlook.judgement
        if judgement is None:
            yield name, None, ""
        else:
            where = "" if outlook.worst is None else f" on {outlook.worst}"
            text = f"{name} {judgement.verdict}{where}: {judgement.rule}"
            yield name, judgement.verdict in rule.verdicts, text


def _leaderless(rule: AlertRule, snapshot: Snapshot) -> _Looked:
    for name, topic in snapshot.topics.items():
        count = sum(partition.is_leaderless for partition in topic.partitions)
        holds = None if topic.problem is not None else count > 0
        yield name, holds, f"{name} has {count} partitions without a leader"


def _broker(rule: AlertRule, snapshot: Snapshot) -> _Looked:
    why = snapshot.problems[0].text if snapshot.problems else "brokers answer"
    yield EVERYTHING, bool(snapshot.problems), why
    for node_id, broker in snapshot.brokers.items():
        yield str(node_id), broker.problem is not None, broker.trouble or f"broker {node_id} answers"
