"""Dead letters byte for byte as each framework writes them, by hand from its sources: nothing here uses the program's.

Spring Kafka 3.3 `DeadLetterPublishingRecoverer` and `DeadLetterPublishingRecovererFactory`, Spring Cloud Stream
`KafkaMessageChannelBinder`, Kafka 4.3 `DeadLetterQueueReporter` and `ExceptionHandlerUtils`, KIP-1191, SmallRye
`KafkaDeadLetterQueue`, arroyo `dlq`.
"""

from __future__ import annotations

from kafkatui.model.records import Header, Record

ORIGIN_MS = 1_700_000_000_000
"""`0000018bcfe56800` in eight bytes."""
AT_MS = ORIGIN_MS + 4_000
APP: tuple[Header, ...] = (("trace", b"t-1"), ("empty", b""), ("null", None), ("trace", b"t-2"), ("raw", b"\xff\x00"))
"""What the record had before: order, duplicates, null and empty count."""
KEY, VALUE = b"o-1", b'{"amount":5}'
WRAPPER = b"org.springframework.kafka.listener.ListenerExecutionFailedException"
ILLEGAL = b"java.lang.IllegalStateException"
TRACE = (
    b"java.lang.IllegalStateException: no funds\n\tat com.example.A.b(A.java:1)\n\tat com.example.C.d(C.java:2)\n"
    b"\tat java.base/java.lang.Thread.run(Thread.java:1583)\n"
)


def a_letter(topic: str, headers: tuple[Header, ...], partition: int = 3, offset: int = 7, at: int = AT_MS) -> Record:
    return Record(topic, partition, offset, at, KEY, VALUE, headers)


def spring_origin(
    topic: bytes = b"payments", offset: bytes = b"\x00\x00\x00\x09\x8b\xca\x5a\x00"
) -> tuple[Header, ...]:
    """The offset is 41,000,000,000 unless another is given."""
    return (
        ("kafka_dlt-original-topic", topic),
        ("kafka_dlt-original-partition", b"\x00\x00\x00\x03"),
        ("kafka_dlt-original-offset", offset),
        ("kafka_dlt-original-timestamp", b"\x00\x00\x01\x8b\xcf\xe5\x68\x00"),
        ("kafka_dlt-original-timestamp-type", b"CreateTime"),
        ("kafka_dlt-original-consumer-group", b"billing"),
    )


SPRING_EXCEPTION: tuple[Header, ...] = (
    ("kafka_dlt-exception-fqcn", WRAPPER),
    ("kafka_dlt-exception-cause-fqcn", ILLEGAL),
    ("kafka_dlt-exception-message", b"Listener failed; no funds"),
    ("kafka_dlt-exception-stacktrace", WRAPPER + b": Listener failed; no funds\nCaused by: " + TRACE),
)
SPRING_HEADERS = (*APP, ("kafka_deliveryAttempt", b"\x00\x00\x00\x0a"), *spring_origin(), *SPRING_EXCEPTION)
SPRING = a_letter("payments-dlt", SPRING_HEADERS)

THREE_PASSES = a_letter(
    "payments-dlt",
    (
        *APP,
        *spring_origin(),
        *spring_origin(offset=b"\x00\x00\x00\x09\x8b\xca\x5a\x05"),
        *spring_origin(offset=b"\x00\x00\x00\x09\x8b\xca\x5a\x09"),
        *SPRING_EXCEPTION,
    ),
)

SPRING_KEY_FAILED = a_letter(
    "payments-dlt",
    (
        *APP,
        *spring_origin(),
        ("kafka_dlt-key-exception-fqcn", b"org.springframework.kafka.support.serializer.DeserializationException"),
        ("kafka_dlt-key-exception-message", b"failed to deserialize"),
        ("kafka_dlt-key-exception-stacktrace", TRACE),
    ),
)

SPRING_RETRY = a_letter(
    "payments-dlt",
    (
        *APP,
        ("kafka_original-topic", b"payments"),
        ("kafka_original-partition", b"\x00\x00\x00\x03"),
        ("kafka_original-offset", b"\x00\x00\x00\x00\x00\x00\x00\x2a"),
        ("kafka_original-timestamp", b"\x00\x00\x01\x8b\xcf\xe5\x68\x00"),
        ("kafka_original-timestamp-type", b"CreateTime"),
        ("kafka_dlt-original-consumer-group", b"billing"),
        # Each topic on the way adds its own; after three deliveries the next would be the fourth.
        ("retry_topic-original-timestamp", b"\x01\x8b\xcf\xe5\x68\x00"),
        ("retry_topic-attempts", b"\x00\x00\x00\x02"),
        ("retry_topic-backoff-timestamp", b"\x01\x8b\xcf\xe5\x6b\xe8"),
        ("retry_topic-original-timestamp", b"\x01\x8b\xcf\xe5\x68\x00"),
        ("retry_topic-attempts", b"\x00\x00\x00\x03"),
        ("retry_topic-backoff-timestamp", b"\x01\x8b\xcf\xe5\x6f\xd0"),
        ("retry_topic-original-timestamp", b"\x01\x8b\xcf\xe5\x68\x00"),
        ("retry_topic-attempts", b"\x00\x00\x00\x04"),
        ("retry_topic-backoff-timestamp", b"\x01\x8b\xcf\xe5\x73\xb8"),
        ("kafka_exception-fqcn", WRAPPER),
        ("kafka_exception-cause-fqcn", ILLEGAL),
        ("kafka_exception-message", b"Listener failed; no funds"),
        ("kafka_exception-stacktrace", TRACE),
    ),
)

