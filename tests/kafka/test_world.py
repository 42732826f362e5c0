"""The sample world on real brokers: the same numbers each time, alive under load, and troubled on request."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from kafkatui.minicluster import processes, scenarios
from kafkatui.minicluster.cluster import MiniClusterError, Status
from kafkatui.minicluster.load import start_load
from kafkatui.minicluster.seed import seed
from kafkatui.minicluster.world import GROUPS, TOPICS, topic
from tests.waiting import until

NOW_MS = time.time_ns() // 1_000_000

ENDS = {
    "orders.created": (1311, 1266, 1315, 1367, 1369, 1372),
    "orders.state": (6007, 5928, 6065),
    "payments": (2393, 2314, 2295, 2356),
    "shipments": (1907, 1869, 1874),
    "notifications": (2474, 2500, 2467),
    "clicks.raw": (2666, 2697, 2637),
    "inventory.snapshots": (10, 30),
}

LAGS: dict[str, dict[str, tuple[int | None, ...]]] = {
    "billing": {"payments": (0, 2, 0, 1)},
    "shipping": {"orders.created": (0, 1, 0, 0, 2, 0), "shipments": (0, 0, 1)},
    "orders-enricher": {"orders.created": (0, 0, 3, 0, 0, 1), "orders.state": (0, 2, 0)},
    "connect-shipments-sink": {"shipments": (0, 0, 0)},
    "mailer": {"notifications": (1480, 1205, 1622)},
    "fraud-check": {"payments": (2, 0, 960, 3)},
    "analytics": {"orders.created": (640, 702, 655, 611, 689, 648), "clicks.raw": (1500, 1900, 2050)},
    "inventory-sync": {"inventory.snapshots": (4, None)},
    "reporting-old": {"orders.created": (0, 0, 0, 0, 0, 0)},
}


class Seen:
    """What Kafka says of the sample world, asked with a client that is not ours."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin = AdminClient({"bootstrap.servers": bootstrap})

    def ends(self, name: str, spec: OffsetSpec | None = None, *, committed: bool = False) -> tuple[int, ...]:
        isolation = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        asked = {TopicPartition(*where): spec or OffsetSpec.latest() for where in topic(name).all_partitions}
        answers = self._admin.list_offsets(asked, isolation_level=isolation)
        return tuple(answers[where].result(20).offset for where in asked)

    def commits(self, group: str, name: str) -> tuple[int | None, ...]:
        asked = [TopicPartition(*where) for where in topic(name).all_partitions]
        answer = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, asked)])[group]
        found = {each.partition: each.offset for each in answer.result(20).topic_partitions}
        return tuple(None if found[n] < 0 else found[n] for n in range(len(asked)))

    def lags(self, group: str, name: str) -> tuple[int | None, ...]:
        pairs = zip(self.commits(group, name), self.ends(name), strict=True)
        return tuple(None if commit is None else end - commit for commit, end in pairs)

    def members(self, group: str) -> int:
        return len(self._admin.describe_consumer_groups([group])[group].result(20).members)

    def records(self, name: str) -> list[Any]:
        """All that is committed."""
        consumer = Consumer({"bootstrap.servers": self._bootstrap, "group.id": "unused", "enable.partition.eof": True})
        places = [TopicPartition(*where, 0) for where in topic(name).all_partitions]
        consumer.assign(places)
        found: list[Any] = []
        finished: set[int] = set()
        while len(finished) < len(places):
            message = consumer.poll(20)
            assert message is not None, "no answer"
            finished.add(message.partition()) if message.error() else found.append(message)
        consumer.close()
        return found


@pytest.fixture(scope="module")
def seen(mini_cluster: Status) -> Seen:
    """The seeded world."""
    asyncio.run(seed(mini_cluster.bootstrap, now_ms=NOW_MS, force=True))
    return Seen(mini_cluster.bootstrap)


@pytest.fixture
def load(seen: Seen, mini_cluster: Status, tmp_path: Path) -> Iterator[int]:
    (pid,) = start_load(mini_cluster.bootstrap, tmp_path)
    yield pid
    processes.end([found for found in [processes.identify(pid)] if found])


