"""Dead letters sent back by the command: as their origins were, and once, or left out with a reason."""

from __future__ import annotations

import json
import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from kafkatui.minicluster.cluster import Status
from kafkatui.minicluster.dialects import Connect, Dialect, Failure, Spring, Streams
from kafkatui.model.records import Header, Record
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.torture import PARTITIONS, TAKES_ALL, Seen, a_topic, read_by_confluent
from tests.waiting import eventually

LETTERS = 60
AT_MS = 1_795_000_000_000
HEADERS: tuple[Header, ...] = (("trace", b"t"), ("null", None), ("trace", b""), ("raw", b"\xff"))
DIALECTS: dict[str, Dialect] = {
    "spring": Spring("billing"),
    "connect": Connect("sink", "VALUE_CONVERTER", "org.example.Converter"),
    "streams": Streams(),
}
OWN = ("kafka_dlt-", "__connect.errors.", "__streams.errors.", "kafkatui-")


class Letters:
    """A topic, its dead letters, and what is written into both."""

    def __init__(self, status: Status, origin: str, dead: str) -> None:
        self.status, self.origin, self.dead = status, origin, dead
        self.producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2})
        for number in range(LETTERS):
            key = None if number % 7 == 0 else b"k%d" % number
            value = None if number % 11 == 0 else b'{"order": %d}' % number
            self._write(origin, number % PARTITIONS, key, value, HEADERS, AT_MS + number)
        self.producer.flush(20)
        self.records = read_by_confluent(status, origin, Isolation.COMMITTED)

    def fail(
        self, dialect: Dialect, which: slice = slice(None), exception: str = "java.lang.IllegalStateException"
    ) -> None:
        """Records of the origin become dead letters, with an id in each message."""
        for each in self.records[which]:
            record = Record(self.origin, *each[:3], each.key, each.value, each.headers)
            failure = Failure(exception, f"order {uuid.uuid4()} was refused", ("a.B.c(B.java:1)",), AT_MS + 60_000)
            letter = dialect(self.dead, record, failure)
            self._write(
                self.dead, each.partition, letter.key, letter.value, letter.headers, letter.timestamp_ms or AT_MS
            )
        self.producer.flush(20)

    def _write(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: tuple[Header, ...], at: int
    ) -> None:
        self.producer.produce(
            topic, value, key, partition=partition, headers=list(headers), timestamp=at
        )  # fmt: skip
        self.producer.poll(0)

    def back(self) -> list[Seen]:
        """What came back into the origin."""
        whole = read_by_confluent(self.status, self.origin, Isolation.COMMITTED)
        return [each for each in whole if "kafkatui-replay-id" in dict(each.headers)]

    def redrive(self, *words: str) -> Ran:
        return command_line.run("dlq", "redrive", self.dead, *words, "-b", self.status.bootstrap, "-y")


@pytest.fixture
def letters(mini_cluster: Status) -> Iterator[Letters]:
    with ExitStack() as stack:
        origin = stack.enter_context(a_topic(mini_cluster, "orders", TAKES_ALL))
        dead = stack.enter_context(a_topic(mini_cluster, "failed", TAKES_ALL))
        yield Letters(mini_cluster, origin, dead)


def content(seen: Seen) -> tuple[object, ...]:
    """Without place, time and stamps."""
    kept = tuple(header for header in seen.headers if not header[0].startswith("kafkatui-"))
    return seen.partition, seen.key, seen.value, kept


@pytest.mark.parametrize("name", DIALECTS)
def test_what_goes_back_is_what_had_failed(letters: Letters, name: str) -> None:
    letters.fail(DIALECTS[name])
    job = f"job-{uuid.uuid4().hex[:8]}"
    ran = letters.redrive("--job", job)
    assert ran.code == 0, ran.err
    back = letters.back()
    assert sorted(map(content, back), key=repr) == sorted(map(content, letters.records), key=repr)
    assert {dict(each.headers)["kafkatui-attempt"] for each in back} == {b"2"}
    assert {dict(each.headers)["kafkatui-replay-id"] for each in back} == {job.encode()}
    assert len({dict(each.headers)["kafkatui-source"] for each in back}) == LETTERS
    assert command_line.run("replay", "verify", job, "-b", letters.status.bootstrap).code == 0


