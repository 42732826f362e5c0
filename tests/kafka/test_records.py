"""Plans, pages and tails over real topics: merged by time, nothing twice, nothing left out."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.search import Wanted
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.positions import END, START, Anchor, AtOffset, Range
from kafkatui.model.records import Record
from kafkatui.reading.pages import Pages
from kafkatui.reading.records import Records
from kafkatui.reading.request import Request
from tests.making_topics import make_topics

PARTITIONS = 4
RECORDS = 900
BASE_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def topic(mini_cluster: Status) -> Iterator[str]:
    """Records in order of time within each partition; the last partition is empty."""
    name = f"pages-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3, config={"retention.ms": "-1"}))
    producer = Producer(
        {"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2, "batch.size": 2_000, "enable.idempotence": True}
    )
    chance = random.Random(7)
    for number in range(RECORDS):
        partition = chance.choice([0, 0, 0, 1, 2])
        producer.produce(name, partition=partition, value=b"%d" % number, timestamp=BASE_MS + number)
    assert producer.flush(20) == 0
    yield name
    admin.delete_topics([name])[name].result(20)


@pytest.fixture
async def records(mini_cluster: Status) -> AsyncIterator[Records]:
    async with Cluster.open(Connection(tuple(mini_cluster.bootstrap.split(",")))) as cluster:
        yield Records(cluster.nodes)


def numbers(found: list[Record]) -> list[int]:
    return [int(record.value or b"") for record in found]


async def all_pages(pages: Pages, count: int) -> list[Record]:
    found: list[Record] = []
    while True:
        page = await pages.more(count)
        found.extend(page.records)
        assert page.gaps == ()
        if page.is_last:
            return found
        assert len(page.records) == count


async def test_pages_come_in_order_of_time_over_all_partitions(records: Records, topic: str) -> None:
    plan = await records.plan(Request((topic,)))
    assert plan.partitions == {topic: PARTITIONS}
    assert numbers(await all_pages(records.newer(plan), 70)) == list(range(RECORDS))
    assert numbers(await all_pages(records.older(plan), 70)) == list(range(RECORDS))[::-1]


async def test_the_newest_of_the_whole_topic(records: Records, topic: str) -> None:
    plan = await records.plan(Request((topic,)))
    page = await records.older(plan).more(25)
    assert numbers(list(page.records)) == list(range(RECORDS))[:-26:-1]
    assert not page.is_last


async def test_pages_of_what_is_wanted(records: Records, topic: str) -> None:
    plan = await records.plan(Request((topic,)))
    wanted = Wanted((), lambda record: int(record.value or b"") % 100 == 3)
    assert numbers(await all_pages(records.older(plan, wanted), 2)) == [803, 703, 603, 503, 403, 303, 203, 103, 3]


async def test_a_page_that_is_cancelled_is_read_again(records: Records, topic: str) -> None:
    pages = records.older(await records.plan(Request((topic,))))
    reading = asyncio.create_task(pages.more(50))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert numbers(await all_pages(pages, 50)) == list(range(RECORDS))[::-1]


async def test_what_can_not_be_read_is_named(records: Records, topic: str) -> None:
    plan = await records.plan(Request((topic, "no-such-topic"), frozenset({0, 9})))
    assert [span.where for span in plan.spans] == [(topic, 0)]
    assert [str(each) for each in plan.unread] == [
        "no-such-topic: no such topic",
        f"{topic}-9: no such partition; the topic has {PARTITIONS}",
    ]


async def test_a_tail_begins_at_the_end_and_goes_on(records: Records, topic: str, mini_cluster: Status) -> None:
    """From the end on means what is written after the plan was made."""
    last = AtOffset(Anchor.END, 2)
    plan = await records.plan(Request((topic,), range=Range(last)))
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    found: list[Record] = []
    async with asyncio.timeout(20), aclosing(records.follow(plan)) as steps:
        async for step in steps:
            assert step.gaps == ()
            found.extend(step.found)
            if len(found) == 6:
                for partition in range(PARTITIONS):
                    producer.produce(topic, partition=partition, value=b"-1", timestamp=BASE_MS + RECORDS)
                producer.flush(10)
            if len(found) == 6 + PARTITIONS:
                break
    assert sorted(numbers(found))[:PARTITIONS] == [-1] * PARTITIONS
    places = [(record.partition, record.offset) for record in found]
    assert len(set(places)) == len(places)
    assert [each for each in places if each[0] == 0] == sorted(each for each in places if each[0] == 0)


async def test_a_range_is_not_longer_than_asked(records: Records, topic: str) -> None:
    plan = await records.plan(Request((topic,), frozenset({0}), Range(START, AtOffset(Anchor.START, 10))))
    assert len(await all_pages(records.newer(plan), 100)) == 10


async def test_a_tail_reads_partitions_that_are_added(records: Records, mini_cluster: Status) -> None:
    """From their start: what is written before the tail knows of them is not skipped."""
    name = f"grows-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, 1, 3))
    followed = records.follow(await records.plan(Request((name,), range=Range(END))))
    async with asyncio.timeout(30), aclosing(followed) as steps:
        first = asyncio.create_task(anext(steps))
        admin.create_partitions([NewPartitions(name, 2)])[name].result(20)
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
        for value in (b"first", b"second"):
            producer.produce(name, partition=1, value=value)
            assert producer.flush(20) == 0
        found = list((await first).found)
        while len(found) < 2:
            found.extend((await anext(steps)).found)
    assert [(record.partition, record.value) for record in found] == [(1, b"first"), (1, b"second")]
    admin.delete_topics([name])[name].result(20)
