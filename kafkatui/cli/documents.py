"""The JSON objects of groups, topics and brokers: keys and their order are promised to scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kafkatui.cli import outlook_documents
from kafkatui.cli.outlook_documents import Outlooks
from kafkatui.columns.topics import records, size
from kafkatui.model.cluster import Broker, Partition, Topic, TopicPartition
from kafkatui.model.groups import Group, GroupPartition
from kafkatui.model.problems import Problem, is_pending, known

Document = dict[str, Any]

LAG_FIELDS = (
    *("group", "type", "state", "topic", "partition", "committed", "start", "end", "stable_end", "lag"),
    *("time_lag_ms", "member", "client_id", "host", "problem"),
    *outlook_documents.FIELDS,
)
PARTITION_FIELDS = (
    *("topic", "partition", "leader", "leader_epoch", "replicas", "in_sync", "offline", "start", "end", "stable_end"),
    *("size", "problem"),
)
TOPIC_FIELDS = (
    *("topic", "topic_id", "internal", "partitions", "replication", "leaderless", "under_replicated", "records"),
    *("size", "problem"),
)
BROKER_FIELDS = (
    *("broker", "host", "port", "rack", "controller", "version", "leaders", "replicas", "out_of_sync", "disk"),
    "problem",
)
GROUP_FIELDS = (
    *("group", "type", "state", "protocol", "members", "coordinator", "topics", "lag", "problem"),
    *("application", "epoch", "assignment_epoch"),
)


def lag_group(group: Group, outlooks: Outlooks) -> Document:
    """One group of `kafkatui.lag/1`."""
    outlook = outlook_documents.of_group(group, outlooks)
    return {
        "group": group.group,
        "type": group.type.value,
        "state": group.state,
        "members": None if isinstance(group.members, Problem) else len(group.members),
        "coordinator": group.coordinator,
        "lag": known(group.lag),
        "time_lag_ms": known(outlook.time_lag),
        "problem": group_problem(group),
        "partitions": [_lag_partition(group, row, outlooks) for row in group.rows],
        **outlook_documents.document(outlook),
    }


def lag_records(group: Group, outlooks: Outlooks) -> Iterator[Document]:
    """One flat object for each partition of the group; a single one without a partition if they can not be read."""
    head = {"group": group.group, "type": group.type.value, "state": group.state}
    for row in group.rows:
        yield {**head, **_lag_partition(group, row, outlooks)}
    if isinstance(group.partitions, Problem):
        yield {**dict.fromkeys(LAG_FIELDS), **head, "problem": group_problem(group)}


def group_document(group: Group, outlooks: Outlooks) -> Document:
    """One group of `kafkatui.groups/1`."""
    return {
        **group_record(group),
        "members": None
        if isinstance(group.members, Problem)
        else [
            {
                "member": member.member_id,
                "client_id": member.client_id,
                "host": member.host,
                "instance_id": member.instance_id,
                "partitions": _names(member.partitions),
                "target": None if member.target is None else _names(member.target),
                "epoch": member.epoch,
            }
            for member in group.members
        ],
        "partitions": [_lag_partition(group, row, outlooks) for row in group.rows],
    }


def _names(partitions: Iterable[TopicPartition]) -> list[Document]:
    return [{"topic": name.topic, "partition": name.partition} for name in partitions]


def group_record(group: Group) -> Document:
    return {
        "group": group.group,
        "type": group.type.value,
        "state": group.state,
        "protocol": group.protocol,
        "members": None if isinstance(group.members, Problem) else len(group.members),
        "coordinator": group.coordinator,
        "topics": None if isinstance(group.partitions, Problem) else list(group.topics),
        "lag": known(group.lag),
        "problem": group_problem(group),
        "application": group.application or None,
        "epoch": group.epoch,
        "assignment_epoch": group.assignment_epoch,
    }


def topic_document(topic: Topic) -> Document:
    """One topic of `kafkatui.topics/1`."""
    record = topic_record(topic)
    del record["partitions"]
    return {**record, "partitions": [_partition(each) for each in topic.partitions]}


def topic_record(topic: Topic) -> Document:
    record = {
        "topic": topic.name,
        "topic_id": topic.topic_id,
        "internal": topic.internal,
        "partitions": len(topic.partitions),
        "replication": topic.replication,
        "leaderless": sum(each.is_leaderless for each in topic.partitions),
        "under_replicated": sum(each.is_under_replicated for each in topic.partitions),
        "records": known(records(topic)),
        "size": known(size(topic)),
        "problem": _text(topic.problem, *(each.problem for each in topic.partitions), records(topic), size(topic)),
    }
    if topic.problem is not None and not topic.partitions:
        # Nothing but the name is known: a 0 would claim to be read.
        record |= dict.fromkeys(("partitions", "replication", "leaderless", "under_replicated"))
    return record


def partition_records(topic: Topic) -> Iterator[Document]:
    """One flat object for each partition; a single one without a number if they can not be read."""
    for each in topic.partitions:
        yield {"topic": topic.name, **_partition(each)}
    if not topic.partitions:
        yield {**dict.fromkeys(PARTITION_FIELDS), "topic": topic.name, "problem": _text(topic.problem)}


def broker_document(broker: Broker) -> Document:
    """One broker of `kafkatui.brokers/1`."""
    return {
        "broker": broker.node_id,
        "host": broker.host,
        "port": broker.port,
        "rack": broker.rack,
        "controller": broker.is_controller,
        "version": None if isinstance(broker.version, Problem) else broker.version,
        "leaders": broker.leaders,
        "replicas": broker.replicas,
        "out_of_sync": broker.out_of_sync,
        "disk": known(broker.disk),
        "problem": _text(broker.problem, broker.version, broker.disk),
    }


def group_problem(group: Group) -> str | None:
    if group.lag is None:
        return _text(group.problem, group.members) or "it has neither a commit nor a partition"
    return _text(group.problem, group.members, group.partitions, group.lag)


def _lag_partition(group: Group, row: GroupPartition, outlooks: Outlooks) -> Document:
    member, outlook = row.member, outlook_documents.of_row(group, row, outlooks)
    return {
        "topic": row.topic,
        "partition": row.partition,
        "committed": known(row.committed),
        "start": known(row.start),
        "end": known(row.end),
        "stable_end": known(row.stable_end),
        "lag": known(row.lag),
        "time_lag_ms": known(outlook.time_lag),
        "member": member.member_id if member is not None else None,
        "client_id": member.client_id if member is not None else None,
        "host": member.host if member is not None else None,
        "problem": _text(row.problem, row.lag, row.committed, row.end, row.start, row.stable_end),
        **outlook_documents.document(outlook),
    }


def _partition(partition: Partition) -> Document:
    return {
        "partition": partition.partition,
        "leader": partition.leader,
        "leader_epoch": partition.leader_epoch,
        "replicas": list(partition.replicas),
        "in_sync": list(partition.in_sync),
        "offline": list(partition.offline),
        "start": known(partition.start),
        "end": known(partition.end),
        "stable_end": known(partition.stable_end),
        "size": known(partition.size),
        "problem": _text(partition.problem, partition.end, partition.start, partition.stable_end, partition.size),
    }


def _text(*readings: object) -> str | None:
    """The first problem among what was asked for."""
    for reading in readings:
        if isinstance(reading, Problem) and not is_pending(reading):
            return reading.text
    return None
