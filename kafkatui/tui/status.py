"""What the first and the last line of every screen say: pure, from a snapshot and the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from textual.content import Content

from kafkatui.columns.cells import NOTHING, SKELETON, UNKNOWN, Tone, sign, span_text, thousands, tone_of
from kafkatui.history.timeline import Moment
from kafkatui.model.cluster import Broker, Health
from kafkatui.model.connection import Connection
from kafkatui.model.events import Subject
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.badges import badges, name_content
from kafkatui.tui.event_rows import moment_words
from kafkatui.tui.widgets.line import STYLES, Part, part

STALE_SECONDS = 10.0
"""Five readings missed at the usual two seconds."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The worst thing now, in one sentence."""

    text: str
    tone: Tone


def ago(seconds: float) -> str:
    """A time span in at most two units, whole seconds."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} m"


def is_stale(snapshot: Snapshot, now: float, paused: bool) -> bool:
    if snapshot.stage is Stage.NOTHING or paused:
        return False
    return bool(snapshot.problems) or now - snapshot.at > STALE_SECONDS


def left(snapshot: Snapshot, connection: Connection | None, moment: Moment | None = None) -> list[Part]:
    recorded = "" if moment is None else moment.recorded_of
    parts = [part("kafkatui", "$primary bold", rank=9), _cluster(snapshot, connection, recorded), *badges(connection)]
    if snapshot.stage is Stage.NOTHING:
        return [
            *parts,
            part("✖ not connected", "$error") if snapshot.problems else part(f"connecting {SKELETON}", "$muted"),
        ]
    return [
        *parts,
        _brokers(snapshot),
        part(f"{thousands(len(snapshot.topics))} topics", rank=4),
        part(f"{thousands(len(snapshot.partitions))} partitions", rank=6),
        part(f"{thousands(len(snapshot.groups))} groups", rank=5),
        _lag(snapshot),
    ]


def right(
    snapshot: Snapshot, connection: Connection | None, now: float, paused: bool, moment: Moment | None = None
) -> list[Part]:
    """`moment`: when the snapshot was seen; None: it is the newest."""
    if moment is not None:
        return [part(_as_it_was(moment, now), "$warning bold")]
    parts = [] if connection is None or connection.read_only else [part("rw", "$muted", rank=7)]
    if paused:
        parts.append(part("paused", "$warning"))
    if snapshot.stage is not Stage.NOTHING:
        parts.append(_age(snapshot, now, paused))
    return parts


def _as_it_was(moment: Moment, now: float) -> str:
    at = moment_words(moment.seen, now)
    if moment.is_recorded:
        return f"◂ recorded {at}, {thousands(moment.number + 1)} of {thousands(moment.count)}"
    return f"◂ as it was {at}, {ago(now - moment.seen)} ago"


def _cluster(snapshot: Snapshot, connection: Connection | None, recorded: str) -> Part:
    where = recorded if connection is None else connection.context or ",".join(connection.bootstrap[:1])
    name = name_content(shorten(safe_text(where), 28), None if connection is None else connection.color)
    if snapshot.cluster_id is None:
        return Part(name)
    which = Content.styled(f" ▸ {shorten(safe_text(snapshot.cluster_id), 9)}", "$foreground bold")
    return Part(Content.assemble(name, which), short=name)


def _brokers(snapshot: Snapshot) -> Part:
    if snapshot.problems:
        return part(f"{UNKNOWN} of {len(snapshot.brokers)} brokers", "$stale", rank=2)
    up = sum(broker.problem is None for broker in snapshot.brokers.values())
    health = Health.OK if up == len(snapshot.brokers) else Health.BAD
    return part(f"{sign(health)} {up}/{len(snapshot.brokers)} brokers", STYLES[tone_of(health)], rank=2)


@lru_cache(maxsize=1)
def _lag(snapshot: Snapshot) -> Part:
    """Asked for every second, and worth 20 ms with 1,000 groups."""
    lags = [group.lag for group in snapshot.groups.values() if group.lag is not None]
    numbers = [lag for lag in lags if isinstance(lag, int)]
    if not lags:
        return part(f"lag {NOTHING}", rank=3)
    if not numbers:
        return part(f"lag {SKELETON if snapshot.stage < Stage.GROUPS else UNKNOWN}", "$muted", rank=3)
    some = "" if len(numbers) == len(lags) else UNKNOWN
    return part(f"lag {thousands(sum(numbers))}{some} {_direction(snapshot)}", rank=3)


def _direction(snapshot: Snapshot) -> str:
    """Whether all lags together grew over the last ten readings."""
    changes = [
        now - before
        for series in snapshot.trends.lags.values()
        if len(series) > 1 and (now := series[-1]) is not None and (before := series[-min(10, len(series))]) is not None
    ]
    total = sum(changes)
    return "▲" if total > 0 else "▼" if total < 0 else " "


def _age(snapshot: Snapshot, now: float, paused: bool) -> Part:
    age = ago(now - snapshot.at)
    if is_stale(snapshot, now, paused):
        return part(f"▲ {age} old", "$warning bold")
    return part(f"as of {age}".rjust(12), "$muted")


def alarm(snapshot: Snapshot, now: float) -> Alarm | None:
    """The worst thing now; how many others there are is said beside it."""
    found = list(_alarms(snapshot, now))
    if not found:
        return None
    more = f" (+{len(found) - 1})" if len(found) > 1 else ""
    return Alarm(safe_text(found[0].text) + more, found[0].tone)


def _alarms(snapshot: Snapshot, now: float) -> Iterator[Alarm]:
    for problem in snapshot.problems:
        yield Alarm(f"{sign(Health.BAD)} {problem.text}", Tone.BAD)
    for broker in snapshot.brokers.values():
        if broker.problem is not None:
            yield Alarm(f"{sign(Health.WARN)} {_trouble(snapshot, broker, broker.problem, now)}", Tone.WARN)
        elif broker.throttled_ms:
            held = f"a quota holds up its answers to us by {span_text(broker.throttled_ms)}"
            yield Alarm(f"{sign(Health.WARN)} broker {broker.node_id}: {held}", Tone.WARN)
    leaderless, behind = _unwell(snapshot)
    if leaderless:
        yield Alarm(f"{sign(Health.BAD)} {leaderless} partitions without a leader", Tone.BAD)
    if behind:
        yield Alarm(f"{sign(Health.WARN)} {behind} partitions under-replicated", Tone.WARN)


@lru_cache(maxsize=1)
def _unwell(snapshot: Snapshot) -> tuple[int, int]:
    """Partitions without a leader, and under-replicated ones."""
    partitions = snapshot.partitions
    return sum(each.is_leaderless for each in partitions), sum(each.is_under_replicated for each in partitions)


def _trouble(snapshot: Snapshot, broker: Broker, problem: Problem, now: float) -> str:
    """What is wrong with it and for how long, unless the reason says that itself."""
    if " for " in problem.text:
        return broker.trouble
    name = str(broker.node_id)
    since = next((e.at for e in snapshot.events if e.subject is Subject.BROKER and e.name == name), None)
    last = problem.last_at or since
    return broker.trouble if last is None else f"{broker.trouble} for {ago(now - last)}"