CLOUD_STREAM = a_letter(
    "error.payments.billing",
    (
        *APP,
        ("x-original-topic", b"payments"),
        ("x-original-partition", b"\x00\x00\x00\x03"),
        ("x-original-offset", b"\x00\x00\x00\x00\x00\x00\x00\x2a"),
        ("x-original-timestamp", b"\x00\x00\x01\x8b\xcf\xe5\x68\x00"),
        ("x-original-timestamp-type", b"CreateTime"),
        ("kafka_dlt-original-consumer-group", b"billing"),
        ("x-exception-fqcn", ILLEGAL),
        ("x-exception-message", b"no funds"),
        ("x-exception-stacktrace", TRACE),
    ),
)

CONNECT_HEADERS: tuple[Header, ...] = (
    ("__connect.errors.topic", b"payments"),
    ("__connect.errors.partition", b"3"),
    ("__connect.errors.offset", b"41000000000"),
    ("__connect.errors.connector.name", b"payments-sink"),
    ("__connect.errors.task.id", b"1"),
    ("__connect.errors.stage", b"VALUE_CONVERTER"),
    ("__connect.errors.class.name", b"org.apache.kafka.connect.json.JsonConverter"),
    ("__connect.errors.exception.class.name", b"org.apache.kafka.connect.errors.DataException"),
    ("__connect.errors.exception.message", b"Converting byte[] to Kafka Connect data failed"),
    ("__connect.errors.exception.stacktrace", TRACE),
)
CONNECT = a_letter("dlq.payments-sink", (*APP, *CONNECT_HEADERS), at=ORIGIN_MS)

STREAMS = a_letter(
    "enricher-dlq",
    (
        *APP,
        ("__streams.errors.exception", b"java.lang.NullPointerException"),
        ("__streams.errors.message", b'Cannot invoke "A.b()" because "a" is null'),
        ("__streams.errors.stacktrace", TRACE),
        ("__streams.errors.topic", b"payments"),
        ("__streams.errors.partition", b"3"),
        ("__streams.errors.offset", b"41000000000"),
    ),
    at=ORIGIN_MS,
)

SHARE_HEADERS: tuple[Header, ...] = (
    ("__dlq.errors.topic", b"payments"),
    ("__dlq.errors.partition", b"3"),
    ("__dlq.errors.offset", b"41000000000"),
    ("__dlq.errors.group", b"picking"),
    ("__dlq.errors.delivery.count", b"5"),
    ("__dlq.errors.message", b"Offset delivery count exceeded the threshold."),
)
POINTER = Record("dlq.picking", 0, 7, AT_MS, None, None, SHARE_HEADERS)
"""Neither key nor value nor the headers of the record."""
SHARE_COPY = Record("dlq.picking", 0, 8, AT_MS, KEY, VALUE, SHARE_HEADERS)

SMALLRYE = a_letter(
    "dead-letter-topic-payments",
    (
        ("dead-letter-exception-class-name", b"io.smallrye.reactive.messaging.ProcessingException"),
        ("dead-letter-reason", b"SRMSG00103: Exception thrown when calling the method"),
        ("dead-letter-cause-class-name", ILLEGAL),
        ("dead-letter-cause", b"no funds"),
        ("dead-letter-topic", b"payments"),
        ("dead-letter-partition", b"3"),
        ("dead-letter-offset", b"41000000000"),
        *APP,
    ),
)
SMALLRYE_TWICE = a_letter(
    "dead-letter-topic-payments",
    (
        ("dead-letter-exception-class-name", b"java.lang.NullPointerException"),
        ("dead-letter-reason", b"later"),
        ("dead-letter-topic", b"payments"),
        ("dead-letter-partition", b"3"),
        ("dead-letter-offset", b"41000000009"),
        *SMALLRYE.headers,
    ),
)

ARROYO = a_letter("snuba-dead-letter-errors", (*APP, ("original_partition", b"3"), ("original_offset", b"42")))

MAPPED = a_letter(
    "orders-broken",
    (
        *APP,
        ("source-topic", b"payments"),
        ("source-partition", b"\x00\x00\x00\x03"),
        ("source-offset", b"42"),
        ("source-time", b"1700000000000"),
        ("error", ILLEGAL),
        ("why", b"no funds"),
        ("tries", b"4"),
    ),
)
