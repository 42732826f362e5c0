"""Redrive plans: what would be sent is the origin's record byte for byte, and what is left out says why."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.origin import Fetched
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redrive import LeftOut, Redrive, Send, chains, plan
from kafkatui.minicluster import dialects as written
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, NewRecord, Place, Record
from tests import dead_letters
from tests.dead_letters import APP, KEY, ORIGIN_MS, VALUE, a_letter

RECOGNISER = Recogniser([DeadLetterRule("orders-*", topic="source-topic", partition="source-partition")])
REDRIVE = Redrive("job-1", {"payments": 6, "orders": 2})
HOW = written.Failure("java.lang.X", "no", ("a.B.c(B.java:1)",), ORIGIN_MS + 1)
Writer = Callable[[Record], tuple[Header, ...]]
"""The headers of the dead letter that a record becomes."""


def read(record: Record) -> DeadLetter:
    letter = RECOGNISER.read(record)
    assert letter is not None
    return letter


def planned(
    record: Record, redrive: Redrive = REDRIVE, origins: Mapping[Place, Fetched] | None = None
) -> Send | LeftOut:
    (one,) = plan([read(record)], redrive, origins)
    return one


def sent(record: Record, redrive: Redrive = REDRIVE, origins: Mapping[Place, Fetched] | None = None) -> NewRecord:
    one = planned(record, redrive, origins)
    assert isinstance(one, Send), one
    return one.record


def why(record: Record, redrive: Redrive = REDRIVE, origins: Mapping[Place, Fetched] | None = None) -> str:
    one = planned(record, redrive, origins)
    assert isinstance(one, LeftOut), one
    return one.problem.code


def stamps(place: str, attempt: int = 2) -> tuple[Header, ...]:
    return (
        ("kafkatui-replay-id", b"job-1"),
        ("kafkatui-source", place.encode()),
        ("kafkatui-attempt", b"%d" % attempt),
    )


def test_to_its_topic_and_partition_stripped_and_stamped_at_the_moment_of_sending() -> None:
    one = planned(dead_letters.SPRING)
    assert isinstance(one, Send)
    assert one.record == NewRecord("payments", KEY, VALUE, (*APP, *stamps("payments-dlt-3@7")), None, 3)
    assert (one.attempt, one.remarks) == (2, ())


def test_headers_are_kept_whole_or_taken_out_whole() -> None:
    kept = sent(dead_letters.SPRING, replace(REDRIVE, keep_headers=True))
    assert kept.headers == (*dead_letters.SPRING_HEADERS, *stamps("payments-dlt-3@7"))


def test_the_time_of_the_origin_if_it_is_wanted() -> None:
    keep = replace(REDRIVE, keep_timestamps=True)
    assert sent(dead_letters.SPRING, keep).timestamp_ms == ORIGIN_MS
    assert sent(dead_letters.CONNECT, keep).timestamp_ms == ORIGIN_MS
    assert sent(dead_letters.SMALLRYE, keep).timestamp_ms is None, "SmallRye does not tell it"


# The headers each framework writes of a failed record, to be put before or behind those it had.
def _spring(record: Record) -> tuple[Header, ...]:
    return written.Spring("billing")("payments-dlt", record, HOW).headers


def _connect(record: Record) -> tuple[Header, ...]:
    return written.Connect("sink", "TASK_PUT", "a.Task")("dlq.sink", record, HOW).headers


def _streams(record: Record) -> tuple[Header, ...]:
    return written.Streams()("enricher-dlq", record, HOW).headers


def _smallrye(record: Record) -> tuple[Header, ...]:
    place = (("dead-letter-topic", record.topic), ("dead-letter-partition", str(record.partition)))
    texts = (("dead-letter-exception-class-name", "X"), *place, ("dead-letter-offset", str(record.offset)))
    return (*((name, text.encode()) for name, text in texts), *record.headers)


def _cloud_stream(record: Record) -> tuple[Header, ...]:
    place = (("x-original-topic", record.topic.encode()), ("x-original-partition", record.partition.to_bytes(4, "big")))
    return (*record.headers, *place, ("x-original-offset", record.offset.to_bytes(8, "big")))


def _retry_topics(record: Record) -> tuple[Header, ...]:
    place = (("kafka_original-topic", b"payments"), ("kafka_original-partition", record.partition.to_bytes(4, "big")))
    tries = (("retry_topic-attempts", b"\x00\x00\x00\x02"), ("retry_topic-attempts", b"\x00\x00\x00\x03"))
    return (*record.headers, *place, *tries, ("kafka_exception-fqcn", b"X"))


def _mapped(record: Record) -> tuple[Header, ...]:
    place = (("source-topic", record.topic.encode()), ("source-partition", str(record.partition).encode()))
    return (*record.headers, *place)


WRITERS: dict[str, tuple[str, Writer]] = {
    "spring": ("payments-dlt", _spring),
    "connect": ("dlq.sink", _connect),
    "streams": ("enricher-dlq", _streams),
    "smallrye": ("dead-letter-topic-x", _smallrye),
    "cloud stream": ("error.payments.billing", _cloud_stream),
    "retry topics": ("payments-dlt", _retry_topics),
    "config file": ("orders-dlq", _mapped),
}


def an_origin(chance: random.Random) -> Record:
    """Any bytes, nulls, empty ones, and headers that repeat, are null, empty, not UTF-8 or look like somebody's."""
    names = ["a", "", "trace", "trace", "kafka_correlationId", "dead-letters", "x-original", "__connect", "\udcff"]
    values = [None, b"", b"1", chance.randbytes(20), "ü".encode()]
    headers = tuple((chance.choice(names), chance.choice(values)) for _ in range(chance.randrange(8)))
    key, value = (chance.choice([None, b"", chance.randbytes(chance.randrange(300))]) for _ in range(2))
    return Record("payments", chance.randrange(6), chance.randrange(1 << 40), ORIGIN_MS, key, value, headers)


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_sent_is_the_record_that_failed_byte_for_byte(name: str, seed: int) -> None:
    """Once, and again after it came back: the stamps change, and nothing else ever does."""
    origin = an_origin(random.Random(f"{name} {seed}"))
    topic, write = WRITERS[name]
    failed = origin
    for attempt in (2, 3):
        letter = Record(topic, 0, attempt, ORIGIN_MS, failed.key, failed.value, write(failed))
        record = sent(letter)
        assert (record.key, record.value, record.partition) == (origin.key, origin.value, origin.partition)
        assert record.headers == (*origin.headers, *stamps(f"{topic}-0@{attempt}", attempt))
        failed = Record("payments", origin.partition, 5, ORIGIN_MS, record.key, record.value, record.headers)
    third = Record(topic, 0, 9, ORIGIN_MS, failed.key, failed.value, write(failed))
    assert why(third) == "attempt_limit"
    assert sent(third, replace(REDRIVE, force=True)).headers == (*origin.headers, *stamps(f"{topic}-0@9", 4))
    assert sent(third, replace(REDRIVE, limit=9)).headers[-1] == ("kafkatui-attempt", b"4")