class TestAtRest:
    @pytest.mark.parametrize("name", ENDS)
    def test_the_logs_end_where_they_always_end(self, seen: Seen, name: str) -> None:
        assert seen.ends(name) == ENDS[name]
        assert seen.ends(name, committed=True) == ENDS[name]

    def test_one_partition_has_lost_its_oldest_records_before_analytics_read_them(self, seen: Seen) -> None:
        assert seen.ends("clicks.raw", OffsetSpec.earliest()) == (1346, 0, 0)
        assert seen.commits("analytics", "clicks.raw") == (1166, 797, 587)

    @pytest.mark.parametrize("group", [group.name for group in GROUPS])
    def test_each_group_has_the_lag_it_always_has(self, seen: Seen, group: str) -> None:
        assert {name: seen.lags(group, name) for name in LAGS[group]} == LAGS[group]
        assert seen.members(group) == 0

    def test_dead_letters_are_as_many_as_declared(self, seen: Seen) -> None:
        assert sum(seen.ends("payments-dlt")) == 160 + 12 + 4
        assert sum(seen.ends("dlq.shipments-sink")) == 85
        assert sum(seen.ends("orders-enricher-dlq")) == 57

    def test_aborted_payments_are_in_the_log_but_not_to_be_read(self, seen: Seen) -> None:
        records = seen.records("payments")
        assert len(records) < sum(ENDS["payments"]) - 1_000
        sent_back = [record for record in records if "kafka_dlt-original-topic" in dict(record.headers())]
        assert len(sent_back) == 12 + 4
        assert len({record.key() for record in records}) == len(records) - len(sent_back)

    def test_a_dead_letter_of_spring_points_at_the_same_bytes(self, seen: Seen) -> None:
        payments = {(record.partition(), record.offset()): record for record in seen.records("payments")}
        letters = seen.records("payments-dlt")
        passes: Counter[int] = Counter()
        for letter in letters:
            offsets = [value for name, value in letter.headers() if name == "kafka_dlt-original-offset"]
            passes[len(offsets)] += 1
            for offset in offsets:
                origin = payments[letter.partition(), struct.unpack(">q", offset)[0]]
                assert (origin.key(), origin.value()) == (letter.key(), letter.value())
        assert passes == {1: 160, 2: 12, 3: 4}

    def test_a_second_seed_says_so_and_adds_nothing(self, seen: Seen, mini_cluster: Status) -> None:
        said: list[str] = []
        asyncio.run(seed(mini_cluster.bootstrap, say=lambda step, _: said.append(step)))
        assert said == ["the sample world is there already; nothing was added"]
        assert {name: seen.ends(name) for name in ENDS} == ENDS

    def test_every_topic_is_made_as_declared(self, mini_cluster: Status, seen: Seen) -> None:
        listed = AdminClient({"bootstrap.servers": mini_cluster.bootstrap}).list_topics(timeout=20).topics
        assert {each.name: len(listed[each.name].partitions) for each in TOPICS} == {
            each.name: each.partitions for each in TOPICS
        }


class TestUnderLoad:
    async def test_it_moves_until_sigterm_and_leaves_the_groups_empty(self, seen: Seen, load: int) -> None:
        before = {name: seen.ends(name) for name in ENDS if name != "inventory.snapshots"}

        async def all_move() -> bool:
            return all(sum(seen.ends(name)) > sum(ends) for name, ends in before.items())

        async def billing_reads() -> bool:
            commits = seen.commits("billing", "payments")
            return all(c and c > end for c, end in zip(commits, before["payments"], strict=True))

        async def fraud_check_is_stuck_on_one_partition_only() -> bool:
            commits = seen.commits("fraud-check", "payments")
            moved = [n for n, end in enumerate(before["payments"]) if (commits[n] or 0) > end]
            return moved == [0, 1, 3] and seen.commits("fraud-check", "payments")[2] == 1335

        await until(all_move)
        await until(billing_reads)
        await until(fraud_check_is_stuck_on_one_partition_only)
        assert [seen.members(name) for name in ("billing", "mailer", "analytics")] == [2, 1, 0]

        began = time.monotonic()
        os.kill(load, signal.SIGTERM)

        async def gone() -> bool:
            return processes.identify(load) is None

        await until(gone, seconds=2.0)
        assert time.monotonic() - began < 2.0
        assert [seen.members(name) for name in LAGS] == [0] * len(LAGS)


class TestScenarios:
    async def test_a_burst_is_written_as_payments(self, seen: Seen, mini_cluster: Status) -> None:
        before = sum(seen.ends("payments"))
        await scenarios.burst(mini_cluster, lambda text: None, records=500)
        assert sum(seen.ends("payments")) >= before + 500

    async def test_poison_lands_where_fraud_check_is_not_stuck_yet(self, seen: Seen, mini_cluster: Status) -> None:
        said: list[str] = []
        await scenarios.poison(mini_cluster, said.append)
        (poisoned,) = said
        place, _, words = poisoned.partition(" ")
        assert place.startswith("payments-0@")
        assert words == "ends in the middle of its JSON"

    async def test_an_open_transaction_holds_the_stable_end(self, seen: Seen, mini_cluster: Status) -> None:
        said: list[str] = []
        running = asyncio.create_task(scenarios.open_transaction(mini_cluster, said.append, seconds=60))

        async def held() -> bool:
            return seen.ends("payments", committed=True) < seen.ends("payments")

        async def freed() -> bool:
            return seen.ends("payments", committed=True) == seen.ends("payments")

        await until(held)
        running.cancel()
        await asyncio.wait([running])
        await until(freed)

    async def test_skew_fills_one_partition(self, seen: Seen, mini_cluster: Status) -> None:
        before = seen.ends("orders.created")
        await scenarios.skew(mini_cluster, lambda text: None, records=300)
        grown = [now - then for now, then in zip(seen.ends("orders.created"), before, strict=True)]
        assert sorted(grown) == [0, 0, 0, 0, 0, 300]

    async def test_members_join_and_leave(self, seen: Seen, mini_cluster: Status) -> None:
        said: list[str] = []
        await scenarios.rebalance(mini_cluster, said.append, pause=0.5)
        assert said[0] == "billing-3 joins"
        assert said[-1] == "billing-3 left"
        assert seen.members("billing") == 0

    async def test_the_last_broker_is_not_killed(self, mini_cluster: Status) -> None:
        lonely = replace(mini_cluster, brokers=(replace(mini_cluster.brokers[0], alive=True),))
        with pytest.raises(MiniClusterError, match="only one broker is left"):
            await scenarios.broker_down(lonely, lambda text: None)
