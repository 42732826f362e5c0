"""Makes and removes topics so that every broker knows it: they learn of it in turn, and any may be asked next."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.topology import METADATA
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from tests.waiting import eventually

Found = TypeVar("Found")


def make_topics(bootstrap: str, *topics: NewTopic) -> None:
    """Return when each broker that is alive tells a leader of each of their partitions."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    for future in admin.create_topics(list(topics)).values():
        future.result(20)
    eventually(lambda: all(_knows(answer, topics) for answer in in_a_thread(metadata_of_all(bootstrap))))


def remove_topics(bootstrap: str, *names: str) -> None:
    """Return when no broker that is alive names any of them: who lists all topics next would miss one of those."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    for future in admin.delete_topics(list(names)).values():
        future.result(20)
    eventually(lambda: all(_has_forgotten(answer, names) for answer in in_a_thread(metadata_of_all(bootstrap))))


async def metadata_of_all(bootstrap: str) -> list[Any]:
    """kio's metadata responses of all brokers, of all topics; a `Problem` of one that does not answer."""
    async with Cluster.open(Connection(tuple(bootstrap.split(",")))) as cluster:
        return list((await cluster.nodes.all((await cluster.topology()).brokers, METADATA)).values())


def in_a_thread(work: Coroutine[Any, Any, Found]) -> Found:
    """What it gives: a test that waits for it may run in a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _knows(answer: Any, topics: tuple[NewTopic, ...]) -> bool:
    """Also of a broker that was ended and is still in the metadata: nobody will hear of the topic from it."""
    if isinstance(answer, Problem):
        return True
    leaders = {str(topic.name): [each.leader_id for each in topic.partitions] for topic in answer.topics}
    return all(topic.topic in leaders and -1 not in leaders[topic.topic] for topic in topics)


def _has_forgotten(answer: Any, names: tuple[str, ...]) -> bool:
    return isinstance(answer, Problem) or not {str(topic.name) for topic in answer.topics}.intersection(names)