def test_replay_to_origin_is_the_same(letters: Letters) -> None:
    letters.fail(DIALECTS["streams"], slice(0, 12))
    words = ["replay", letters.dead, "--to-origin", "-b", letters.status.bootstrap, "-y"]
    assert command_line.run(*words, "--to", letters.origin).code == 2
    ran = command_line.run(*words)
    assert ran.code == 0, ran.err
    assert sorted(map(content, letters.back()), key=repr) == sorted(map(content, letters.records[:12]), key=repr)


@pytest.mark.parametrize("timestamps", ["now", "keep"])
def test_twice_sends_once_and_force_sends_again(letters: Letters, timestamps: str) -> None:
    letters.fail(DIALECTS["spring"])
    words = ["--timestamps", timestamps]
    assert letters.redrive(*words).code == 0
    again = letters.redrive(*words)
    assert again.code == 0
    assert f"{LETTERS} dead letters left out: it was sent back before" in again.err
    assert "nothing is left to send" in again.err
    assert len(letters.back()) == LETTERS
    assert letters.redrive("--force", *words).code == 0
    assert len(letters.back()) == 2 * LETTERS


def test_what_comes_back_again_shows_its_attempt_and_ends_at_the_limit(letters: Letters) -> None:
    letters.fail(DIALECTS["connect"], slice(0, 10))
    for attempt in (2, 3):
        assert letters.redrive().code == 0
        letters.records = [each for each in letters.back() if dict(each.headers)["kafkatui-attempt"] == b"%d" % attempt]
        assert len(letters.records) == 10
        letters.fail(DIALECTS["connect"])
    ran = letters.redrive("--json", "--dry-run")
    plan = json.loads(ran.out)
    assert plan["records"] == 0
    assert {each["code"]: each["records"] for each in plan["left_out"]} == {"already_replayed": 20, "attempt_limit": 10}


def test_only_one_cause_goes_back(letters: Letters) -> None:
    letters.fail(DIALECTS["spring"], slice(0, 20))
    letters.fail(DIALECTS["spring"], slice(20, 50), exception="java.net.SocketTimeoutException")
    listed = command_line.run("dlq", letters.dead, "--json", "-b", letters.status.bootstrap)
    (topic,) = json.loads(listed.out)["topics"]
    causes = {each["exception"]: each for each in topic["causes"]}
    assert {name: each["count"] for name, each in causes.items()} == {
        "java.lang.IllegalStateException": 20, "java.net.SocketTimeoutException": 30
    }  # fmt: skip
    cause = causes["java.net.SocketTimeoutException"]
    assert letters.redrive("--cause", cause["cause"]).code == 0
    assert len(letters.back()) == 30
    assert letters.redrive().code == 0
    assert len(letters.back()) == 50


def test_only_picked_letters_go_back(letters: Letters) -> None:
    letters.fail(DIALECTS["connect"])
    dead = read_by_confluent(letters.status, letters.dead, Isolation.COMMITTED)
    wanted = [dead[1], dead[-1]]
    picked = ",".join(f"{each.partition}@{each.offset}" for each in wanted)
    job = f"job-{uuid.uuid4().hex[:8]}"
    ran = letters.redrive("--records", picked, "--job", job)
    assert ran.code == 0, ran.err
    sources = {dict(each.headers)["kafkatui-source"] for each in letters.back()}
    assert sources == {f"{letters.dead}-{each.partition}@{each.offset}".encode() for each in wanted}
    assert command_line.run("replay", "verify", job, "-b", letters.status.bootstrap).code == 0
    missing = letters.redrive("--records", f"{picked},0@999999")
    assert (missing.code, "of 3 dead letters that are picked 2 can be read" in missing.err) == (2, True), missing.err
    both = letters.redrive("--records", picked, "--cause", "x")
    assert (both.code, "no partitions, range or cause beside it" in both.err) == (2, True)
    assert letters.redrive().code == 0
    assert len(letters.back()) == LETTERS


def test_it_goes_where_a_mapping_says_and_never_round(letters: Letters, mini_cluster: Status) -> None:
    letters.fail(DIALECTS["streams"], slice(0, 9))
    with a_topic(mini_cluster, "repaired", TAKES_ALL) as other:
        chain = letters.redrive("--map", f"{letters.origin}={other}", "--map", f"{other}={letters.origin}")
        assert (chain.code, "a chain" in chain.err) == (2, True)
        assert letters.redrive("--map", f"{letters.origin}={other}").code == 0
        assert letters.back() == []
        assert len(read_by_confluent(mini_cluster, other, Isolation.COMMITTED)) == 9
        itself = letters.redrive("--to", letters.dead, "--dry-run", "--json")
        assert [each["code"] for each in json.loads(itself.out)["left_out"]] == ["dead_letter_topic"]


