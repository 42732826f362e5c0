"""Requests that change topics, each sent once: what was sent and not answered is told so, never sent again.

CreateTopics, DeleteTopics, CreatePartitions, IncrementalAlterConfigs and ElectLeaders go to any broker, which hands
them on to the controller; DeleteRecords goes to the leaders. AlterConfigs, which replaces every override, is not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import Any, NamedTuple
from uuid import UUID

from kafkatui.kafka import errors
from kafkatui.kafka.configs import TOPIC
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.cluster import Partition, TopicPartition
from kafkatui.model.new_topics import NewTopic
from kafkatui.model.problems import Problem

SET, DELETE = 0, 1
"""AlterConfigOp.OpType."""
PREFERRED, UNCLEAN = 0, 1
"""ElectionType."""
_SHARE = 0.8
"""Of the time we wait for an answer, how much the brokers get: their own word that it takes longer says more."""
_WORDS = {
    "unknown_topic_or_partition": "the topic or partition does not exist",
    "unknown_topic_id": "the topic does not exist any more",
    "topic_authorization_failed": "not authorized to change this topic",
    "cluster_authorization_failed": "not authorized to change the cluster",
    "request_timed_out": "the brokers did not finish in time",
}
_UNTOLD = {
    "offset_out_of_range": "the log ends before this offset",
    "policy_violation": "a policy of the brokers forbids it",
}
"""Where the broker has no words of its own."""
UNCERTAIN = frozenset({"no_answer", "unreachable", "malformed", "request_timed_out"})
"""Codes of problems after which a change may have been made all the same."""


class Made(NamedTuple):
    """A topic as it was made, or would be."""

    partitions: int | None
    """None: the broker is too old to tell."""
    replication: int | None
    configs: Mapping[str, str | None]


async def create_topics(
    nodes: Nodes, topics: Collection[NewTopic], *, validate_only: bool = False
) -> dict[str, Made | Problem]:
    """Make topics, or only ask whether they could be made. By name."""

    def build(module: ModuleType) -> Any:
        made = tuple(_creatable(module, topic) for topic in topics)
        return module.CreateTopicsRequest(topics=made, timeout=_timeout(nodes), validate_only=validate_only)

    # Version 4 is the first that takes the broker's defaults.
    answer = await _controller(nodes, Call(Api.CREATE_TOPICS, build, oldest=4))
    if isinstance(answer, Problem):
        return dict.fromkeys((topic.name for topic in topics), answer)
    return {str(each.name): _refusal(each) or _made(each) for each in answer.topics}


async def delete_topics(nodes: Nodes, topics: Mapping[str, str | None]) -> dict[str, Problem | None]:
    """Delete topics, by name and id: one that was made anew under the same name meanwhile is not touched."""
    names = {UUID(topic_id): name for name, topic_id in topics.items() if topic_id is not None}

    def build(module: ModuleType) -> Any:
        if not hasattr(module, "DeleteTopicState"):
            return module.DeleteTopicsRequest(topic_names=tuple(topics), timeout=_timeout(nodes))
        state = module.DeleteTopicState
        doomed = tuple(
            state(name=name, topic_id=None) if topic_id is None else state(name=None, topic_id=UUID(topic_id))
            for name, topic_id in topics.items()
        )
        return module.DeleteTopicsRequest(topics=doomed, timeout=_timeout(nodes))

    answer = await _controller(nodes, Call(Api.DELETE_TOPICS, build, oldest=1))
    if isinstance(answer, Problem):
        return dict.fromkeys(topics, answer)
    return {_deleted(each, names): _refusal(each) for each in answer.responses}


async def create_partitions(
    nodes: Nodes, counts: Mapping[str, int], *, validate_only: bool = False
) -> dict[str, Problem | None]:
    """Give topics more partitions; `counts` are those they have afterwards."""

    def build(module: ModuleType) -> Any:
        topic = module.CreatePartitionsTopic
        topics = tuple(topic(name=name, count=count, assignments=None) for name, count in counts.items())
        return module.CreatePartitionsRequest(topics=topics, timeout=_timeout(nodes), validate_only=validate_only)

    answer = await _controller(nodes, Call(Api.CREATE_PARTITIONS, build))
    if isinstance(answer, Problem):
        return dict.fromkeys(counts, answer)
    return {str(each.name): _refusal(each) for each in answer.results}


async def alter_topic_configs(
    nodes: Nodes, topic: str, changes: Mapping[str, str | None], *, validate_only: bool = False
) -> Problem | None:
    """Set overrides of one topic, or delete those that are None; all or none, and no other override is touched."""

    def build(module: ModuleType) -> Any:
        config = module.AlterableConfig
        configs = tuple(
            config(name=name, config_operation=DELETE if value is None else SET, value=value)
            for name, value in changes.items()
        )
        resource = module.AlterConfigsResource(resource_type=TOPIC, resource_name=topic, configs=configs)
        return module.IncrementalAlterConfigsRequest(resources=(resource,), validate_only=validate_only)

    answer = await _controller(nodes, Call(Api.INCREMENTAL_ALTER_CONFIGS, build))
    return answer if isinstance(answer, Problem) else _refusal(answer.responses[0])


async def delete_records(
    nodes: Nodes, partitions: Iterable[Partition], before: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int | Problem]:
    """Delete the records before these offsets: what the logs start at now. One request per leader."""
    led: dict[int, list[TopicPartition]] = defaultdict(list)
    found: dict[TopicPartition, int | Problem] = {}
    for partition in partitions:
        if partition.leader is None:
            found[partition.name] = errors.LEADERLESS
        else:
            led[partition.leader].append(partition.name)
    calls = {leader: _delete_records(nodes, names, before) for leader, names in led.items()}
    for leader, answer in (await nodes.each(calls)).items():
        if isinstance(answer, Problem):
            found.update(dict.fromkeys(led[leader], answer))
            continue
        for topic in answer.topics:
            for each in topic.partitions:
                name = TopicPartition(str(topic.name), int(each.partition_index))
                found[name] = _refusal(each) or int(each.low_watermark)
    return found


async def elect_leaders(
    nodes: Nodes, partitions: Iterable[TopicPartition], *, unclean: bool = False
) -> dict[TopicPartition, Problem | None]:
    """Let the preferred replica lead, or where nobody leads and it is `unclean`, any that lives (KIP-460)."""
    by_topic: dict[str, list[int]] = defaultdict(list)
    for topic, number in partitions:
        by_topic[topic].append(number)

    def build(module: ModuleType) -> Any:
        chosen = tuple(module.TopicPartitions(topic=name, partitions=tuple(ids)) for name, ids in by_topic.items())
        kind = UNCLEAN if unclean else PREFERRED
        return module.ElectLeadersRequest(election_type=kind, topic_partitions=chosen, timeout=_timeout(nodes))

    wanted = [TopicPartition(topic, number) for topic, numbers in by_topic.items() for number in numbers]
    # Version 0 knows no kinds.
    answer = await _controller(nodes, Call(Api.ELECT_LEADERS, build, oldest=1))
    whole = answer if isinstance(answer, Problem) else _refusal(answer)
    if whole is not None:
        return dict.fromkeys(wanted, whole)
    return {
        TopicPartition(str(topic.topic), int(each.partition_id)): _refusal(each)
        for topic in answer.replica_election_results
        for each in topic.partition_result
    }


async def _controller(nodes: Nodes, call: Call) -> Any:
    """What the controller says through one broker, or why nothing is known. Never a second broker."""
    try:
        return await nodes.forwarded(call)
    except Failed as error:
        return error.problem


def _refusal(answer: Any) -> Problem | None:
    """Why something was refused: the broker's own words where it has some, for they name what is wrong."""
    code = answer.error_code
    if not errors.is_error(code):
        return None
    text = _WORDS.get(code.name) or getattr(answer, "error_message", None) or _UNTOLD.get(code.name)
    return Problem(code.name, text) if text else errors.of_code(code)


