"""`kafkatui topics`: the topics of a cluster; with names, their partitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from kafkatui.cli import complete, connect, documents, failures, report
from kafkatui.cli.flags import Output, Partitions, Printing, Where, with_flags
from kafkatui.cli.metrics import Metric
from kafkatui.cli.naming import partitions, pick
from kafkatui.cli.report import Report
from kafkatui.cli.tables import Table, plain
from kafkatui.columns import cells
from kafkatui.columns.column import Column
from kafkatui.columns.topics import PARTITIONS, TOPICS, PartitionRow, TopicRow
from kafkatui.model.cluster import Topic, TopicPartition
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want

# A rate needs two readings, and who reads a topic needs every group's commits.
_LIST = plain(TOPICS, without=("rate", "readers"))
_DESCRIBE: list[Column[PartitionRow]] = [
    Column("topic", "topic", lambda row: cells.text(row.partition.topic)),
    *plain(PARTITIONS, without=("rate",)),
]


@with_flags
def topics(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]...",
            autocompletion=complete.topics_or_verbs,
            help="Topics by name or glob: their partitions.",
        ),
    ] = None,
    *,
    topic: Annotated[
        list[str] | None,
        typer.Option("-t", "--topic", metavar="TOPIC", autocompletion=complete.topics, help="The same as an argument."),
    ] = None,
    partition: Partitions = None,
    where: Where,
    printing: Printing,
) -> None:
    """List topics with their size and health; with names, show leader, replicas and offsets of each partition.

    Never makes a topic by asking for it.
    """
    wanted, numbers = [*(names or ()), *(topic or ())], partitions(partition)
    snapshot = connect.read(where, _wants(printing.format, described=bool(wanted)), topics=wanted)
    found = pick(wanted, snapshot.topics, "topic")
    chosen = [snapshot.topics[name] for name in (found.names if wanted else sorted(snapshot.topics))]
    if numbers is not None:
        chosen = [_narrowed(each, numbers) for each in chosen]
    report.emit(_report(snapshot, chosen, described=bool(wanted)), printing)
    report.finish([*found.missing, *failures.of_topics(chosen)])


def _wants(output: Output, *, described: bool) -> Want:
    wants = Want.TOPOLOGY | Want.STARTS | Want.ENDS | Want.SIZES
    return wants | Want.STABLE_ENDS if described or output is Output.JSON else wants


def _narrowed(topic: Topic, numbers: frozenset[int]) -> Topic:
    return replace(topic, partitions=tuple(each for each in topic.partitions if each.partition in numbers))


def _report(snapshot: Snapshot, topics: Sequence[Topic], *, described: bool) -> Report:
    return Report(
        snapshot=snapshot,
        schema="topics",
        tables=lambda: [_described(topics) if described else Table(_LIST, [TopicRow(topic) for topic in topics])],
        records=lambda: _records(topics, described=described),
        fields=documents.PARTITION_FIELDS if described else documents.TOPIC_FIELDS,
        items=lambda: [documents.topic_document(topic) for topic in topics],
        metrics=lambda: _metrics(topics),
    )


def _described(topics: Iterable[Topic]) -> Table[Any]:
    topics = list(topics)
    rows = [PartitionRow(partition) for topic in topics for partition in topic.partitions]
    unread = [
        {"topic": topic.name, "status": "bad", "problem": topic.problem.text}
        for topic in topics
        if topic.problem is not None and not topic.partitions
    ]
    return Table(_DESCRIBE, rows, unread)


def _records(topics: Iterable[Topic], *, described: bool) -> Iterable[report.Record]:
    if not described:
        return map(documents.topic_record, topics)
    return (each for topic in topics for each in documents.partition_records(topic))


def _metrics(topics: Iterable[Topic]) -> Iterable[Metric]:
    every = [partition for topic in topics for partition in topic.partitions]
    for name, text, value in (
        ("start_offset", "The oldest offset a partition still keeps.", lambda each: each.start),
        ("end_offset", "The offset the next record of a partition gets.", lambda each: each.end),
        ("size_bytes", "Bytes of the log of a partition's leader.", lambda each: each.size),
        ("replicas", "Copies of a partition.", lambda each: len(each.replicas)),
        ("in_sync_replicas", "Copies that have all of the leader's records.", lambda each: len(each.in_sync)),
        ("leaderless", "1 if a partition can not be read or written.", lambda each: int(each.is_leaderless)),
    ):
        yield Metric(f"kafkatui_partition_{name}", text, [(_labels(each.name), value(each)) for each in every])


def _labels(name: TopicPartition) -> dict[str, str | int]:
    return {"topic": name.topic, "partition": name.partition}
