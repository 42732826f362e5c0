"""Changes to topics while brokers are lost or silent, and when the program itself is killed: nothing is claimed."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

import kafkatui
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import cluster as minicluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import Partition, Topology
from kafkatui.model.connection import Connection
from kafkatui.topic_changes.aftermath import Aftermath, look
from kafkatui.topic_changes.configs import ChangeConfigs, plan_configs
from kafkatui.topic_changes.plan import Results
from kafkatui.topic_changes.restore import restore
from kafkatui.topic_changes.run import carry_out, journalled
from kafkatui.undo.journal import Entry, Journal, Result
from tests.kafka import command_line
from tests.kafka.topic_state import Topics
from tests.making_topics import make_topics
from tests.waiting import until

LEADER, FOLLOWER = 2, 3


@asynccontextmanager
async def changing(status: Status, seconds: float = 10.0) -> AsyncIterator[Cluster]:
    connection = Connection(tuple(status.bootstrap.split(",")), read_only=False, request_seconds=seconds)
    async with Cluster.open(connection, changing=True) as cluster:
        await cluster.topology()
        yield cluster


async def partition(status: Status, topic: str) -> Partition:
    async with Cluster.open(Connection(tuple(status.bootstrap.split(",")))) as cluster:
        return (await cluster.topology()).topics[topic].partitions[0]


async def test_an_answer_that_never_comes_is_no_refusal(status: Status, home: Path, tmp_path: Path) -> None:
    """The brokers fall silent just before the request: it is made once they wake up, and is found then."""
    topics, journal = Topics(status.bootstrap), Journal(tmp_path)
    name = topics.make("a", 1, retention_ms="5000")

    class Silenced(ChangeConfigs):
        async def make(self, cluster: Cluster, topology: Topology) -> Results:
            # So that the connection for it is open already.
            await cluster.details(topology)
            for broker in status.brokers:
                minicluster.pause_broker(broker.node_id, home)
            return await super().make(cluster, topology)

    async with changing(status, seconds=1.5) as cluster:
        planned = await plan_configs(cluster, name, {"retention.ms": "7000"}, seconds=0)
        change = Silenced(planned.plan, planned.topic)
        ended = await carry_out(cluster, change, journal, journalled(change.plan))
        for broker in status.brokers:
            minicluster.resume_broker(broker.node_id, home)
    (problem,) = ended.failed.values()
    assert problem.text.endswith("no answer for 2 s; it may be done nevertheless")
    (entry,) = journal.entries()
    assert (entry.result, entry.counts) == (Result.UNKNOWN, {"changed": 0, "failed": 1})

    async def is_made() -> bool:
        return (await aftermath(status, entry)).result is Result.OK

    await until(is_made)
    assert topics.overrides(name) == {"retention.ms": "7000"}


KILLED = """
    import asyncio, os, signal, sys
    from pathlib import Path
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.model.connection import Connection
    from kafkatui.topic_changes.configs import ChangeConfigs, plan_configs
    from kafkatui.topic_changes.run import carry_out, journalled
    from kafkatui.undo.journal import Journal

    bootstrap, name, folder, when = sys.argv[1:]

    class Killed(ChangeConfigs):
        async def make(self, cluster, topology):
            if when == "after":
                await super().make(cluster, topology)
            os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        connection = Connection(tuple(bootstrap.split(",")), read_only=False)
        async with Cluster.open(connection, changing=True) as cluster:
            planned = await plan_configs(cluster, name, {"retention.ms": "9000", "segment.ms": None}, seconds=0)
            change = Killed(planned.plan, planned.topic)
            await carry_out(cluster, change, Journal(Path(folder)), journalled(change.plan))

    asyncio.run(main())
"""


@pytest.mark.parametrize(("when", "result"), [("before", Result.FAILED), ("after", Result.OK)])
async def test_a_kill_in_between_leaves_what_tells_and_restores(
    status: Status, tmp_path: Path, when: str, result: Result
) -> None:
    topics, journal = Topics(status.bootstrap), Journal(tmp_path)
    before = {"retention.ms": "5000", "segment.ms": "70000", "max.message.bytes": "2000000"}
    name = topics.make("a", 1, **{key.replace(".", "_"): value for key, value in before.items()})
    command = [sys.executable, "-c", textwrap.dedent(KILLED), status.bootstrap, name, str(tmp_path), when]
    running = await asyncio.create_subprocess_exec(*command, cwd=Path(kafkatui.__file__).parents[1])
    assert await running.wait() == -signal.SIGKILL
    (entry,) = journal.unfinished()
    assert entry.change.before["configs"] == {"retention.ms": "5000", "segment.ms": "70000"}
    topics.overrides(name)  # every broker knows it by now
    assert (await aftermath(status, entry)).result is result
    async with changing(status) as cluster:
        results = await restore(cluster, entry)
    assert set(results.values()) <= {None}
    assert topics.overrides(name) == before


async def aftermath(status: Status, entry: Entry) -> Aftermath:
    async with Cluster.open(Connection(tuple(status.bootstrap.split(",")))) as cluster:
        return await look(cluster, entry)


async def test_an_unclean_leader_where_nobody_leads(status: Status, home: Path) -> None:
    """The records that only the lost leader has are gone, as is said before; without a yes nobody is elected."""
    name, safe = "unclean", "safe"
    config = {"min.insync.replicas": "1"}
    topics = [
        NewTopic(name, 1, replica_assignment=[[LEADER, FOLLOWER]], config=config),
        NewTopic(safe, 1, replica_assignment=[[1, LEADER, FOLLOWER]], config=config),
    ]
    make_topics(status.bootstrap, *topics)

    async def in_sync_alone() -> bool:
        return (await partition(status, name)).in_sync == (LEADER,)

    async def leaderless() -> bool:
        return (await partition(status, name)).leader is None

    async def follower_leads() -> bool:
        return (await partition(status, name)).leader == FOLLOWER

    produce(status, name, "both have it")
    minicluster.kill_broker(FOLLOWER, home)
    await until(in_sync_alone)
    produce(status, name, "only the leader has it")
    minicluster.kill_broker(LEADER, home)
    minicluster.start_broker(FOLLOWER, home)
    await until(leaderless)

    words = ("topics", "elect-leaders", name, safe, "--unclean", "-b", status.bootstrap)
    nobody = command_line.run(*words)
    assert (nobody.code, "lost for good" in nobody.err) == (2, True)
    assert await leaderless()
    ran = command_line.run(*words, "-y", "--json")
    assert ran.code == 0, ran.err
    assert [(each["topic"], each["leader"], each["result"]) for each in json.loads(ran.out)["items"]] == [
        (name, None, "ok")
    ]
    await until(follower_leads)
    async with Cluster.open(Connection(tuple(status.bootstrap.split(",")))) as cluster:
        ends = await cluster.ends(await cluster.topology())
    assert ends[(await partition(status, name)).name] == 1


def produce(status: Status, topic: str, value: str) -> None:
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2, "message.timeout.ms": 30_000})
    producer.produce(topic, value=value, partition=0)
    assert producer.flush(40) == 0