def test_sent_before_is_left_out_unless_forced() -> None:
    again = replace(REDRIVE, sent_already={Place("payments-dlt", 3, 7)})
    assert why(dead_letters.SPRING, again) == "already_replayed"
    assert sent(dead_letters.SPRING, replace(again, force=True)).headers == (*APP, *stamps("payments-dlt-3@7"))


def test_three_passes_without_a_stamp_are_three_times_sent() -> None:
    assert why(dead_letters.THREE_PASSES) == "attempt_limit"
    assert sent(dead_letters.THREE_PASSES, replace(REDRIVE, limit=4)).headers == (*APP, *stamps("payments-dlt-3@7", 4))


def test_a_stamp_that_can_not_be_read_is_no_first_time() -> None:
    odd = a_letter("payments-dlt", (*dead_letters.SPRING_HEADERS, ("kafkatui-attempt", b"many")))
    assert why(odd) == "malformed"
    assert sent(odd, replace(REDRIVE, force=True)).headers == (*APP, *stamps("payments-dlt-3@7"))


def test_without_an_origin_there_is_one_topic_or_none() -> None:
    assert why(dead_letters.ARROYO) == "no_origin"
    record = sent(dead_letters.ARROYO, replace(REDRIVE, to="orders"))
    assert (record.topic, record.partition) == ("orders", None), "orders has no partition 3"


def test_a_mapping_goes_before_one_topic_for_all() -> None:
    redrive = Redrive("job-1", {"orders": 2, "others": 2}, to="others", mapping={"payments": "orders"})
    assert sent(dead_letters.SPRING, redrive).topic == "orders"
    assert sent(dead_letters.ARROYO, redrive).topic == "others"


def test_the_partition_is_kept_where_it_can_be_and_else_its_key_decides() -> None:
    one = planned(dead_letters.SPRING, replace(REDRIVE, to="orders"))
    assert isinstance(one, Send)
    assert (one.record.partition, one.remarks) == (None, ("orders has no partition 3: its key decides",))
    bare = a_letter("payments-dlt", (("kafka_dlt-original-topic", b"payments"),))
    one = planned(bare)
    assert isinstance(one, Send)
    assert (one.record.partition, one.remarks) == (None, ("it does not tell its partition: its key decides",))


