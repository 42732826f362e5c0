"""Advice on brokers, disks, the quorum and what groups may lose. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from kafkatui.columns.cells import span_text
from kafkatui.doctor.durability import ok, untold, warning
from kafkatui.doctor.state import AUTO_CREATE, State
from kafkatui.doctor.step import Step, named
from kafkatui.model.counted import counted
from kafkatui.model.outlook import Outlook
from kafkatui.model.problems import Problem

FULL = 85
"""Percent of a volume in use from which on it is warned of."""
NEAR = 80
"""Percent of the time records are kept, from which on an unread one is near its end."""
_BEHIND_MS = 10_000
"""What a voter of the quorum may lack while all is well: it fetches twice a second."""


def upkeep(state: State) -> Iterator[Step]:
    yield _retention(state)
    yield _log_dirs(state)
    yield _disks(state)
    yield _quorum(state)
    yield _versions(state)
    yield _auto_create(state)


def _retention(state: State) -> Step:
    """Groups whose next record is deleted soon, or was already."""
    name = "retention"
    lost = [
        f"{group.group} on {row.name}"
        for group in state.snapshot.groups.values()
        for row in group.rows
        if row.problem is not None and row.problem.code == "records_lost"
    ]
    near = [
        (outlook.loses_in_ms, f"{group} on {where} {_when(outlook.loses_in_ms)}")
        for group, whole in state.snapshot.outlooks.items()
        for where, outlook in whole.partitions.items()
        if isinstance(outlook.loses_in_ms, int) and used(outlook) >= NEAR
    ]
    if not lost and not near:
        if not state.snapshot.groups:
            return untold(name, "no group is shown")
        return ok(name, f"none of {counted(len(state.snapshot.groups), 'group')} is near the end of what is kept")
    parts = []
    if lost:
        parts.append(f"deleted before it was read: {named(lost)}")
    if near:
        parts.append(f"deleted soon: {named([text for _, text in sorted(near)])}")
    advice = (
        "Let them read faster, or keep records longer: kafkatui lag GROUP, kafkatui topics config TOPIC retention.ms=N"
    )
    return warning(name, "; ".join(parts), advice, lost=lost, near=[text for _, text in sorted(near)])


def _when(left_ms: int) -> str:
    return f"in {span_text(left_ms)}" if left_ms else "now"


def used(outlook: Outlook) -> float:
    """Percent of the time its records are kept that the first unread one has behind it; 0 where that is not known."""
    if not isinstance(outlook.loses_in_ms, int) or not isinstance(outlook.time_lag, int):
        return 0.0
    kept = outlook.time_lag + outlook.loses_in_ms
    return 100.0 * outlook.time_lag / kept if kept else 100.0


def _log_dirs(state: State) -> Step:
    name = "log_dirs"
    known = {node: dirs for node, dirs in state.log_dirs.items() if not isinstance(dirs, Problem)}
    offline = [
        f"broker {node} {each.path}" for node, dirs in known.items() for each in dirs if each.problem is not None
    ]
    if offline:
        text = f"given up by their brokers: {named(offline)}; replicas there are out of sync"
        return warning(name, text, "Replace the disk and start the broker again.", offline=offline)
    if not known:
        return untold(name, _why(state.log_dirs))
    count = sum(map(len, known.values()))
    return ok(name, f"all {counted(count, 'log dir')} of {counted(len(known), 'broker')} in use")


def _disks(state: State) -> Step:
    name = "disks"
    shares = {
        f"broker {node} {each.path}": 100 - 100 * each.usable / each.total
        for node, dirs in state.log_dirs.items()
        if not isinstance(dirs, Problem)
        for each in dirs
        if each.total and each.usable is not None
    }
    if not shares:
        return untold(name, _why(state.log_dirs) or "brokers before Kafka 3.3 do not tell how full their disks are")
    facts = {"used_percent": {where: round(share, 1) for where, share in shares.items()}}
    full = {where: share for where, share in shares.items() if share >= FULL}
    worst = sorted(shares.items(), key=lambda each: -each[1])[0]
    if not full:
        return ok(name, f"the fullest volume is used by {worst[1]:.0f} % ({worst[0]})", **facts)
    text = named([f"{where} is full by {share:.0f} %" for where, share in sorted(full.items(), key=lambda it: -it[1])])
    advice = (
        "Keep less (retention.ms, retention.bytes), move replicas away, or grow the volume: a full disk ends a broker."
    )
    return warning(name, text, advice, **facts)


def _why(told: object) -> str:
    problems = [each for each in getattr(told, "values", list)() if isinstance(each, Problem)]
    return f"not told: {problems[0].text}" if problems else ""


def _quorum(state: State) -> Step:
    name, quorum = "quorum", state.quorum
    if isinstance(quorum, Problem):
        return untold(name, quorum.text)
    count = len(quorum.voters)
    facts = {"leader": quorum.leader, "voters": [each.node_id for each in quorum.voters], "observers": quorum.observers}
    late = [each for each in quorum.voters if each.behind_ms is not None and each.behind_ms > _BEHIND_MS]
    if late:
        whose = named([f"controller {each.node_id} by {span_text(each.behind_ms or 0)}" for each in late])
        left = count - len(late)
        text = f"behind the leader of the quorum is {whose}; {left} of {count} voters are with it"
        return warning(name, text, "Look at these controllers: they are down or slow.", **facts)
    if count == 1:
        advice = "Run three controllers: with one, the cluster can not change anything while it is down."
        return warning(name, "one controller alone keeps the cluster's metadata", advice, **facts)
    if count % 2 == 0:
        advice = f"Run {count + 1}: {count} bear no more losses than {count - 1}."
        return warning(name, f"{count} voters in the quorum", advice, **facts)
    return ok(name, f"{count} voters, led by controller {quorum.leader}; {(count - 1) // 2} may go at once", **facts)


def _versions(state: State) -> Step:
    name = "versions"
    by_version: dict[str, list[int]] = {}
    for broker in state.snapshot.brokers.values():
        if isinstance(broker.version, str):
            by_version.setdefault(broker.version, []).append(broker.node_id)
    if not by_version:
        return untold(name, "no broker tells its release")
    facts = {"brokers": by_version, "metadata_version": _text(state.snapshot.version)}
    if len(by_version) > 1:
        which = ", ".join(f"{version}: {named(nodes)}" for version, nodes in sorted(by_version.items()))
        return warning(name, f"brokers of different releases ({which})", "Bring the upgrade to its end.", **facts)
    (release,) = by_version
    finalized = state.snapshot.version
    if isinstance(finalized, str) and finalized != release:
        text = f"brokers are {release}, but metadata.version is still that of {finalized}"
        advice = f"Once nobody wants to go back: kafka-features upgrade --release-version {release}"
        return warning(name, text, advice, **facts)
    return ok(name, f"all brokers are Kafka {release}", **facts)


def _text(value: str | Problem) -> str | None:
    return None if isinstance(value, Problem) else value


def _auto_create(state: State) -> Step:
    name = "auto_create"
    known = {node: each for node, each in state.broker_configs.items() if not isinstance(each, Problem)}
    on = [node for node, configs in known.items() if (found := configs.get(AUTO_CREATE)) and found.value == "true"]
    if on:
        text = f"{AUTO_CREATE} is on ({counted(len(on), 'broker')}): a mistyped name makes a topic"
        return warning(name, text, f"Set {AUTO_CREATE}=false on the brokers, and make topics on purpose.", brokers=on)
    if not known:
        return untold(name, _why(state.broker_configs) or "no broker tells its configs")
    return ok(name, "topics are made on purpose only")
