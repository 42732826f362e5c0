"""The values of consumer, share and streams groups in `__consumer_offsets`, field by field. No type or version is read.

By the schemas in kafka-group-coordinator 4.3.0 (`common/message/*Value.json`): all are flexible and of version 0. A
tagged field that is not there has its default and is left out, as Kafka's own converters do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kafkatui.decoding.coordinator_bytes import CoordinatorBytes, SchemaError
from kafkatui.decoding.decoded import Plain

_Read = Callable[[CoordinatorBytes], Plain]
_NONE: Mapping[int, tuple[str, _Read]] = {}

INT8, INT16, UINT16 = CoordinatorBytes.int8, CoordinatorBytes.int16, CoordinatorBytes.uint16
INT32, INT64 = CoordinatorBytes.int32, CoordinatorBytes.int64
STRING, TEXT_OR_NULL = CoordinatorBytes.string, CoordinatorBytes.nullable_string
UUID, BYTES = CoordinatorBytes.uuid, CoordinatorBytes.nullable_bytes


def _struct(tagged: Mapping[int, tuple[str, _Read]] = _NONE, /, **fields: _Read) -> _Read:
    def read(source: CoordinatorBytes) -> Plain:
        value = {name: each(source) for name, each in fields.items()}
        for tag, raw in source.tagged().items():
            name, each = tagged.get(tag, (f"#{tag}", CoordinatorBytes.rest))
            value[name] = _whole(raw, each)
        return value

    return read


def _whole(raw: bytes, read: _Read) -> Plain:
    source = CoordinatorBytes(raw, flexible=True)
    value = read(source)
    if source.left:
        raise SchemaError(f"{source.left:,} bytes too many in a tagged field")
    return value


def _array(item: _Read) -> _Read:
    return lambda source: source.array(lambda: item(source))


def _nullable(struct: _Read) -> _Read:
    return lambda source: None if source.int8() < 0 else struct(source)


def _nullable_tagged(struct: _Read) -> _Read:
    """In a tagged field the sign of null is 0, not -1."""
    return lambda source: None if source.int8() == 0 else struct(source)


_INTS, _STRINGS = _array(INT32), _array(STRING)
_PAIRS = _array(_struct(key=STRING, value=STRING))
_EPOCHS: Mapping[int, tuple[str, _Read]] = {0: ("assignmentEpochs", _INTS)}
_PARTITIONS = _array(_struct(topicId=UUID, partitions=_INTS))
_OWNED_PARTITIONS = _array(_struct(_EPOCHS, topicId=UUID, partitions=_INTS))
_TOPIC_PARTITIONS = _array(_struct(topicId=UUID, topicName=STRING, partitions=_INTS))
_TASKS = _array(_struct(subtopologyId=STRING, partitions=_INTS))
_OWNED_TASKS = _array(_struct(_EPOCHS, subtopologyId=STRING, partitions=_INTS))
_CLASSIC = _struct(sessionTimeoutMs=INT32, supportedProtocols=_array(_struct(name=STRING, metadata=BYTES)))
_INNER_TOPICS = _array(_struct(name=STRING, partitions=INT32, replicationFactor=INT16, topicConfigs=_PAIRS))
_INDEXES = _array(INT16)
_TARGET = _struct({0: ("assignmentTimestamp", INT64)}, assignmentEpoch=INT32)
_TARGET_MEMBER = _struct(topicPartitions=_PARTITIONS)
_SUBTOPOLOGY = _struct(
    subtopologyId=STRING,
    sourceTopics=_STRINGS,
    sourceTopicRegex=_STRINGS,
    stateChangelogTopics=_INNER_TOPICS,
    repartitionSinkTopics=_STRINGS,
    repartitionSourceTopics=_INNER_TOPICS,
    copartitionGroups=_array(
        _struct(sourceTopics=_INDEXES, sourceTopicRegex=_INDEXES, repartitionSourceTopics=_INDEXES)
    ),
)
VALUES: dict[int, _Read] = {
    3: _struct({0: ("metadataHash", INT64)}, epoch=INT32),
    4: _struct(
        topics=_array(
            _struct(
                topicId=UUID,
                topicName=STRING,
                numPartitions=INT32,
                partitionMetadata=_array(_struct(partition=INT32, racks=_STRINGS)),
            )
        )
    ),
    5: _struct(
        {0: ("classicMemberMetadata", _nullable_tagged(_CLASSIC))},
        instanceId=TEXT_OR_NULL,
        rackId=TEXT_OR_NULL,
        clientId=STRING,
        clientHost=STRING,
        subscribedTopicNames=_STRINGS,
        subscribedTopicRegex=TEXT_OR_NULL,
        rebalanceTimeoutMs=INT32,
        serverAssignor=TEXT_OR_NULL,
    ),
    6: _TARGET,
    7: _TARGET_MEMBER,
    8: _struct(
        memberEpoch=INT32,
        previousMemberEpoch=INT32,
        state=INT8,
        assignedPartitions=_OWNED_PARTITIONS,
        partitionsPendingRevocation=_OWNED_PARTITIONS,
    ),
    10: _struct(rackId=TEXT_OR_NULL, clientId=STRING, clientHost=STRING, subscribedTopicNames=_STRINGS),
    11: _struct(epoch=INT32, metadataHash=INT64),
    12: _TARGET,
    13: _TARGET_MEMBER,
    14: _struct(memberEpoch=INT32, previousMemberEpoch=INT32, state=INT8, assignedPartitions=_PARTITIONS),
    15: _struct(
        initializingTopics=_TOPIC_PARTITIONS,
        initializedTopics=_TOPIC_PARTITIONS,
        deletingTopics=_array(_struct(topicId=UUID, topicName=STRING)),
    ),
    16: _struct(topics=_STRINGS, version=INT64, timestamp=INT64),
    17: _struct(
        {0: ("validatedTopologyEpoch", INT32), 1: ("lastAssignmentConfigs", _PAIRS)}, epoch=INT32, metadataHash=INT64
    ),
    19: _struct(
        instanceId=TEXT_OR_NULL,
        rackId=TEXT_OR_NULL,
        clientId=STRING,
        clientHost=STRING,
        rebalanceTimeoutMs=INT32,
        topologyEpoch=INT32,
        processId=STRING,
        userEndpoint=_nullable(_struct(host=STRING, port=UINT16)),
        clientTags=_PAIRS,
    ),
    20: _TARGET,
    21: _struct(activeTasks=_TASKS, standbyTasks=_TASKS, warmupTasks=_TASKS),
    22: _struct(
        memberEpoch=INT32,
        previousMemberEpoch=INT32,
        state=INT8,
        activeTasks=_OWNED_TASKS,
        standbyTasks=_OWNED_TASKS,
        warmupTasks=_OWNED_TASKS,
        activeTasksPendingRevocation=_OWNED_TASKS,
        standbyTasksPendingRevocation=_OWNED_TASKS,
        warmupTasksPendingRevocation=_OWNED_TASKS,
    ),
    23: _struct(epoch=INT32, subtopologies=_array(_SUBTOPOLOGY)),
}
"""By the type of the key."""
