"""Headers of every dialect by their exact bytes, as they are written by the sample world and by hand."""

from __future__ import annotations

import pytest

from kafkatui.decoding.headers import decode_header, decode_headers
from kafkatui.minicluster.dialects import Connect, Dialect, Failure, Spring, Streams
from kafkatui.model.records import Record

RECORD = Record("payments", 3, 41_000_000_000, 1_700_000_000_000, b"k", b"v", (("trace", b"t-1"), ("empty", None)))
FAILURE = Failure("java.lang.IllegalStateException", "no funds", ("com.example.A.b(A.java:1)",), 1_700_000_001_000)


@pytest.mark.parametrize(
    ("dialect", "numbers"),
    [
        (
            Spring("billing"),
            {
                "kafka_dlt-original-partition": 3,
                "kafka_dlt-original-offset": 41_000_000_000,
                "kafka_dlt-original-timestamp": 1_700_000_000_000,
            },
        ),
        (
            Connect("sink", "VALUE_CONVERTER", "org.example.Converter"),
            {
                "__connect.errors.partition": 3,
                "__connect.errors.offset": 41_000_000_000,
                "__connect.errors.task.id": 0,
            },
        ),
        (Streams(), {"__streams.errors.partition": 3, "__streams.errors.offset": 41_000_000_000}),
    ],
)
def test_the_numbers_of_the_sample_world(dialect: Dialect, numbers: dict[str, int]) -> None:
    written = dialect("dead", RECORD, FAILURE).headers
    decoded = decode_headers(written)
    assert [(name, field.raw) for name, field in decoded] == list(written)
    assert {name: field.value for name, field in decoded if isinstance(field.value, int)} == numbers
    assert all(isinstance(field.value, (str, int)) for _, field in decoded if field.raw is not None)
    assert not any(field.problem or field.notes for _, field in decoded)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("kafka_dlt-original-partition", b"\x00\x00\x00\x05", 5),
        ("kafka_dlt-original-offset", b"\x00\x00\x00\x00\x00\x00\x00\x2a", 42),
        ("kafka_dlt-original-timestamp", b"\xff\xff\xff\xff\xff\xff\xff\xff", -1),
        ("kafka_dlt-original-timestamp-type", b"CreateTime", "CreateTime"),
        ("kafka_dlt-original-topic", b"payments", "payments"),
        ("kafka_deliveryAttempt", b"\x00\x00\x00\x02", 2),
        ("retry_topic-attempts", b"\x00\x00\x00\x02", 2),
        ("retry_topic-attempts", b"\x02", 2),
        ("retry_topic-attempts", b"2", 50),
        ("retry_topic-backoff-timestamp", b"\x01\x8b\xcf\xe5\x68\x00", 1_700_000_000_000),
        ("retry_topic-original-timestamp", b"\x00", 0),
        ("kafka_original-partition", b"\x00\x00\x00\x05", 5),
        ("kafka_original-offset", b"\x00\x00\x00\x00\x00\x00\x00\x2a", 42),
        ("kafka_original-timestamp", b"\x00\x00\x01\x8b\xcf\xe5\x68\x00", 1_700_000_000_000),
        ("x-original-partition", b"\x00\x00\x00\x05", 5),
        ("x-original-offset", b"\x00\x00\x00\x00\x00\x00\x00\x2a", 42),
        ("__dlq.errors.topic", b"orders", "orders"),
        ("__dlq.errors.partition", b"5", 5),
        ("__dlq.errors.offset", b"42", 42),
        ("__dlq.errors.delivery.count", b"5", 5),
        ("__dlq.errors.message", b"Offset rejected by client.", "Offset rejected by client."),
        ("dead-letter-partition", b"5", 5),
        ("dead-letter-offset", b"9223372036854775807", (1 << 63) - 1),
        ("dead-letter-reason", b"", ""),
        ("original_partition", b"5", 5),
        ("original_offset", b"42", 42),
        ("__streams.errors.partition", b"-1", -1),
    ],
)
def test_each_dialect_by_its_bytes(name: str, raw: bytes, value: object) -> None:
    decoded = decode_header(name, raw)
    assert decoded.value == value
    assert decoded.raw == raw
    assert decoded.notes == ()


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("x-original-partition", b"5", 5),
        ("x-original-partition", b"1234", 1234),
        ("x-original-offset", b"12345678", 12_345_678),
        ("kafka_dlt-original-timestamp", b"1700000000000", 1_700_000_000_000),
        ("retry_topic-original-timestamp", b"1700000000000", 1_700_000_000_000),
    ],
)
def test_decimal_text_under_a_binary_name_is_read_with_a_note(name: str, raw: bytes, value: int) -> None:
    decoded = decode_header(name, raw)
    assert (decoded.decoder, decoded.value) == ("decimal", value)
    assert "written as text" in decoded.notes[0]


def test_what_the_name_promises_and_the_bytes_do_not_keep() -> None:
    decoded = decode_header("retry_topic-backoff-timestamp", b"2021-01-01T00:00:00")
    assert (decoded.value, decoded.notes) == ("2021-01-01T00:00:00", ("text, where the name promises integer",))
    for name, raw in (
        ("kafka_dlt-original-partition", b"\x00\x05"),
        ("kafka_dlt-original-offset", b""),
        ("__connect.errors.offset", b"\xff"),
        ("__connect.errors.offset", b""),
    ):
        failed = decode_header(name, raw)
        assert failed.problem
        assert failed.raw == raw
    assert decode_header("__connect.errors.offset", b"1" * 5000).value == "1" * 5000


def test_other_headers_are_text_or_bytes() -> None:
    assert decode_header("trace", "ü".encode()).value == "ü"
    assert decode_header("trace", b"\x00\x00\x00\x05").value == b"\x00\x00\x00\x05"
    assert decode_header("trace", b"\xac\xed\x00\x05sr").decoder == "bytes"
    assert decode_header("trace", None).value is None
    assert decode_header("kafka_dlt-original-offset", None).value is None


def test_order_and_duplicates_stay() -> None:
    headers = (("a", b"1"), ("b", None), ("a", b""), ("a", b"1"))
    assert tuple((name, field.raw) for name, field in decode_headers(headers)) == headers
