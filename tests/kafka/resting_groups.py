"""Groups of every type for tests that change them: made by clients that are not ours, looked at whole."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, Producer
from confluent_kafka import TopicPartition as TheirPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka import group_changes
from kafkatui.kafka.changes import delete_records
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.connection import Connection
from kafkatui.model.groups import GroupType
from kafkatui.model.parts import Described, ListedGroup
from kafkatui.monitor import Want, read_once
from tests import kafka_tools
from tests.live_members import a_member
from tests.making_topics import make_topics
from tests.streams_members import a_streams_member
from tests.waiting import eventually

FIRST_MS = 1_700_000_000_000
"""The timestamp of the first record; the next are a second apart."""
START, END = 5, 20
"""Of every partition of `a_topic`."""
JVM_SECONDS = 60.0


def a_name(what: str) -> str:
    return f"{what}-{uuid.uuid4().hex[:8]}"


def a_topic(bootstrap: str, partitions: int = 3) -> str:
    """A topic whose partitions hold the offsets from `START` to `END`."""
    name = a_name("offsets")
    make_topics(bootstrap, NewTopic(name, partitions, 3, config={"retention.ms": "-1"}))
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 2})
    for partition in range(partitions):
        for number in range(END):
            producer.produce(name, b"x", partition=partition, timestamp=FIRST_MS + number * 1_000)
    assert producer.flush(20) == 0
    before = {TopicPartition(name, number): START for number in range(partitions)}
    beside(delete_records(a_connection(bootstrap), before))
    return name


def a_connection(bootstrap: str) -> Connection:
    return Connection(tuple(bootstrap.split(",")), read_only=False)


def beside(doing: object) -> object:
    """Run a coroutine to its end, also where a loop runs already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, doing).result()  # type: ignore[arg-type]


@contextmanager
def a_live_group(bootstrap: str, kind: GroupType, topic: str, folder: Path, name: str | None = None) -> Iterator[str]:
    """A group of this type with one member that reads `topic`, until the block ends; then the group is at rest."""
    name = name or a_name(kind.value)
    match kind:
        case GroupType.SHARE:
            member = kafka_tools.share_consumer(bootstrap, name, topic, folder / f"{name}.log", leaves=True)
        case GroupType.STREAMS:
            member = a_streams_member(bootstrap, name, topic)
        case _:
            member = a_member(bootstrap, name, topic, kind.value)
    with member:
        eventually(lambda: _has_member(bootstrap, name), JVM_SECONDS)
        yield name
    eventually(lambda: state_of(bootstrap, name) == "Empty", JVM_SECONDS)


def lag(bootstrap: str, group: str) -> int | None:
    """Over all its partitions; None while it is not known or nothing is committed."""

    async def look() -> int | None:
        async with Cluster.open(a_connection(bootstrap)) as cluster:
            snapshot = await read_once(cluster, Want.LAG, only=lambda listed: listed.group == group)
            found = snapshot.groups.get(group)
            if found is None or any(row.committed is None for row in found.rows):
                return None
            return found.lag if isinstance(found.lag, int) else None

    return beside(look())  # type: ignore[return-value]


def a_resting_group(bootstrap: str, kind: GroupType, topic: str, folder: Path) -> str:
    with a_live_group(bootstrap, kind, topic, folder) as name:
        pass
    return name


def _has_member(bootstrap: str, group: str) -> bool:
    async def look() -> bool:
        async with Cluster.open(a_connection(bootstrap)) as cluster:
            listed = await _listed(cluster, group)
            if listed is None:
                return False
            found = (await cluster.described([listed]))[group]
            return isinstance(found, Described) and len(found.members) == 1

    return bool(beside(look()))


async def _listed(cluster: Cluster, group: str) -> ListedGroup | None:
    return (await cluster.groups(await cluster.topology())).groups.get(group)


def listed(bootstrap: str, group: str) -> ListedGroup | None:
    async def look() -> ListedGroup | None:
        async with Cluster.open(a_connection(bootstrap)) as cluster:
            return await _listed(cluster, group)

    return beside(look())  # type: ignore[return-value]


def state_of(bootstrap: str, group: str) -> str | None:
    found = listed(bootstrap, group)
    return None if found is None else found.state


def commits(bootstrap: str, group: str) -> dict[TopicPartition, Commit]:
    """All that a group has committed, with metadata and epoch; a share group's start offsets."""

    async def look() -> dict[TopicPartition, Commit]:
        async with Cluster.open(a_connection(bootstrap)) as cluster:
            listed = await _listed(cluster, group)
            return {} if listed is None else dict((await cluster.committed([listed]))[group])  # type: ignore[arg-type]

    return beside(look())  # type: ignore[return-value]


def offsets(bootstrap: str, group: str) -> dict[int, int]:
    """By partition, of the one topic it is about."""
    return {where.partition: commit.offset for where, commit in sorted(commits(bootstrap, group).items())}


def set_offsets(bootstrap: str, group: str, kind: GroupType, wanted: Mapping[TopicPartition, Commit]) -> None:
    """Exactly these: by confluent-kafka, or for share groups, which it does not know, by the request itself."""
    missing = commits(bootstrap, group).keys() - wanted.keys()

    async def change() -> None:
        async with Cluster.open(a_connection(bootstrap), changing=True) as cluster:
            if kind is GroupType.SHARE:
                await group_changes.delete_share_offsets(cluster.nodes, group, {each.topic for each in wanted})
                said = await group_changes.alter_share_offsets(
                    cluster.nodes, group, {where: commit.offset for where, commit in wanted.items()}
                )
                assert set(said.values()) == {None}
            elif missing:
                await group_changes.delete_offsets(cluster.nodes, group, missing)

    beside(change())
    if kind is not GroupType.SHARE:
        eventually(lambda: _commit(bootstrap, group, wanted))
    assert commits(bootstrap, group) == dict(wanted)


def _beside_the_offset(commit: Commit) -> dict[str, Any]:
    """An empty metadata it would send as a zero byte."""
    found: dict[str, Any] = {"metadata": commit.metadata} if commit.metadata else {}
    return found if commit.leader_epoch < 0 else {**found, "leader_epoch": commit.leader_epoch}


def _commit(bootstrap: str, group: str, wanted: Mapping[TopicPartition, Commit]) -> bool:
    """Whether it could be: in a cluster that has only started, nobody coordinates groups yet."""
    rows = [
        TheirPartition(where.topic, where.partition, each.offset, **_beside_the_offset(each))
        for where, each in wanted.items()
    ]
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    asked = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, rows)])
    return all(each.error is None for each in asked[group].result(20).topic_partitions)
