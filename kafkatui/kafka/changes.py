"""Changes to what a cluster holds: topics created and deleted, records deleted. Writing records is in `writer`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin import NewTopic as _AdminTopic
from aiokafka.errors import for_code

from kafkatui.kafka.clients import ClientFailed, changing_options, close_within, failures, problem_of
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.new_topics import NewTopic


async def topic_names(connection: Connection) -> frozenset[str]:
    """Every topic there is, internal ones too."""
    async with _admin(connection) as admin:
        return frozenset(await admin.list_topics())


async def create_topics(connection: Connection, topics: Iterable[NewTopic]) -> None:
    """Create them all. Raises `ClientFailed` naming the first that could not be."""
    async with _admin(connection) as admin:
        answer = await admin.create_topics([_admin_topic(topic) for topic in topics])
        _check("creating", ((name, code, text) for name, code, text, *_ in answer.topic_errors))


async def delete_topics(connection: Connection, names: Sequence[str]) -> None:
    """Delete them all with their records. Raises `ClientFailed` naming the first that could not be."""
    async with _admin(connection) as admin:
        answer = await admin.delete_topics(list(names))
        _check("deleting", ((name, code, None) for name, code in answer.topic_error_codes))


async def delete_records(connection: Connection, before: Mapping[TopicPartition, int]) -> None:
    """Delete the records before these offsets: the starts of the partitions move there."""
    async with _admin(connection) as admin:
        await admin.delete_records(
            {aiokafka.TopicPartition(*where): RecordsToDelete(offset) for where, offset in before.items()}
        )


@asynccontextmanager
async def _admin(connection: Connection) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**changing_options(connection, connection.client_id))
    try:
        with failures("changing topics"):
            await admin.start()
            yield admin
    finally:
        await close_within(admin.close())


def _admin_topic(topic: NewTopic) -> Any:
    # aiokafka refuses -1 unless there is an assignment, be it an empty one.
    assignment: dict[int, list[int]] | None = {} if topic.replication == -1 else None
    return _AdminTopic(topic.name, topic.partitions, topic.replication, assignment, dict(topic.configs))


def _check(doing: str, answers: Iterable[tuple[str, int, str | None]]) -> None:
    for name, code, text in answers:
        if code:
            error = for_code(code)(text) if text else for_code(code)()
            raise ClientFailed(problem_of(f"{doing} {name}", error))
