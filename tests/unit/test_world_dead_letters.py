"""Dead letters of the sample world: each dialect byte for byte, and what failed why."""

from __future__ import annotations

import struct
from collections import Counter

from kafkatui.minicluster import orders, world
from kafkatui.minicluster.dialects import Connect, Failure, Spring, Streams
from kafkatui.minicluster.world import FEEDS
from kafkatui.minicluster.world_dead_letters import DEAD_LETTERS, DeadLetters, dead_letter, failures
from kafkatui.model.records import Record

TRACE = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
FAILED = Record("payments", 2, 1_335, 1_795_000_000_123, b"o-1", b'{"amount":5}', (TRACE,))
WHY = Failure("java.lang.IllegalStateException", "no", ("a.B.c(B.java:1)",), 1_795_000_004_123)
STACKTRACE = b"java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n"


def spring_origin(record: Record) -> tuple[tuple[str, bytes], ...]:
    return (
        ("kafka_dlt-original-topic", b"payments"),
        ("kafka_dlt-original-partition", b"\x00\x00\x00\x02"),
        ("kafka_dlt-original-offset", struct.pack(">q", record.offset)),
        ("kafka_dlt-original-timestamp", struct.pack(">q", record.timestamp_ms)),
        ("kafka_dlt-original-timestamp-type", b"CreateTime"),
        ("kafka_dlt-original-consumer-group", b"billing"),
    )


def test_spring_writes_numbers_in_binary_on_the_same_partition_at_a_new_time() -> None:
    letter = Spring("billing")("payments-dlt", FAILED, WHY)
    wrapper = b"org.springframework.kafka.listener.ListenerExecutionFailedException"
    assert (letter.topic, letter.partition, letter.timestamp_ms) == ("payments-dlt", 2, WHY.at_ms)
    assert (letter.key, letter.value) == (FAILED.key, FAILED.value)
    assert letter.headers == (
        TRACE,
        *spring_origin(FAILED),
        ("kafka_dlt-exception-fqcn", wrapper),
        ("kafka_dlt-exception-cause-fqcn", b"java.lang.IllegalStateException"),
        ("kafka_dlt-exception-message", b"Listener failed; no"),
        ("kafka_dlt-exception-stacktrace", wrapper + b": Listener failed; no\nCaused by: " + STACKTRACE),
    )


def test_spring_appends_the_origin_and_replaces_the_exception_on_a_second_pass() -> None:
    first = Spring("billing")("payments-dlt", FAILED, WHY)
    back = Record("payments", 2, 2_000, 1_795_000_100_000, first.key, first.value, first.headers)
    second = Spring("billing")("payments-dlt", back, WHY)
    assert second.headers[:13] == (TRACE, *spring_origin(FAILED), *spring_origin(back))
    assert Counter(name for name, _ in second.headers)["kafka_dlt-exception-fqcn"] == 1


def test_connect_writes_decimal_numbers_and_keeps_the_time() -> None:
    letter = Connect("shipments-sink", "TASK_PUT", "a.Task")("dlq.shipments-sink", FAILED, WHY)
    assert (letter.key, letter.value, letter.timestamp_ms) == (FAILED.key, FAILED.value, FAILED.timestamp_ms)
    assert letter.partition is None
    assert letter.headers == (
        TRACE,
        ("__connect.errors.topic", b"payments"),
        ("__connect.errors.partition", b"2"),
        ("__connect.errors.offset", b"1335"),
        ("__connect.errors.connector.name", b"shipments-sink"),
        ("__connect.errors.task.id", b"0"),
        ("__connect.errors.stage", b"TASK_PUT"),
        ("__connect.errors.class.name", b"a.Task"),
        ("__connect.errors.exception.class.name", b"java.lang.IllegalStateException"),
        ("__connect.errors.exception.message", b"no"),
        ("__connect.errors.exception.stacktrace", STACKTRACE),
    )


def test_streams_writes_the_headers_of_the_record_first_and_keeps_the_time() -> None:
    letter = Streams()("orders-enricher-dlq", FAILED, WHY)
    assert (letter.key, letter.value, letter.timestamp_ms) == (FAILED.key, FAILED.value, FAILED.timestamp_ms)
    assert letter.partition is None
    assert letter.headers == (
        TRACE,
        ("__streams.errors.exception", b"java.lang.IllegalStateException"),
        ("__streams.errors.message", b"no"),
        ("__streams.errors.stacktrace", STACKTRACE),
        ("__streams.errors.topic", b"payments"),
        ("__streams.errors.partition", b"2"),
        ("__streams.errors.offset", b"1335"),
    )


def history(letters: DeadLetters) -> list[Record]:
    feed = next(feed for feed in FEEDS if feed.topic == letters.of)
    made = [r for order in orders.history(7, world.ORDERS, 1_795_000_000_000) for r in feed.of_order(order)]
    return [Record(r.topic, 0, at, r.timestamp_ms or 0, r.key, r.value, r.headers) for at, r in enumerate(made)]


def test_each_cause_hits_as_many_records_as_declared() -> None:
    for letters in DEAD_LETTERS:
        failed = failures(letters, history(letters))
        assert Counter(cause for _, cause in failed) == {cause: cause.count for cause in letters.causes}
        assert len({record.offset for record, _ in failed}) == len(failed)


def test_payments_fail_for_five_causes_whose_messages_differ() -> None:
    letters = DEAD_LETTERS[0]
    dead = [dead_letter(letters, record, cause) for record, cause in failures(letters, history(letters))]
    headers = [dict(letter.headers) for letter in dead]
    assert len({each["kafka_dlt-exception-cause-fqcn"] for each in headers}) == 5
    assert len({each["kafka_dlt-exception-message"] for each in headers}) > 0.9 * len(dead)
