"""Searches of a screen in processes of their own: the same answer, many at once, and what happens when one is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

import kafkatui
from kafkatui.filters import Selection
from kafkatui.kafka.search import Step
from kafkatui.minicluster.cluster import Status
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.spans import Isolation, Span
from kafkatui.reading.standby import Errand, Standby
from tests.making_topics import make_topics
from tests.waiting import eventually

RECORDS = 30_000
COMMITTED = Isolation.COMMITTED


@pytest.fixture(scope="module")
def topic(mini_cluster: Status) -> Iterator[str]:
    """Numbers from 0 on in two partitions; every hundredth is no JSON."""
    name = f"standby-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    make_topics(mini_cluster.bootstrap, NewTopic(name, 2, 1))
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    for number in range(RECORDS):
        value = b"poison" if number % 100 == 0 else b'{"number": %d}' % number
        producer.produce(name, partition=number % 2, value=value)
        if number % 10_000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0
    yield name
    admin.delete_topics([name])[name].result(20)


@pytest.fixture
def standby() -> Iterator[Standby]:
    with closing(Standby()) as opened:
        yield opened


def spans(topic: str) -> list[Span]:
    return [Span(TopicPartition(topic, number), 0, RECORDS // 2) for number in range(2)]


def errand(mini_cluster: Status, *where: str, grep: tuple[str, ...] = ()) -> Errand:
    connection = Connection(tuple(mini_cluster.bootstrap.split(",")))
    return Errand(connection, Selection(grep=grep, where=where), COMMITTED)


async def searched(standby: Standby, asked: Errand, topic: str) -> tuple[list[Step], tuple[int, object] | None]:
    process = standby.begin(asked)
    assert process is not None
    with closing(process):
        return [step async for step in process.search(spans(topic))], process.failed


async def test_it_finds_all_in_order_and_counts_what_it_could_not_tell(
    mini_cluster: Status, topic: str, standby: Standby
) -> None:
    steps, failed = await searched(standby, errand(mini_cluster, "value.number % 3 == 1"), topic)
    found = [record for step in steps for record in step.found]
    assert sorted(int((each.value or b"")[11:-1]) for each in found) == [
        number for number in range(RECORDS) if number % 3 == 1 and number % 100
    ]
    for partition in range(2):
        offsets = [each.offset for each in found if each.partition == partition]
        assert offsets == sorted(offsets)
    assert sum(step.looked + step.skipped for step in steps) == RECORDS
    assert failed is not None
    assert failed[0] == RECORDS // 100
    assert max(len(step.found) for step in steps) <= 500


async def test_several_searches_at_once_and_after_each_other(
    mini_cluster: Status, topic: str, standby: Standby
) -> None:
    for _ in range(3):
        answers = await asyncio.gather(
            *(searched(standby, errand(mini_cluster, grep=(f'"number": {number}}}',)), topic) for number in (7, 11, 13))
        )
        assert [[each.value for step in steps for each in step.found] for steps, _ in answers] == [
            [b'{"number": 7}'], [b'{"number": 11}'], [b'{"number": 13}']
        ]  # fmt: skip


async def test_a_search_that_is_given_up_ends(mini_cluster: Status, topic: str, standby: Standby) -> None:
    process = standby.begin(errand(mini_cluster, "value.number >= 0"))
    assert process is not None
    async for _ in process.search(spans(topic)):
        break
    process.close()
    await asyncio.to_thread(eventually, lambda: not descendants_of(standby), 20)


async def test_what_a_lost_process_did_not_read_is_named(mini_cluster: Status, topic: str, standby: Standby) -> None:
    process = standby.begin(errand(mini_cluster, "value.number >= 0"))
    assert process is not None
    await asyncio.to_thread(eventually, lambda: bool(descendants_of(standby)), 20)
    os.kill(descendants_of(standby)[0], signal.SIGKILL)
    with closing(process):
        steps = [step async for step in process.search(spans(topic))]
    assert [gap.problem.code for step in steps for gap in step.gaps] == ["reader_ended"] * 2
    assert process.failed is None


def test_there_is_no_search_without_it(mini_cluster: Status, standby: Standby) -> None:
    os.kill(standby.pid, signal.SIGKILL)
    eventually(lambda: standby.begin(errand(mini_cluster, grep=("x",))) is None, 20)


def test_it_ends_with_the_process_it_serves() -> None:
    code = "import os; from kafkatui.reading.standby import Standby; print(Standby().pid, flush=True); os._exit(0)"
    root = Path(kafkatui.__file__).parents[1]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    eventually(lambda: not Path(f"/proc/{ran.stdout.strip()}").exists(), 20)


def descendants_of(standby: Standby) -> list[int]:
    children = Path(f"/proc/{standby.pid}/task/{standby.pid}/children").read_text(encoding="ascii")
    return [int(each) for each in children.split()]
