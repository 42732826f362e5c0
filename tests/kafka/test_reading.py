"""What the reader says of real brokers: the true type and state of groups, true lag, few requests, no traces."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.cli.flags import Output
from kafkatui.cli.lag import wants_of
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.wire import Api
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.groups import Group, GroupType
from kafkatui.model.parts import ListedGroup
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.monitor import Monitor, Want, read_once
from tests import kafka_tools
from tests.live_members import a_member
from tests.making_topics import make_topics
from tests.waiting import until

RECORDS = 20


@pytest.fixture
async def cluster(mini_cluster: Status) -> AsyncIterator[Cluster]:
    async with Cluster.open(Connection(tuple(mini_cluster.bootstrap.split(",")))) as opened:
        yield opened


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    """A topic of three partitions with `RECORDS` records in each."""
    name = f"reading-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, 3, 3))
    produce(mini_cluster, name, RECORDS)
    yield name
    admin.delete_topics([name])[name].result(20)


def produce(mini_cluster: Status, topic: str, records: int) -> None:
    """So many records into each of the three partitions."""
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    for partition in range(3):
        for number in range(records):
            producer.produce(topic, partition=partition, value=str(number))
    assert producer.flush(20) == 0


def a_group_name() -> str:
    return f"group-{uuid.uuid4().hex[:8]}"


def commit(mini_cluster: Status, group: str, offsets: dict[tuple[str, int], int]) -> None:
    consumer = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": group})
    wanted = [TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()]
    consumer.commit(offsets=wanted, asynchronous=False)
    consumer.close()


async def group_when(cluster: Cluster, name: str, holds: Callable[[Group], bool], seconds: float = 30.0) -> Group:
    async def look() -> Group | None:
        group = (await read_once(cluster)).groups.get(name)
        return group if group is not None and holds(group) else None

    return await until(look, seconds)


def has_read_everything(group: Group) -> bool:
    members = group.members
    return group.lag == 0 and group.state == "Stable" and not isinstance(members, Problem) and len(members) == 1


@pytest.mark.parametrize(("protocol", "kind"), [("classic", GroupType.CLASSIC), ("consumer", GroupType.CONSUMER)])
async def test_a_live_group_of_consumers(
    cluster: Cluster, mini_cluster: Status, topic: str, protocol: str, kind: GroupType
) -> None:
    name = a_group_name()
    with a_member(mini_cluster.bootstrap, name, topic, protocol):
        group = await group_when(cluster, name, has_read_everything)
    assert (group.type, group.state, group.problem) == (kind, "Stable", None)
    assert not isinstance(group.members, Problem)
    assert group.members[0].client_id == f"{protocol}-client"
    assert sorted(group.members[0].partitions) == [(topic, 0), (topic, 1), (topic, 2)]
    assert not isinstance(group.partitions, Problem)
    assert [(row.partition, row.committed, row.lag) for row in group.partitions] == [
        (number, RECORDS, 0) for number in range(3)
    ]
    assert all(row.member is group.members[0] for row in group.partitions)


async def test_a_live_share_group(cluster: Cluster, mini_cluster: Status, topic: str, tmp_path: Path) -> None:
    """A share group starts at the end by default, and on a partition only when something is written to it."""
    name = a_group_name()

    def has_started(group: Group) -> bool:
        if isinstance(group.lag, Problem):
            produce(mini_cluster, topic, 1)
        return group.lag == 0

    with kafka_tools.share_consumer(mini_cluster.bootstrap, name, topic, tmp_path / "share.log"):
        waiting = await group_when(cluster, name, is_assigned_everywhere, seconds_for_java())
        reading = await group_when(cluster, name, has_started, seconds_for_java())
    assert (waiting.type, waiting.state, waiting.problem) == (GroupType.SHARE, "Stable", None)
    assert isinstance(waiting.lag, Problem)
    assert "has not started on this partition" in waiting.lag.text
    assert not isinstance(reading.partitions, Problem)
    assert [(row.partition, row.lag) for row in reading.partitions] == [(0, 0), (1, 0), (2, 0)]
    for row in reading.partitions:
        assert isinstance(row.committed, int)
        assert isinstance(row.end, int)
        assert RECORDS <= row.committed <= row.end


def is_assigned_everywhere(group: Group) -> bool:
    members, rows = group.members, group.partitions
    if isinstance(members, Problem) or isinstance(rows, Problem):
        return False
    return len(rows) == 3 and [len(member.partitions) for member in members] == [3]


async def test_a_group_at_rest_has_the_numbers_of_kafkas_own_tool(
    cluster: Cluster, mini_cluster: Status, topic: str
) -> None:
    name = a_group_name()
    commit(mini_cluster, name, {(topic, 0): 5, (topic, 1): RECORDS})
    snapshot = await read_once(cluster)
    theirs = {
        (row.topic, row.partition): (row.committed, row.end, row.lag)
        for row in kafka_tools.describe_all(mini_cluster.bootstrap)
        if row.group == name
    }
    ours = {(row.topic, row.partition): (row.committed, row.end, row.lag) for row in rows_of(snapshot, name)}
    assert ours == theirs == {(topic, 0): (5, RECORDS, RECORDS - 5), (topic, 1): (RECORDS, RECORDS, 0)}


def rows_of(snapshot: Snapshot, group: str) -> tuple:  # type: ignore[type-arg]
    rows = snapshot.groups[group].partitions
    assert not isinstance(rows, Problem)
    return rows


async def test_odd_commits_are_named_and_never_negative(cluster: Cluster, mini_cluster: Status, topic: str) -> None:
    name = a_group_name()
    commit(mini_cluster, name, {(topic, 0): RECORDS + 10, (topic, 1): 3})
    (ahead, behind) = rows_of(await read_once(cluster), name)
    assert (ahead.lag, ahead.problem.code) == (0, "ahead_of_log")
    assert (behind.lag, behind.problem) == (RECORDS - 3, None)


async def test_brokers_replicas_and_the_quorum(cluster: Cluster, mini_cluster: Status, topic: str) -> None:
    snapshot = await read_once(cluster)
    assert snapshot.cluster_id == mini_cluster.cluster_id
    assert [(broker.node_id, broker.port, broker.rack) for broker in snapshot.brokers.values()] == [
        (broker.node_id, broker.port, broker.rack) for broker in mini_cluster.brokers
    ]
    assert [broker.version for broker in snapshot.brokers.values()] == ["4.3"] * 3
    assert snapshot.version == "4.3"
    assert [broker.node_id for broker in snapshot.brokers.values() if broker.is_controller] == [snapshot.controller]
    assert isinstance(snapshot.controller_epoch, int)
    for partition in snapshot.topics[topic].partitions:
        assert sorted(partition.replicas) == sorted(partition.in_sync) == [1, 2, 3]
        assert partition.leader == partition.replicas[0]
        assert (partition.start, partition.end, partition.stable_end) == (0, RECORDS, RECORDS)
        assert isinstance(partition.size, int)
        assert partition.size > 0
    assert all(isinstance(broker.disk, int) for broker in snapshot.brokers.values())


async def test_looking_makes_no_topic(cluster: Cluster, mini_cluster: Status, topic: str) -> None:
    """The brokers make topics on demand: any request that names a missing one with the wrong flag would show."""
    before = set((await cluster.topology()).topics)
    snapshot = await read_once(cluster, only=lambda group: group.group == "no-such-group")
    assert snapshot.groups.keys() >= set()
    assert set((await cluster.topology()).topics) == before


async def test_lag_of_resting_groups_costs_seventeen_requests(
    cluster: Cluster, mini_cluster: Status, topic: str
) -> None:
    name = a_group_name()
    commit(mini_cluster, name, {(topic, 0): 5})
    await cluster.topology()
    before = Counter(cluster.requests)
    snapshot = await read_once(cluster, Want.LAG, only=is_resting)
    assert isinstance(snapshot.groups[name].lag, int)
    sent = Counter(cluster.requests) - before
    assert sum(count for api, count in sent.items() if api not in LOOKED_UP) <= 10 + OF_LAGGING


OF_LAGGING = 7
"""Starts and stable ends of the partitions concerned, one request a leader each, and how long topics keep records."""
LOOKED_UP = {Api.FETCH, Api.DESCRIBE_PRODUCERS, Api.LIST_TRANSACTIONS, Api.DESCRIBE_TRANSACTIONS}
"""Asked only where there is something to look up: a first unread record, or who holds records back. One a broker, and
another Fetch for each further place in the same partition and for each batch that is too large for many to share."""


def is_resting(group: ListedGroup) -> bool:
    """Share groups have no commits but offsets of their own: one request more per coordinator of any."""
    return group.state == "Empty" and group.type is not GroupType.SHARE


async def test_what_the_lag_command_reads_of_resting_groups_costs_as_many_and_the_metadata(
    cluster: Cluster, mini_cluster: Status, topic: str
) -> None:
    """The metadata belongs to connecting: a first reading can ask nothing before it knows the brokers."""
    name = a_group_name()
    commit(mini_cluster, name, {(topic, 0): 5})
    before = dict(cluster.requests)
    snapshot = await read_once(cluster, wants_of(Output.TABLE), only=is_resting)
    sent = {api.name: count - before.get(api, 0) for api, count in cluster.requests.items()}
    assert snapshot.groups[name].lag == (RECORDS - 5)
    assert sent.pop("METADATA") == 1
    looked_up = {api.name for api in LOOKED_UP}
    assert sum(count for api, count in sent.items() if api not in looked_up) <= 12 + OF_LAGGING, sent


async def test_a_refresh_sends_at_most_twelve_requests(
    cluster: Cluster, mini_cluster: Status, topic: str, tmp_path: Path
) -> None:
    """With live groups of three types, through more than one whole round of turns."""
    classic, modern, share = a_group_name(), a_group_name(), a_group_name()
    bootstrap = mini_cluster.bootstrap
    with (
        a_member(mini_cluster.bootstrap, classic, topic, "classic"),
        a_member(mini_cluster.bootstrap, modern, topic, "consumer"),
        kafka_tools.share_consumer(bootstrap, share, topic, tmp_path / "share.log"),
    ):
        await group_when(cluster, share, lambda group: group.state == "Stable", seconds_for_java())
        monitor = Monitor(cluster, seconds=0.0)
        counts: list[int] = []
        looked_up: list[dict[str, int]] = []
        sent: Counter[Api] = Counter()
        async for snapshot in monitor.watch():
            now = Counter(cluster.requests)
            new = now - sent
            if snapshot.stage is Stage.GROUPS:
                counts.append(sum(count for api, count in new.items() if api not in LOOKED_UP))
                looked_up.append({api.name: new[api] for api in LOOKED_UP})
            sent = now
            if len(counts) == 30:
                break
    assert {snapshot.groups[name].type for name in (classic, modern, share)} == {
        GroupType.CLASSIC,
        GroupType.CONSUMER,
        GroupType.SHARE,
    }
    refreshes = counts[1:]
    assert max(refreshes) <= 12, refreshes
    assert sum(sum(each.values()) for each in looked_up[15:]) == 0, "what stands still is looked up once"


def seconds_for_java() -> float:
    """A JVM that starts beside three brokers on two cores takes its time."""
    return 60.0
