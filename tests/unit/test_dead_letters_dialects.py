"""Dead letters of every dialect by their exact bytes: origin, cause and attempts as values, and what is not told."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from kafkatui.dead_letters import dialects
from kafkatui.dead_letters.letter import DeadLetter, Origin, Text
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.minicluster import dialects as written
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Header, Place, Record, TimestampType
from tests import dead_letters
from tests.dead_letters import APP, ORIGIN_MS, TRACE, a_letter

RULE = DeadLetterRule(
    "orders-*", topic="source-topic", partition="source-partition", offset="source-offset", timestamp="source-time",
    exception="error", message="why", attempts="tries",
)  # fmt: skip
RECOGNISER = Recogniser([RULE])


def read(record: Record) -> DeadLetter:
    letter = RECOGNISER.read(record)
    assert letter is not None
    return letter


def code(value: Text | Reading) -> str:
    assert isinstance(value, Problem)
    return value.code


class Expected(NamedTuple):
    """What a dead letter of `payments-3` must be read as; None: the dialect does not tell it."""

    record: Record
    dialect: dialects.Dialect
    offset: int
    exception: str | None
    message: str | None
    timestamp_ms: int | None = None
    group: str | None = None
    attempts: int | None = None


ALL = {
    "spring": Expected(
        dead_letters.SPRING, dialects.SPRING, 41_000_000_000, "java.lang.IllegalStateException",
        "Listener failed; no funds", ORIGIN_MS, "billing", 10,
    ),
    "spring, the key failed": Expected(
        dead_letters.SPRING_KEY_FAILED, dialects.SPRING, 41_000_000_000,
        "org.springframework.kafka.support.serializer.DeserializationException", "failed to deserialize",
        ORIGIN_MS, "billing",
    ),
    "spring with retry topics": Expected(
        dead_letters.SPRING_RETRY, dialects.SPRING_RETRY, 42, "java.lang.IllegalStateException",
        "Listener failed; no funds", ORIGIN_MS, "billing", 3,
    ),
    "cloud stream": Expected(
        dead_letters.CLOUD_STREAM, dialects.SPRING_CLOUD_STREAM, 42, "java.lang.IllegalStateException", "no funds",
        ORIGIN_MS, "billing",
    ),
    "connect": Expected(
        dead_letters.CONNECT, dialects.CONNECT, 41_000_000_000, "org.apache.kafka.connect.errors.DataException",
        "Converting byte[] to Kafka Connect data failed", ORIGIN_MS,
    ),
    "streams": Expected(
        dead_letters.STREAMS, dialects.STREAMS, 41_000_000_000, "java.lang.NullPointerException",
        'Cannot invoke "A.b()" because "a" is null',
    ),
    "share group": Expected(
        dead_letters.POINTER, dialects.SHARE_GROUPS, 41_000_000_000, None,
        "Offset delivery count exceeded the threshold.", group="picking", attempts=5,
    ),
    "smallrye": Expected(
        dead_letters.SMALLRYE, dialects.SMALLRYE, 41_000_000_000, "java.lang.IllegalStateException", "no funds"
    ),
    "config file": Expected(
        dead_letters.MAPPED, RECOGNISER.dialects("orders-broken")[0], 42, "java.lang.IllegalStateException",
        "no funds", ORIGIN_MS, None, 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_every_dialect_is_read_as_typed_values(name: str) -> None:
    expected = ALL[name]
    letter = read(expected.record)
    assert letter.dialect == expected.dialect
    assert letter.others == ()
    assert letter.passes == 1
    assert letter.last_origin.place == Place("payments", 3, expected.offset)
    told = (letter.exception, letter.message, letter.last_origin.timestamp_ms, letter.last_origin.group)
    wanted = (expected.exception, expected.message, expected.timestamp_ms, expected.group)
    for one, other in zip((*told, letter.attempts), (*wanted, expected.attempts), strict=True):
        if other is None:
            assert code(one) in ("not_told", "missing")
        else:
            assert one == other


@pytest.mark.parametrize("name", ALL)
def test_what_is_not_of_the_dialect_is_what_the_record_had(name: str) -> None:
    letter = read(ALL[name].record)
    kept = tuple(header for header in letter.record.headers if header[0] not in letter.own)
    assert kept == (() if letter.is_pointer else APP)


def test_stack_trace_connector_stage_and_task() -> None:
    letter = read(dead_letters.CONNECT)
    assert (letter.connector, letter.stage, letter.task) == ("payments-sink", "VALUE_CONVERTER", 1)
    assert letter.stacktrace == TRACE.decode()
    spring = read(dead_letters.SPRING)
    assert code(spring.connector) == code(spring.stage) == code(spring.task) == "not_told"


def test_what_spring_appends_is_first_origin_last_origin_and_three_passes() -> None:
    letter = read(dead_letters.THREE_PASSES)
    assert letter.first_origin.place == Place("payments", 3, 41_000_000_000)
    assert letter.last_origin.place == Place("payments", 3, 41_000_000_009)
    assert (letter.passes, letter.sent) == (3, 3)
    assert letter.exception == "java.lang.IllegalStateException"


def test_connect_keeps_the_time_of_the_record_unless_the_broker_sets_it() -> None:
    appended = dead_letters.CONNECT._replace(timestamp_type=TimestampType.LOG_APPEND)
    assert code(read(appended).last_origin.timestamp_ms) == "not_told"


def test_what_connect_appends_is_read_in_the_same_way() -> None:
    again = tuple(
        (name, {"__connect.errors.offset": b"9", "__connect.errors.stage": b"TASK_PUT"}.get(name, raw))
        for name, raw in dead_letters.CONNECT_HEADERS
    )
    letter = read(a_letter("dlq.sink", (*APP, *dead_letters.CONNECT_HEADERS, *again)))
    assert (letter.passes, letter.sent, letter.stage) == (2, 2, "TASK_PUT")
    assert (letter.first_origin.offset, letter.last_origin.offset) == (41_000_000_000, 9)
    assert code(letter.first_origin.timestamp_ms) == "not_told", "only the newest is the dead letter's own"


def test_what_smallrye_puts_in_front_is_the_newest() -> None:
    letter = read(dead_letters.SMALLRYE_TWICE)
    assert letter.first_origin.place == Place("payments", 3, 41_000_000_000)
    assert letter.last_origin.place == Place("payments", 3, 41_000_000_009)
    assert (letter.exception, letter.message) == ("java.lang.NullPointerException", "later"), "not the older cause"


def test_arroyo_does_not_name_the_topic() -> None:
    origin = read(dead_letters.ARROYO).last_origin
    assert (origin.partition, origin.offset) == (3, 42)
    assert code(origin.topic) == "not_told"
    assert isinstance(origin.place, Problem)
    assert RECOGNISER.read(a_letter("x", (("original_offset", b"42"),))) is None, "one name alone may mean anything"


def test_a_pointer_has_no_payload_and_a_copy_has() -> None:
    assert read(dead_letters.POINTER).is_pointer
    assert not read(dead_letters.SHARE_COPY).is_pointer
    assert not read(a_letter("payments-dlt", dead_letters.SPRING_HEADERS)._replace(key=None, value=None)).is_pointer


def test_of_two_dialects_the_one_that_stands_last_is_the_newest() -> None:
    both = a_letter("dlq.sink", (*dead_letters.SPRING_HEADERS, *dead_letters.CONNECT_HEADERS))
    letter = read(both)
    assert (letter.dialect, letter.others) == (dialects.CONNECT, (dialects.SPRING,))
    assert tuple(header for header in both.headers if header[0] not in letter.own) == APP
    back = read(a_letter("payments-dlt", (*dead_letters.CONNECT_HEADERS, *dead_letters.SPRING_HEADERS)))
    assert (back.dialect, back.others) == (dialects.SPRING, (dialects.CONNECT,))


def test_the_config_file_goes_before_what_is_known_anyway_and_only_for_its_topics() -> None:
    headers = (*dead_letters.MAPPED.headers, *dead_letters.CONNECT_HEADERS)
    assert read(a_letter("orders-broken", headers)).dialect.name == "mapped"
    assert read(a_letter("others", headers)).dialect == dialects.CONNECT
    assert RECOGNISER.read(a_letter("others", dead_letters.MAPPED.headers)) is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"\x00\x00\x00\x05", 5),
        (b"\x00\x00\x00\x00\x00\x00\x00\x05", 5),
        (b"5", 5),
        (b"1234", 1234),
        (b"12345678", 12_345_678),
        (b"five", "malformed"),
        (b"", "malformed"),
        (b"\x00\x05", "malformed"),
        (None, "missing"),
    ],
)
def test_numbers_of_a_program_of_ones_own(raw: bytes | None, value: int | str) -> None:
    headers = (("source-topic", b"t"), ("source-partition", b"0"), ("source-offset", raw))
    offset = read(a_letter("orders-broken", headers)).last_origin.offset
    assert (offset if isinstance(value, int) else code(offset)) == value


@pytest.mark.parametrize(
    ("changes", "part", "reason"),
    [
        ({"kafka_dlt-original-offset": b"\x00\x05"}, "offset", "malformed"),
        ({"kafka_dlt-original-offset": None}, "offset", "missing"),
        ({"kafka_dlt-original-partition": b"\x80\x00\x00\x00"}, "partition", "not_told"),
        ({"kafka_dlt-original-topic": b"\xff\xfe"}, "topic", "malformed"),
        ({"kafka_dlt-original-topic": None}, "topic", "missing"),
        ({"kafka_dlt-original-timestamp": b"yesterday"}, "timestamp_ms", "malformed"),
        ({"kafka_dlt-original-consumer-group": b"\xff"}, "group", "malformed"),
    ],
)
def test_what_is_malformed_is_a_reason_and_costs_nothing_else(
    changes: dict[str, bytes | None], part: str, reason: str
) -> None:
    headers = tuple((name, changes.get(name, raw)) for name, raw in dead_letters.SPRING_HEADERS)
    letter = read(a_letter("payments-dlt", headers))
    assert code(getattr(letter.last_origin, part)) == reason
    others = [name for name in ("topic", "partition", "offset", "timestamp_ms", "group") if name != part]
    assert not any(isinstance(getattr(letter.last_origin, name), Problem) for name in others)
    assert letter.exception == "java.lang.IllegalStateException"


def test_streams_has_minus_one_where_no_record_was_at_work() -> None:
    place: tuple[Header, ...] = (("__streams.errors.partition", b"-1"), ("__streams.errors.offset", b"-1"))
    headers = (("__streams.errors.exception", b"E"), ("__streams.errors.topic", None), *place)
    origin = read(a_letter("enricher-dlq", headers)).last_origin
    assert (code(origin.topic), code(origin.partition), code(origin.offset)) == ("missing", "not_told", "not_told")


def test_parts_that_repeat_unevenly_are_not_put_together() -> None:
    headers = (*dead_letters.SPRING_HEADERS, ("kafka_dlt-original-topic", b"other"))
    letter = read(a_letter("payments-dlt", headers))
    assert letter.passes == 1
    assert code(letter.last_origin.topic) == code(letter.last_origin.offset) == "uneven"
    text = str(getattr(letter.last_origin.topic, "text", ""))
    assert text.startswith("2 x kafka_dlt-original-topic, 1 x kafka_dlt-original-partition, 1 x")


def test_the_stamp_of_a_record_that_came_back() -> None:
    stamped = (*dead_letters.SPRING_HEADERS, ("kafkatui-replay-id", b"j"), ("kafkatui-attempt", b"2"))
    letter = read(a_letter("payments-dlt", stamped))
    assert letter.sent == 2
    assert {"kafkatui-replay-id", "kafkatui-attempt"} <= letter.own
    assert code(read(a_letter("payments-dlt", (*stamped, ("kafkatui-attempt", b"two")))).sent) == "malformed"


@pytest.mark.parametrize(
    ("dialect", "topic"),
    [
        (written.Spring("billing"), "payments-dlt"),
        (written.Connect("sink", "TASK_PUT", "org.example.Task"), "dlq.sink"),
        (written.Streams(), "enricher-dlq"),
    ],
)
def test_what_the_sample_world_writes(dialect: written.Dialect, topic: str) -> None:
    record = Record("payments", 3, 41_000_000_000, ORIGIN_MS, b"k", b"v", APP)
    made = dialect(topic, record, written.Failure("java.lang.X", "no", ("a.B.c(B.java:1)",), ORIGIN_MS + 1))
    letter = read(Record(topic, 0, 0, made.timestamp_ms or 0, made.key, made.value, made.headers))
    assert letter.last_origin.place == Place("payments", 3, 41_000_000_000)
    assert letter.exception == "java.lang.X"
    assert tuple(header for header in made.headers if header[0] not in letter.own) == APP


@pytest.mark.parametrize("seed", range(200))
def test_no_headers_of_any_kind_break_it(seed: int) -> None:
    """Headers of all dialects, left out, repeated, shuffled and filled with anything: an answer, and no exception."""
    chance = random.Random(seed)
    pool: list[Header] = [header for each in ALL.values() for header in each.record.headers]
    headers = [chance.choice(pool) for _ in range(chance.randrange(30))]
    for at in range(len(headers)):
        if chance.random() < 0.4:
            raw = chance.choice([None, b"", chance.randbytes(chance.randrange(12)), b"9" * 25, b"-1", "ü".encode()])
            headers[at] = (headers[at][0], raw)
    record = Record(chance.choice(["orders-x", "dlq"]), 0, 0, 0, chance.choice([None, b"k"]), None, tuple(headers))
    letter = RECOGNISER.read(record)
    if letter is not None:
        assert letter.passes >= 1
        assert letter.own <= {name for name, _ in headers}
        for origin in letter.origins:
            assert isinstance(origin, Origin)
            assert isinstance(origin.partition, Problem) or 0 <= origin.partition < 1 << 31
            assert isinstance(origin.offset, Problem) or origin.offset >= 0
            assert isinstance(origin.place, Place | Problem)


def test_a_record_without_such_headers_is_none() -> None:
    assert RECOGNISER.read(a_letter("payments-dlt", ())) is None
    assert RECOGNISER.read(a_letter("payments-dlt", APP)) is None
    returned = (("kafkatui-attempt", b"2"), ("retry_topic-attempts", b"\x00\x00\x00\x02"))
    assert RECOGNISER.read(a_letter("payments", returned)) is None
