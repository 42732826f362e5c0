"""What every source of readings keeps to: one suite for the scripted cluster and for the real one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as TheirPartition
from confluent_kafka.admin import NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.commits import Commit
from kafkatui.model.configs import Config, ConfigSource
from kafkatui.model.connection import Connection
from kafkatui.model.groups import GroupType
from kafkatui.model.parts import Described, ListedGroup
from kafkatui.model.positions import Range
from kafkatui.model.problems import PENDING, Problem
from kafkatui.model.spans import Isolation, Span
from kafkatui.model.unread import FirstUnread, ReadFrom
from kafkatui.monitor import Source, read_once
from tests.builders import a_broker, a_group, a_group_partition, a_partition, a_snapshot, a_topic
from tests.fake_cluster import FakeCluster
from tests.making_topics import make_topics

NAME = f"contract-{uuid.uuid4().hex[:8]}"
"""Of a topic with two partitions of five records each, and of a group that has committed 2 and nothing on them."""
FIRST, SECOND = TopicPartition(NAME, 0), TopicPartition(NAME, 1)


def a_fake() -> FakeCluster:
    partitions = [a_partition(NAME, number, start=0, end=5, stable_end=5, size=100) for number in range(2)]
    group = a_group(NAME, [a_group_partition(NAME, 0, committed=2, end=5)], state="Empty", members=(), protocol="")
    fake = FakeCluster(a_snapshot([a_broker(1), a_broker(2), a_broker(3)], [a_topic(NAME, partitions)], [group]))
    fake.configs[NAME] = {"cleanup.policy": Config("cleanup.policy", "delete", ConfigSource.DEFAULT)}
    name = "auto.create.topics.enable"
    fake.broker_config = {name: Config(name, "true", ConfigSource.DEFAULT)}
    return fake


@pytest.fixture(scope="module")
def filled(mini_cluster: Status) -> Status:
    where = {"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2}
    make_topics(mini_cluster.bootstrap, NewTopic(NAME, 2, 3))
    producer = Producer(where)
    for number in range(10):
        producer.produce(NAME, partition=number % 2, value=str(number))
    assert producer.flush(20) == 0
    consumer = Consumer({**where, "group.id": NAME})
    consumer.commit(offsets=[TheirPartition(NAME, 0, 2)], asynchronous=False)
    consumer.close()
    return mini_cluster


@pytest.fixture(params=["fake", "real"])
async def source(request: pytest.FixtureRequest) -> AsyncIterator[Source]:
    if request.param == "fake":
        yield a_fake()
        return
    filled: Status = request.getfixturevalue("filled")
    async with Cluster.open(Connection(tuple(filled.bootstrap.split(",")))) as cluster:
        yield cluster


async def listed(source: Source) -> list[ListedGroup]:
    groups = await source.groups(await source.topology())
    return [groups.groups[NAME]]


async def test_a_topology_has_names_and_replicas_but_no_offsets(source: Source) -> None:
    topology = await source.topology()
    assert topology.cluster_id
    assert sorted(topology.brokers) == [1, 2, 3]
    topic = topology.topics[NAME]
    assert [partition.name for partition in topic.partitions] == [FIRST, SECOND]
    for partition in topic.partitions:
        assert partition.leader in partition.in_sync
        assert sorted(partition.replicas) == [1, 2, 3]
        assert (partition.start, partition.end, partition.stable_end, partition.size) == (PENDING,) * 4


async def test_details_are_of_the_same_brokers(source: Source) -> None:
    topology = await source.topology()
    details = await source.details(topology)
    assert sorted(details.brokers) == sorted(topology.brokers)
    assert details.version == "4.3"
    assert details.controller in details.brokers
    assert isinstance(details.controller_epoch, int)


async def test_offsets_are_answered_for_what_is_asked(source: Source) -> None:
    topology = await source.topology()
    only = Topology(topology.cluster_id, topology.brokers, {NAME: topology.topics[NAME]})
    assert await source.starts(only) == {FIRST: 0, SECOND: 0}
    assert await source.ends(only) == {FIRST: 5, SECOND: 5}
    assert await source.stable_ends(only) == {FIRST: 5, SECOND: 5}


async def test_sizes_are_bytes_of_partitions_and_of_brokers(source: Source) -> None:
    sizes = await source.sizes(await source.topology())
    for name in (FIRST, SECOND):
        size = sizes.partitions[name]
        assert isinstance(size, int)
        assert size > 0
    assert sorted(sizes.brokers) == [1, 2, 3]


async def test_a_group_is_listed_with_type_state_and_coordinator(source: Source) -> None:
    (group,) = await listed(source)
    assert (group.type, group.state) == (GroupType.CLASSIC, "Empty")
    assert group.coordinator in {1, 2, 3}


async def test_an_empty_group_has_no_members_and_keeps_its_commits(source: Source) -> None:
    groups = await listed(source)
    assert await source.described(groups) == {NAME: Described()}
    assert await source.commits(groups) == {NAME: {FIRST: 2}}
    assert await source.share_offsets(groups) == {}


async def test_commits_are_told_whole_for_a_change(source: Source) -> None:
    assert isinstance(source, Cluster | FakeCluster)
    assert await source.committed(await listed(source)) == {NAME: {FIRST: Commit(2)}}


async def test_a_moment_before_all_records_is_the_start(source: Source) -> None:
    assert isinstance(source, Cluster | FakeCluster)
    topology = await source.topology()
    only = Topology(topology.cluster_id, topology.brokers, {NAME: topology.topics[NAME]})
    assert await source.offsets_at(only, 1) == {FIRST: 0, SECOND: 0}


async def test_configs_are_told_with_their_source(source: Source) -> None:
    assert isinstance(source, Cluster | FakeCluster)
    await source.topology()
    found = await source.topic_configs([NAME, "no-such-topic"])
    assert isinstance(found["no-such-topic"], Problem)
    configs = found[NAME]
    assert not isinstance(configs, Problem)
    policy = configs["cleanup.policy"]
    assert (policy.value, policy.source, policy.is_override) == ("delete", ConfigSource.DEFAULT, False)
    assert await source.topic_configs([]) == {}


async def test_configs_of_brokers(source: Source) -> None:
    assert isinstance(source, Cluster | FakeCluster)
    topology = await source.topology()
    found = await source.broker_configs(list(topology.brokers))
    assert sorted(found) == [1, 2, 3]
    for configs in found.values():
        assert not isinstance(configs, Problem)
        assert configs["auto.create.topics.enable"].value == "true"
        assert not any(each.value for each in configs.values() if each.is_sensitive)


async def test_a_whole_log_as_a_span(source: Source) -> None:
    assert isinstance(source, Cluster | FakeCluster)
    partitions = (await source.topology()).topics[NAME].partitions
    assert await source.spans(partitions, Range()) == {FIRST: Span(FIRST, 0, 5), SECOND: Span(SECOND, 0, 5)}


async def test_the_first_record_that_is_not_read(source: Source) -> None:
    topology = await source.topology()
    at = {ReadFrom(FIRST, 2): 5, ReadFrom(FIRST, 4): 5, ReadFrom(SECOND, 0): 5}
    found = await source.unread(topology, at, Isolation.COMMITTED)
    assert found.keys() == at.keys()
    for start, first in found.items():
        assert isinstance(first, FirstUnread)
        assert (first.offset, first.seen) == (start.offset, start.offset + 1)
        assert first.timestamp_ms is not None


async def test_a_topic_that_is_not_there_does_not_exist(source: Source) -> None:
    await source.topology()
    (problem,) = (await source.absent(["never-made"])).values()
    assert problem.code == "unknown_topic_or_partition"
    assert await source.absent([]) == {}


async def test_whoever_may_do_all_sees_all_groups(source: Source) -> None:
    await source.topology()
    assert await source.sees_all_groups() is True


async def test_nobody_holds_records_back(source: Source) -> None:
    topology = await source.topology()
    assert await source.open_transactions(topology, [FIRST, SECOND]) == {}


async def test_how_long_records_are_kept(source: Source) -> None:
    await source.topology()
    assert await source.retention_ms([NAME]) == {NAME: 604_800_000}


async def test_nothing_asked_is_nothing_answered(source: Source) -> None:
    await source.topology()
    assert await source.described([]) == {}
    assert await source.commits([]) == {}
    assert await source.retention_ms([]) == {}


async def test_a_whole_reading(source: Source) -> None:
    snapshot = await read_once(source)
    rows = snapshot.groups[NAME].partitions
    assert not isinstance(rows, Problem)
    assert [(row.name, row.committed, row.end, row.lag) for row in rows] == [(FIRST, 2, 5, 3)]
    assert snapshot.groups[NAME].lag == 3
    assert snapshot.problems == ()