def _timeout(nodes: Nodes) -> timedelta:
    return timedelta(milliseconds=int(nodes.links.settings.request_seconds * 1000 * _SHARE))


def _deleted(answer: Any, names: Mapping[UUID, str]) -> str:
    topic_id: Any = getattr(answer, "topic_id", None)
    return names.get(topic_id) or str(answer.name)


def _creatable(module: ModuleType, topic: NewTopic) -> Any:
    configs = tuple(module.CreatableTopicConfig(name=name, value=value) for name, value in topic.configs.items())
    return module.CreatableTopic(
        name=topic.name,
        num_partitions=topic.partitions,
        replication_factor=topic.replication,
        assignments=(),
        configs=configs,
    )


def _made(answer: Any) -> Made:
    configs = {each.name: None if each.is_sensitive else each.value for each in getattr(answer, "configs", None) or ()}
    return Made(_told(answer, "num_partitions"), _told(answer, "replication_factor"), configs)


def _told(answer: Any, field: str) -> int | None:
    value = int(getattr(answer, field, -1))
    return value if value >= 0 else None


def _delete_records(nodes: Nodes, names: Iterable[TopicPartition], before: Mapping[TopicPartition, int]) -> Call:
    by_topic: dict[str, list[TopicPartition]] = defaultdict(list)
    for name in names:
        by_topic[name.topic].append(name)

    def build(module: ModuleType) -> Any:
        partition: Callable[..., Any] = module.DeleteRecordsPartition
        topics = tuple(
            module.DeleteRecordsTopic(
                name=topic,
                partitions=tuple(partition(partition_index=each.partition, offset=before[each]) for each in each_name),
            )
            for topic, each_name in by_topic.items()
        )
        return module.DeleteRecordsRequest(topics=topics, timeout=_timeout(nodes))

    return Call(Api.DELETE_RECORDS, build)
