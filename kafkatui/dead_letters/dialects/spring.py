"""Spring for Apache Kafka: `DeadLetterPublishingRecoverer`, with and without retry topics.

Numbers are binary, big-endian. On each pass the headers of the origin are appended and those of the exception
replaced. With retry topics (`DeadLetterPublishingRecovererFactory`) the names are those of `KafkaHeaders` without
`dlt`, except for the group, and the origin stays the first one. Attempts there count the delivery to come: the dead
letter of a record that failed once has 2.
"""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect

RETRY_ATTEMPTS = "retry_topic-attempts"
DELIVERY_ATTEMPT = "kafka_deliveryAttempt"
GROUP = "kafka_dlt-original-consumer-group"
_RETRY_PREFIXES = ("retry_topic-", "kafka_original-", "kafka_exception-", "kafka_key-exception-")

SPRING = Dialect(
    name="spring-kafka",
    title="Spring Kafka",
    marks=(("kafka_dlt-original-topic",), ("kafka_dlt-exception-fqcn",), ("kafka_dlt-key-exception-fqcn",)),
    topic="kafka_dlt-original-topic",
    partition="kafka_dlt-original-partition",
    offset="kafka_dlt-original-offset",
    timestamp="kafka_dlt-original-timestamp",
    group=GROUP,
    exception=("kafka_dlt-exception-cause-fqcn", "kafka_dlt-exception-fqcn", "kafka_dlt-key-exception-fqcn"),
    message=("kafka_dlt-exception-message", "kafka_dlt-key-exception-message"),
    stacktrace=("kafka_dlt-exception-stacktrace", "kafka_dlt-key-exception-stacktrace"),
    attempts=(RETRY_ATTEMPTS, DELIVERY_ATTEMPT),
    one_ahead=frozenset({RETRY_ATTEMPTS}),
    prefixes=("kafka_dlt-", "retry_topic-"),
)
SPRING_RETRY = Dialect(
    name="spring-kafka-retry",
    title="Spring Kafka with retry topics",
    marks=(("kafka_original-topic",), ("kafka_exception-fqcn",), ("kafka_key-exception-fqcn",)),
    topic="kafka_original-topic",
    partition="kafka_original-partition",
    offset="kafka_original-offset",
    timestamp="kafka_original-timestamp",
    group=GROUP,
    exception=("kafka_exception-cause-fqcn", "kafka_exception-fqcn", "kafka_key-exception-fqcn"),
    message=("kafka_exception-message", "kafka_key-exception-message"),
    stacktrace=("kafka_exception-stacktrace", "kafka_key-exception-stacktrace"),
    attempts=(RETRY_ATTEMPTS, DELIVERY_ATTEMPT),
    one_ahead=frozenset({RETRY_ATTEMPTS}),
    prefixes=_RETRY_PREFIXES,
)
