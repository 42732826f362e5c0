"""Builders of model objects for tests: everything has a sensible default, a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import inf

from kafkatui.model.cluster import Broker, Health, Partition, Topic, TopicPartition
from kafkatui.model.events import Event, Subject
from kafkatui.model.groups import Group, GroupPartition, GroupType, Member, lag_of
from kafkatui.model.outlook import GroupOutlook, Judgement, Outlook, Verdict
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.trends import Series, Trends

AT = 1_795_618_800.0
"""The moment every snapshot is read at, unless a test says otherwise: 2026-11-25 15:00:00 UTC."""
NO_ANSWER = Problem("no_answer", "no answer")


def a_broker(node_id: int = 1, **changes: object) -> Broker:
    broker = Broker(
        node_id,
        "127.0.0.1",
        9091 + node_id,
        rack=f"rack-{node_id}",
        version="4.3",
        leaders=5,
        replicas=15,
        disk=48_000_000 * node_id,
    )
    return replace(broker, **changes)  # type: ignore[arg-type]


def a_partition(topic: str = "orders", partition: int = 0, **changes: object) -> Partition:
    nodes = tuple((partition + step) % 3 + 1 for step in range(3))
    made = Partition(
        topic,
        partition,
        leader=nodes[0],
        leader_epoch=4,
        replicas=nodes,
        in_sync=nodes,
        offline=(),
        start=0,
        end=1_000 * (partition + 1),
        stable_end=1_000 * (partition + 1),
        size=200_000 * (partition + 1),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_topic(name: str = "orders", partitions: int | Iterable[Partition] = 3, **changes: object) -> Topic:
    if isinstance(partitions, int):
        partitions = [a_partition(name, number) for number in range(partitions)]
    topic = Topic(name, topic_id=f"id-{name}", internal=False, partitions=tuple(partitions))
    return replace(topic, **changes)  # type: ignore[arg-type]


def a_member(client_id: str = "worker-1", topic: str = "orders", partitions: Iterable[int] = (0,)) -> Member:
    names = tuple(a_partition(topic, number).name for number in partitions)
    return Member(f"{client_id}-0d3f", client_id, "/127.0.0.1", partitions=names)


def a_group_partition(
    topic: str = "orders",
    partition: int = 0,
    committed: Reading | None = 900,
    end: Reading = 1_000,
    member: Member | None = None,
    start: Reading = 0,
) -> GroupPartition:
    lag, problem = lag_of(committed, start, end)
    return GroupPartition(topic, partition, committed, start, end, end, lag, member, problem)


def a_group(name: str = "billing", partitions: Iterable[GroupPartition] | None = None, **changes: object) -> Group:
    member = a_member(f"{name}-1", partitions=(0, 1))
    rows = (
        [a_group_partition(partition=number, member=member) for number in (0, 1)] if partitions is None else partitions
    )
    group = Group(
        name, GroupType.CLASSIC, "Stable", "consumer", coordinator=1, members=(member,), partitions=tuple(rows)
    )
    return replace(group, **changes)  # type: ignore[arg-type]


def an_event(text: str = "payments-3 in sync 3 → 2 (broker 3 left)", **changes: object) -> Event:
    event = Event(AT - 12, Subject.PARTITION, "payments-3", text, Health.WARN)
    return replace(event, **changes)  # type: ignore[arg-type]


def a_snapshot(
    brokers: Iterable[Broker] | None = None,
    topics: Iterable[Topic] | None = None,
    groups: Iterable[Group] | None = None,
    **changes: object,
) -> Snapshot:
    """Three well brokers, two topics and two groups, unless told otherwise."""
    brokers = [a_broker(1), a_broker(2, is_controller=True), a_broker(3)] if brokers is None else brokers
    topics = [a_topic("orders"), a_topic("payments", 2)] if topics is None else topics
    groups = [a_group("billing"), a_group("mailer", [])] if groups is None else groups
    snapshot = Snapshot(
        at=AT,
        stage=Stage.GROUPS,
        cluster_id="q3xKzW0gRv2mB7aTfN1yLw",
        brokers={broker.node_id: broker for broker in brokers},
        topics={topic.name: topic for topic in topics},
        groups={group.group: group for group in groups},
        controller=2,
        controller_epoch=7,
        version="4.3",
    )
    return replace(snapshot, **changes)  # type: ignore[arg-type]


def a_wave(top: float, length: int = 60, phase: int = 0) -> Series:
    """A series that rises and falls, the same on every run."""
    steps = (5, 6, 7, 8, 9, 10, 9, 8, 7, 6)
    return tuple(top * steps[(index + phase) % len(steps)] / 10 for index in range(length))


def an_order_system() -> Snapshot:
    """A cluster like the sample world's: one broker gone, a group that lags, one that is stopped, one that is new."""
    gone = Problem("no_answer", "no answer")
    brokers = [
        a_broker(1, leaders=22, replicas=58),
        a_broker(2, is_controller=True, leaders=24, replicas=58),
        a_broker(
            3,
            leaders=0,
            replicas=58,
            out_of_sync=58,
            disk=replace(gone, last=48_200_000, last_at=AT - 12),
            problem=gone,
        ),
    ]
    topics = [
        a_topic("notifications", 3),
        a_topic("orders.created", 6),
        a_topic("orders.created.DLT", 1),
        a_topic("orders.state", 3),
        a_topic("payments", [*_payments()]),
        a_topic("shipments", 6),
    ]
    return a_snapshot(
        brokers,
        topics,
        _order_groups(),
        trends=_order_trends(topics),
        outlooks=_order_outlooks(),
        events=_order_events(),
    )