@pytest.mark.parametrize(
    ("redrive", "reason"),
    [
        (replace(REDRIVE, mapping={"payments": "orders", "orders": "payments"}), "chain"),
        (replace(REDRIVE, mapping={"payments": "orders", "orders": "elsewhere"}), "chain"),
        (replace(REDRIVE, to="orders", mapping={"orders": "payments"}), "chain"),
        (replace(REDRIVE, to="payments-dlt"), "dead_letter_topic"),
        (replace(REDRIVE, to="dlq.others"), "dead_letter_topic"),
        (replace(REDRIVE, to="orders", dead_letter_topics={"orders"}), "dead_letter_topic"),
        (replace(REDRIVE, to="nowhere"), "unknown_topic_or_partition"),
        (replace(REDRIVE, partitions={}), "unknown_topic_or_partition"),
    ],
)
def test_where_nothing_is_sent(redrive: Redrive, reason: str) -> None:
    assert why(dead_letters.SPRING, redrive) == reason
    assert why(dead_letters.SPRING, replace(redrive, force=True)) == reason


def test_dead_letters_of_a_dead_letter_topic_go_to_where_it_all_began() -> None:
    """A consumer of the dead-letter topic that fails itself makes another one; sending back to the first is a loop."""
    again = a_letter(
        "payments-dlt-dlt",
        (*dead_letters.spring_origin(), *dead_letters.spring_origin(topic=b"payments-dlt")),
    )
    assert sent(again).topic == "payments"


def test_chains_of_a_mapping() -> None:
    assert chains({"a": "b", "c": "d"}) == ()
    assert chains({"a": "b", "b": "c"}) == ("b",)
    assert chains({"a": "b", "b": "a"}) == ("a", "b")
    assert chains({"a": "a", "b": "c"}) == ()


class TestPointers:
    ORIGIN = Record("payments", 3, 41_000_000_000, ORIGIN_MS, KEY, None, APP)
    PLACE = Place("dlq.picking", 0, 7)

    def test_the_record_it_names_is_sent_with_its_own_headers(self) -> None:
        record = sent(dead_letters.POINTER, origins={self.PLACE: self.ORIGIN})
        expected = (*APP, *stamps("dlq.picking-0@7"))
        assert record == NewRecord("payments", KEY, None, expected, None, 3), "a tombstone is no lost payload"

    def test_lost_is_never_sent_empty(self) -> None:
        deleted = Problem("deleted", "the log starts at 5")
        assert why(dead_letters.POINTER, origins={self.PLACE: deleted}) == "payload_lost"
        assert why(dead_letters.POINTER) == "not_fetched"
        force = replace(REDRIVE, force=True)
        assert why(dead_letters.POINTER, force, {self.PLACE: deleted}) == "payload_lost"
        assert why(dead_letters.POINTER, force) == "not_fetched"

    def test_a_copied_payload_is_sent_when_the_origin_is_gone_and_it_is_said_what_is_missing(self) -> None:
        place = Place("dlq.picking", 0, 8)
        assert sent(dead_letters.SHARE_COPY, origins={place: self.ORIGIN}).headers[: len(APP)] == APP
        one = planned(dead_letters.SHARE_COPY, origins={place: Problem("deleted", "gone")})
        assert isinstance(one, Send)
        assert (one.record.key, one.record.value, one.record.headers) == (KEY, VALUE, stamps("dlq.picking-0@8"))
        assert one.remarks == ("the headers of the origin are not in the dead letter, and the origin is gone",)

    def test_what_only_could_not_be_read_now_is_not_called_lost(self) -> None:
        silent = Problem("no_answer", "broker 2: no answer for 10 s")
        assert why(dead_letters.POINTER, origins={self.PLACE: silent}) == "no_answer"
        copied = {Place("dlq.picking", 0, 8): silent}
        assert why(dead_letters.SHARE_COPY, origins=copied) == "no_answer", "its headers are there to be had"

    def test_the_stamp_is_on_the_record_it_names(self) -> None:
        back = self.ORIGIN._replace(headers=(*APP, *stamps("dlq.picking-0@1", 2)))
        record = sent(dead_letters.POINTER, origins={self.PLACE: back})
        assert record.headers == (*APP, *stamps("dlq.picking-0@7", 3))
        worn = self.ORIGIN._replace(headers=(*APP, *stamps("dlq.picking-0@1", 3)))
        assert why(dead_letters.POINTER, origins={self.PLACE: worn}) == "attempt_limit"

    def test_two_pointers_to_one_record_send_it_once(self) -> None:
        twice = [read(dead_letters.POINTER), read(dead_letters.POINTER._replace(offset=9))]
        origins: dict[Place, Fetched] = {letter.place: self.ORIGIN for letter in twice}
        first, second = plan(twice, REDRIVE, origins)
        assert isinstance(first, Send)
        assert isinstance(second, LeftOut)
        assert second.problem == Problem("duplicate", "the same record as dlq.picking-0@7 names")
        for known in ({first.letter.place}, set(first.sources)):
            again = list(plan(twice, replace(REDRIVE, sent_already=known), origins))
            assert [isinstance(each, LeftOut) for each in again] == [True, True]
        (alone,) = plan(twice[1:], replace(REDRIVE, sent_already=set(first.sources)), origins)
        assert isinstance(alone, LeftOut)
        assert first.sources == (Place("dlq.picking", 0, 7), Place("payments", 3, 41_000_000_000))
