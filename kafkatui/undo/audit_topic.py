"""The audit lines of a cluster in a topic of it, for contexts that name one. What a line says is the journal's.

A line that was not confirmed is sent again with the next change: whoever reads knows it by its id and event.
"""

from __future__ import annotations

import json

from kafkatui.kafka.clients import ClientFailed
from kafkatui.kafka.writer import Writer
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from kafkatui.model.records import NewRecord
from kafkatui.undo.journal import Journal


async def publish(connection: Connection, cluster_id: str | None, journal: Journal) -> Problem | None:
    """Send what the topic has not yet, in the order it happened; why that failed, if it did. May raise OSError."""
    topic = connection.audit_topic
    if topic is None or cluster_id is None or connection.read_only:
        return None
    with journal.unpublished(cluster_id, topic) as batch:
        if not batch.lines:
            batch.done()
            return None
        records = [NewRecord(topic, json.loads(line)["id"].encode(), line) for line in batch.lines]
        try:
            async with Writer(connection, client_id=connection.client_id) as writer:
                await writer.write(records)
        except ClientFailed as error:
            return error.problem
        batch.done()
    return None