def _payments() -> Iterable[Partition]:
    for number in range(4):
        yield a_partition("payments", number, size=3_100_000 * (number + 1), end=204_310 * (number + 1))
    yield a_partition("payments", 4, leader=1, replicas=(3, 1, 2), in_sync=(1, 2), size=64_100_000, end=1_204_310)
    yield a_partition(
        "payments", 5, leader=None, replicas=(3,), in_sync=(3,), offline=(3,), problem=None,
        end=Problem("leaderless", "no leader", 88_120, AT - 12), size=NO_ANSWER,
    )  # fmt: skip


def _order_groups() -> Iterable[Group]:
    worker = a_member("billing-1", "payments", (0, 1, 2))
    second = a_member("billing-2", "payments", (3, 4))
    rows = [
        a_group_partition("payments", 0, 204_310, 204_310, worker),
        a_group_partition("payments", 1, 408_600, 408_620, worker),
        a_group_partition("payments", 2, 612_900, 612_930, worker),
        a_group_partition("payments", 3, 807_417, 817_240, second),
        a_group_partition("payments", 4, None, 1_204_310, second, start=1_204_290),
    ]
    yield a_group("billing", rows, members=(worker, second))
    yield a_group("fraud-check", [a_group_partition("orders.created", 0, 995)], type=GroupType.CONSUMER)
    yield a_group("mailer", [a_group_partition("notifications", 0, 659)], state="Empty", members=())
    yield a_group("picking", [a_group_partition("shipments", 0, 1_000)], type=GroupType.SHARE)
    yield a_group("reporting", [], state="Empty", members=(), coordinator=2)


def _order_trends(topics: Iterable[Topic]) -> Trends:
    rates = {
        "orders.created": 1_204.0,
        "payments": 380.0,
        "shipments": 112.0,
        "notifications": 48.0,
        "orders.state": 9.5,
    }
    return Trends(
        rates={
            each.name: rates.get(topic.name, 0.0) / len(topic.partitions)
            for topic in topics
            for each in topic.partitions
        },
        topics={topic.name: a_wave(rates.get(topic.name, 0.0), phase=len(topic.name)) for topic in topics},
        lags={"billing": tuple(float(9_893 - 60 * (59 - index)) for index in range(60)), "mailer": (341.0,) * 60},
        cluster=a_wave(1_753.0),
    )


def _order_outlooks() -> dict[str, GroupOutlook]:
    stands = Judgement(Verdict.STALL, "the commit stands at 807417 for 96 s while 9823 records wait", 120_000)
    gone = Judgement(Verdict.STOP, "no members: no commit after 659 for 120 s while 341 records wait", 120_000)
    reads = Judgement(Verdict.OK, "it reads on: 10 commits in 118 s", 120_000)
    lagging = {
        TopicPartition("payments", 1): Outlook(1_400, True, 95.0, 95.0, inf, 0.1, 604_798_600, None, reads),
        TopicPartition("payments", 2): Outlook(1_900, True, 96.0, 95.0, 30.0, 0.1, 604_798_100, None, reads),
        TopicPartition("payments", 3): Outlook(252_000, False, 0.0, 120.0, inf, 1.2, 604_548_000, AT - 96, stands),
        TopicPartition("payments", 4): Outlook(Problem("older_than_sampled", "older than what this session sampled")),
    }
    billing = GroupOutlook(
        lagging, 252_000, False, 191.0, 311.0, inf, 1.2, 604_548_000, stands, TopicPartition("payments", 3)
    )
    notifications = TopicPartition("notifications", 0)
    mailer = {notifications: Outlook(31_000, False, 0.0, 0.0, inf, 34.1, 86_369_000, AT - 120, gone)}
    return {
        "billing": billing,
        "fraud-check": GroupOutlook({}, 40, True, 1_204.0, 1_204.0, 0.1, 0.5, None, reads),
        "mailer": GroupOutlook(mailer, 31_000, False, 0.0, 0.0, inf, 34.1, 86_369_000, gone, notifications),
        "picking": GroupOutlook({}, 0, judgement=Judgement(Verdict.OK, "it has read all", 120_000)),
        "reporting": GroupOutlook({}, None),
    }


def _order_events() -> tuple[Event, ...]:
    return (
        an_event("broker 3: no answer", at=AT - 12, subject=Subject.BROKER, name="3", health=Health.BAD),
        an_event("payments-5 leader 3 → no leader", at=AT - 12, name="payments-5", health=Health.BAD),
        an_event("payments-4 in sync 3 → 2 (broker 3 left)", at=AT - 12, name="payments-4"),
        an_event("mailer members 1 → 0", at=AT - 95, subject=Subject.GROUP, name="mailer"),
        an_event("reporting appeared", at=AT - 340, subject=Subject.GROUP, name="reporting", health=Health.OK),
    )
