"""The headers of known dialects that hold numbers, and how each is written. Every other header is text or bytes.

Spring Kafka: `KafkaHeaders`, `DeadLetterRecordManager`; retry topics: `DeadLetterPublishingRecovererFactory`, which
writes timestamps by `BigInteger.toByteArray` and attempts in 4 bytes, in earlier releases in one, and whose dead
letters have the names of `KafkaHeaders` without `dlt`. Spring Cloud Stream:
`KafkaMessageChannelBinder`; programs by hand use its `x-original-` names with decimal text. Kafka 4.3: Connect's
`DeadLetterQueueReporter`, Streams' `ExceptionHandlerUtils` (KIP-1034), share groups (KIP-1191). Quarkus:
`KafkaDeadLetterQueue`. Sentry: arroyo.
"""

from __future__ import annotations

from enum import Enum


class Writing(Enum):
    """How a header writes its number."""

    INT32 = "int32"
    INT64 = "int64"
    SHORTEST = "integer"
    DECIMAL = "decimal"


SPRING = {
    "kafka_dlt-original-partition": Writing.INT32,
    "kafka_dlt-original-offset": Writing.INT64,
    "kafka_dlt-original-timestamp": Writing.INT64,
    "kafka_deliveryAttempt": Writing.INT32,
}
SPRING_RETRY = {
    "retry_topic-attempts": Writing.SHORTEST,
    "retry_topic-backoff-timestamp": Writing.SHORTEST,
    "retry_topic-original-timestamp": Writing.SHORTEST,
    "kafka_original-partition": Writing.INT32,
    "kafka_original-offset": Writing.INT64,
    "kafka_original-timestamp": Writing.INT64,
}
SPRING_CLOUD_STREAM = {
    "x-original-partition": Writing.INT32,
    "x-original-offset": Writing.INT64,
    "x-original-timestamp": Writing.INT64,
}
CONNECT = {
    "__connect.errors.partition": Writing.DECIMAL,
    "__connect.errors.offset": Writing.DECIMAL,
    "__connect.errors.task.id": Writing.DECIMAL,
}
STREAMS = {
    "__streams.errors.partition": Writing.DECIMAL,
    "__streams.errors.offset": Writing.DECIMAL,
}
SHARE_GROUPS = {
    "__dlq.errors.partition": Writing.DECIMAL,
    "__dlq.errors.offset": Writing.DECIMAL,
    "__dlq.errors.delivery.count": Writing.DECIMAL,
}
SMALLRYE = {
    "dead-letter-partition": Writing.DECIMAL,
    "dead-letter-offset": Writing.DECIMAL,
}
ARROYO = {
    "original_partition": Writing.DECIMAL,
    "original_offset": Writing.DECIMAL,
}
NUMBERS = SPRING | SPRING_RETRY | SPRING_CLOUD_STREAM | CONNECT | STREAMS | SHARE_GROUPS | SMALLRYE | ARROYO

ORIGINS = frozenset({
    "kafka_dlt-original-topic", "kafka_original-topic", "x-original-topic", "__connect.errors.topic",
    "__streams.errors.topic", "__dlq.errors.topic", "dead-letter-topic",
})  # fmt: skip
"""The headers of all dialects that name the topic a dead letter came from; arroyo names none."""
FAILURES = frozenset({
    "kafka_dlt-exception-message", "kafka_dlt-key-exception-message", "kafka_dlt-exception-stacktrace",
    "kafka_dlt-key-exception-stacktrace", "kafka_exception-message", "kafka_key-exception-message",
    "kafka_exception-stacktrace", "kafka_key-exception-stacktrace", "x-exception-message", "x-exception-stacktrace",
    "__connect.errors.exception.message", "__connect.errors.exception.stacktrace", "__streams.errors.message",
    "__streams.errors.stacktrace", "__dlq.errors.message", "dead-letter-cause", "dead-letter-reason",
})  # fmt: skip
"""The headers of all dialects with what went wrong in words. Who could not read a value quotes it there."""
CARRY_BYTES = frozenset({"springDeserializerExceptionKey", "springDeserializerExceptionValue"})
"""Spring Kafka's `DeserializationException` as Java writes objects, with the key or value that could not be read."""
SOURCE = "kafkatui-source"
"""Where a copy was made from: `topic-partition@offset`."""