def test_what_is_no_dead_letter_is_left_alone_and_said(letters: Letters) -> None:
    letters.fail(DIALECTS["spring"], slice(0, 6))
    letters._write(letters.dead, 0, b"k", b"just a record", (), AT_MS)
    letters.producer.flush(20)
    ran = letters.redrive()
    assert ran.code == 0
    assert "1 dead letter left out: no known dialect tells that it is a dead letter" in ran.err
    assert len(letters.back()) == 6


def test_headers_are_kept_whole_or_taken_out_whole(letters: Letters) -> None:
    letters.fail(DIALECTS["spring"], slice(0, 3))
    dead = read_by_confluent(letters.status, letters.dead, Isolation.COMMITTED)
    assert letters.redrive("--keep-headers").code == 0
    kept = [tuple(each for each in seen.headers if not each[0].startswith("kafkatui-")) for seen in letters.back()]
    assert sorted(kept, key=repr) == sorted((seen.headers for seen in dead), key=repr)


def test_nothing_goes_without_a_yes(letters: Letters) -> None:
    letters.fail(DIALECTS["spring"])
    words = ["dlq", "redrive", letters.dead, "-b", letters.status.bootstrap]
    dry = command_line.run(*words, "--dry-run", "--json")
    assert (dry.code, json.loads(dry.out)["records"]) == (0, LETTERS)
    assert command_line.run(*words).code == 2
    assert letters.back() == []


def committed(letters: Letters, job: str) -> int:
    """Offsets, by Kafka's own client: a reader of the origin would wait while a transaction is open."""
    group = f"kafkatui-replay-{job}"
    consumer = Consumer({"bootstrap.servers": letters.status.bootstrap, "group.id": group})
    try:
        asked = [TopicPartition(letters.dead, number) for number in range(PARTITIONS)]
        return sum(max(0, each.offset) for each in consumer.committed(asked, 20))
    finally:
        consumer.close()


def test_killed_and_resumed_each_letter_goes_once(letters: Letters) -> None:
    letters.fail(DIALECTS["spring"])
    job = f"job-{uuid.uuid4().hex[:8]}"
    words = ["dlq", "redrive", letters.dead, "--job", job, "--rate", "5", "--chunk", "5", "-y"]
    running = command_line.start(*words, "-b", letters.status.bootstrap)
    eventually(lambda: committed(letters, job) > 5, 60)
    running.send_signal(signal.SIGKILL)
    command_line.ended(running)
    there = len(letters.back())
    assert 5 < there < LETTERS
    resumed = command_line.run("replay", "resume", job, "-b", letters.status.bootstrap, "-y")
    assert resumed.code == 0, resumed.err
    assert sorted(map(content, letters.back()), key=repr) == sorted(map(content, letters.records), key=repr)
    assert command_line.run("replay", "verify", job, "-b", letters.status.bootstrap).code == 0


def test_a_pointer_brings_its_record_back_or_is_left_out(letters: Letters) -> None:
    """Share groups write no payload (KIP-1191): what they name is read where it lies, if it still does."""
    for each in letters.records[:6]:
        texts = {"topic": letters.origin, "partition": each.partition, "offset": each.offset, "group": "share"}
        headers = tuple((f"__dlq.errors.{name}", str(text).encode()) for name, text in texts.items())
        letters._write(letters.dead, each.partition, None, None, headers, AT_MS + 90_000)
    gone = (
        ("__dlq.errors.topic", letters.origin.encode()),
        ("__dlq.errors.partition", b"0"),
        ("__dlq.errors.offset", b"9999"),
    )
    letters._write(letters.dead, 1, None, None, gone, AT_MS + 90_000)
    letters.producer.flush(20)
    ran = letters.redrive()
    assert ran.code == 0, ran.err
    assert "1 dead letter left out: payload lost" in ran.err
    assert sorted(map(content, letters.back()), key=repr) == sorted(map(content, letters.records[:6]), key=repr)


def test_a_target_that_refuses_one_stops_before_it(letters: Letters, mini_cluster: Status) -> None:
    letters.fail(DIALECTS["spring"], slice(0, 5))
    words = ["topics", "config", letters.origin, "cleanup.policy=compact", "-b", mini_cluster.bootstrap, "-y"]
    assert command_line.run(*words).code == 0
    ran = letters.redrive()
    assert ran.code == 1
    assert f"{letters.dead}-0@0 is refused by {letters.origin}-0" in ran.err
    assert letters.back() == []
