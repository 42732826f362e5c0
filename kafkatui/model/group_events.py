"""What happened between two snapshots to groups, in words. What could not be read in one of them is no event."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kafkatui.model.cluster import Health, TopicPartition
from kafkatui.model.events import MANY, Event, Subject
from kafkatui.model.groups import Group, Member
from kafkatui.model.outlook import GroupOutlook, Verdict
from kafkatui.model.problems import known
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.trends import Series

REBALANCING = frozenset({"PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling"})
"""States in which the work of a group is being shared out (classic; KIP-848, KIP-1071)."""
STANDING = frozenset({Verdict.STALL, Verdict.STOP, Verdict.REWIND})
"""Verdicts on a group that does not read on as it should."""
BEHIND = 10
"""Readings a group must have lagged for before it is said that it has read all: most lag for one and catch up."""


class KnownGroups:
    """What was known last of each group: a reading in between that could not tell is no change."""

    def __init__(self) -> None:
        self.members: dict[str, tuple[Member, ...]] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.names: set[str] | None = None
        """Those that are there, as far as anybody told since all brokers listed theirs; None: they never did."""

    def take(self, snapshot: Snapshot) -> None:
        """Remember what it knows, and forget the groups it has not."""
        if not snapshot.unlisted:
            self.names = set(snapshot.groups)
        elif self.names is not None:
            self.names |= snapshot.groups.keys()
        self.members = {
            name: group.members if isinstance(group.members, tuple) else self.members[name]
            for name, group in snapshot.groups.items()
            if isinstance(group.members, tuple) or name in self.members
        }
        told = {name: each.judgement.verdict for name, each in snapshot.outlooks.items() if each.judgement is not None}
        self.verdicts = {name: last for name, last in self.verdicts.items() if name in snapshot.groups} | told


def group_events(before: Snapshot, now: Snapshot, last: KnownGroups) -> Iterator[Event]:
    """Those of every group; they may come in any order. `last` is what was known up to `before`."""
    # A broker that does not list its groups may have one that is missing: nobody knows whether that came or went.
    names = last.names if last.names is not None else now.groups.keys()
    for name in sorted(now.groups.keys() - names):
        yield Event(now.at, Subject.GROUP, name, f"{name} appeared", Health.OK)
    for name in sorted(names - now.groups.keys()) if not now.unlisted else ():
        yield Event(now.at, Subject.GROUP, name, f"{name} is gone", Health.WARN)
    for name in sorted(before.groups.keys() & now.groups.keys()):
        old, new = before.groups[name], now.groups[name]
        yield from _state(now.at, old, new)
        yield from _members(now.at, last.members.get(name), old, new)
        yield from _drained(now.at, new, now.trends.lags.get(name, ()))
        if name in now.outlooks:
            yield from _judged(now.at, name, last.verdicts.get(name), now.outlooks[name])


def _state(at: float, old: Group, new: Group) -> Iterator[Event]:
    """One event for a rebalance, however many of its states the readings saw."""
    if old.state == new.state:
        return
    was, is_ = old.state in REBALANCING, new.state in REBALANCING
    if was and is_:
        return
    text = f"{new.group} {old.state} → {new.state}"
    if is_:
        text = f"{new.group} rebalances ({new.state})"
    elif was and new.state == "Stable":
        text = f"{new.group} is through with its rebalance"
    health = Health.WARN if is_ or new.state in {"Empty", "Dead"} else Health.OK
    yield Event(at, Subject.GROUP, new.group, text, health)


def _members(at: float, last: tuple[Member, ...] | None, old: Group, new: Group) -> Iterator[Event]:
    if last is None or not isinstance(new.members, tuple) or last is new.members:
        return
    before, now = _by_id(last), _by_id(new.members)
    counted = f" ({len(before)} → {len(now)})"
    yield from _came(at, new, "left", [before[each] for each in before if each not in now], counted, Health.WARN)
    yield from _came(at, new, "joined", [now[each] for each in now if each not in before], counted, Health.OK)
    if before.keys() == now.keys() and not {old.state, new.state} & REBALANCING:
        yield from _rebalanced(at, new, _moved(last, new.members))


def _rebalanced(at: float, group: Group, moved: int) -> Iterator[Event]:
    """One that was over between two readings: what it did stays to be seen."""
    if moved:
        what = "1 partition" if moved == 1 else f"{moved} partitions"
        yield Event(at, Subject.GROUP, group.group, f"{group.group} rebalanced: {what} changed hands", Health.OK)


def _by_id(members: tuple[Member, ...]) -> dict[str, Member]:
    """A static member keeps its place when it comes back with another id (KIP-345)."""
    return {member.instance_id or member.member_id: member for member in members}


def _came(at: float, group: Group, what: str, members: list[Member], counted: str, health: Health) -> Iterator[Event]:
    if len(members) > MANY:
        text = f"{group.group}: {len(members)} members {what}{counted}"
        yield Event(at, Subject.GROUP, group.group, text, health)
        return
    for member in members:
        text = f"{group.group}: {member.client_id or member.member_id} {what}{counted}"
        yield Event(at, Subject.GROUP, group.group, text, health)


def _moved(old: tuple[Member, ...], new: tuple[Member, ...]) -> int:
    """Partitions that some other member reads now."""
    before, now = _owners(old), _owners(new)
    return sum(before[name] != owner for name, owner in now.items() if name in before)


def _owners(members: tuple[Member, ...]) -> dict[TopicPartition, str]:
    return dict(chain.from_iterable(((name, key) for name in each.partitions) for key, each in _by_id(members).items()))


def _drained(at: float, group: Group, lags: Series) -> Iterator[Event]:
    if not lags or lags[-1] != 0 or known(group.lag) != 0:
        return
    seen = [lag for lag in lags[:-1] if lag is not None]
    if len(seen) >= BEHIND and all(seen[-BEHIND:]):
        yield Event(at, Subject.GROUP, group.group, f"{group.group} has read all: lag {seen[-1]:.0f} → 0", Health.OK)


def _judged(at: float, name: str, was: Verdict | None, outlook: GroupOutlook) -> Iterator[Event]:
    judgement = outlook.judgement
    if judgement is None or judgement.verdict is was:
        return
    where = "" if outlook.worst is None else f" on {outlook.worst}"
    if judgement.verdict in STANDING:
        text = f"{name} {judgement.verdict}{where}: {judgement.rule}"
        yield Event(at, Subject.GROUP, name, text, Health.BAD)
    elif was in STANDING:
        yield Event(at, Subject.GROUP, name, f"{name} moves again (was {was})", Health.OK)
