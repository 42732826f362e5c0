"""Replays by the command, against real brokers: what arrives is what was chosen, once, in order, or nothing at all."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.replays import a_job, content
from tests.kafka.torture import PARTITIONS, TAKES_ALL, a_topic, a_torture_topic, read_by_confluent
from tests.making_topics import make_topics
from tests.waiting import eventually

RECORDS = 60_000
COMMITTED = Isolation.COMMITTED


@pytest.fixture(scope="module")
def source(mini_cluster: Status) -> Iterator[str]:
    """Numbers from 0 on in turn over the partitions, as JSON, with a key and a header."""
    with a_topic(mini_cluster, "replayed", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2, "linger.ms": 20})
        for number in range(RECORDS):
            producer.produce(
                name,
                partition=number % PARTITIONS,
                key=b"k%d" % (number % 1_000),
                value=b'{"number": %d}' % number,
                headers=[("trace", b"t%d" % number)],
            )
            if number % 5_000 == 0:
                producer.poll(0)
        assert producer.flush(60) == 0
        yield name


@pytest.fixture(scope="module")
def torture(mini_cluster: Status) -> Iterator[str]:
    with a_torture_topic(mini_cluster) as name:
        yield name


@pytest.fixture
def target(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "copies", TAKES_ALL) as name:
        yield name


def replay(mini_cluster: Status, *words: str) -> Ran:
    return command_line.run("replay", *words, "-b", mini_cluster.bootstrap, "-y")


def copies(mini_cluster: Status, topic: str) -> dict[int, list[tuple[Any, ...]]]:
    return content(read_by_confluent(mini_cluster, topic, COMMITTED))


def ends_of(mini_cluster: Status, topic: str) -> list[int]:
    consumer = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": "unused"})
    try:
        # A broker may not have heard of a new topic yet.
        eventually(lambda: len(consumer.list_topics(topic, 20).topics[topic].partitions) == PARTITIONS, 30)
        return [consumer.get_watermark_offsets(TopicPartition(topic, each), 20)[1] for each in range(PARTITIONS)]
    finally:
        consumer.close()


def test_every_kind_of_record_arrives_as_it_was(mini_cluster: Status, torture: str, target: str) -> None:
    job = a_job()
    ran = replay(mini_cluster, torture, "--to", target, "--job", job)
    assert ran.code == 0, ran.err
    # An open transaction ends the range of its partition; the plan says so.
    assert "behind a transaction that is still open" in ran.err
    chosen = content(read_by_confluent(mini_cluster, torture, COMMITTED))
    assert copies(mini_cluster, target) == chosen
    verified = command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap, "--json")
    document = json.loads(verified.out)
    assert (verified.code, document["equal"]) == (0, True)
    assert sum(each["copied"]["records"] for each in document["partitions"]) == sum(map(len, chosen.values()))


def test_the_compression_of_the_source_is_kept_unless_another_is_chosen(
    mini_cluster: Status, torture: str, target: str
) -> None:
    assert replay(mini_cluster, f"{torture}:1", "--to", target, "--codec", "lz4").code == 0
    chosen = content(read_by_confluent(mini_cluster, torture, COMMITTED))
    assert copies(mini_cluster, target) == {1: chosen[1]}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["-o", "100:300"], lambda each: 100 <= each.offset < 300),
        (["-o", "-50:end"], lambda each: each.offset >= RECORDS // PARTITIONS - 50),
        (["-o", "end:"], lambda each: False),
        (["-o", "19000:999999"], lambda each: each.offset >= 19_000),
        (["--where", "value.number % 7 == 3"], lambda each: json.loads(each.value)["number"] % 7 == 3),
        (
            ["--records", "0@17,1@3-5,2@19000"],
            lambda each: (each.partition, each.offset) in {(0, 17), (1, 3), (1, 4), (1, 5), (2, 19_000)},
        ),
        (["--key", "k77"], lambda each: each.key == b"k77"),
        (["--header", "trace=t4711"], lambda each: each.headers == (("trace", b"t4711"),)),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "wanted",
)
def test_what_is_chosen_is_what_arrives(
    mini_cluster: Status, source: str, target: str, words: list[str], wanted: Any
) -> None:
    job = a_job()
    ran = replay(mini_cluster, source, "--to", target, "--job", job, *words)
    assert ran.code == 0, ran.err
    chosen = [each for each in read_by_confluent(mini_cluster, source, COMMITTED) if wanted(each)]
    assert copies(mini_cluster, target) == content(chosen)
    assert f"{len(chosen)} record" in ran.err
    assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 0


def test_ranges_that_end_on_markers_and_aborted_records_end(mini_cluster: Status, torture: str) -> None:
    """Transactions lie in partitions 0 and 1: ten ranges that end anywhere among them."""
    whole = read_by_confluent(mini_cluster, torture, COMMITTED)
    for seed in range(10):
        first, until = sorted(random.Random(seed).sample(range(1_200), 2))
        with a_topic(mini_cluster, "ranges", TAKES_ALL) as name:
            ran = replay(mini_cluster, torture, "--to", name, "-o", f"{first}:{until}", "--allow-lost")
            assert ran.code == 0, ran.err
            assert copies(mini_cluster, name) == content([each for each in whole if first <= each.offset < until])


def test_nothing_is_written_without_a_yes(mini_cluster: Status, source: str, target: str) -> None:
    before = ends_of(mini_cluster, target)
    words = ["replay", source, "--to", target, "-b", mini_cluster.bootstrap]
    dry = command_line.run(*words, "--dry-run", "--json", "-y")
    plan = json.loads(dry.out)
    assert (dry.code, plan["schema"], plan["at_most"]) == (0, "kafkatui.replay-plan/1", RECORDS)
    assert len(plan["hash"]) == 16
    nobody = command_line.run(*words)
    assert (nobody.code, nobody.out) == (2, b"")
    assert "nobody can be asked here" in nobody.err
    assert ends_of(mini_cluster, target) == before
    groups = AdminClient({"bootstrap.servers": mini_cluster.bootstrap}).list_consumer_groups().result(20)
    assert not [each for each in groups.valid if plan["job"] in each.group_id]


def test_a_filter_is_counted_before_it_runs(mini_cluster: Status, source: str, target: str) -> None:
    words = ["--where", "value.number < 30", "--dry-run", "--json"]
    plan = json.loads(replay(mini_cluster, source, "--to", target, *words).out)
    assert (plan["records"], plan["selected"]) == (30, {"0": 10, "1": 10, "2": 10})


def killed_runs(mini_cluster: Status, job: str, words: list[str], seed: int, kills: int) -> int:
    """Start it, kill it at random moments, resume it, until it ends by itself; how often it was killed."""
    chance, killed = random.Random(seed), 0
    running = command_line.start("replay", *words, "--job", job, "-b", mini_cluster.bootstrap, "-y")
    while True:
        if killed < kills:
            wait_for_some(mini_cluster, job, running, chance.randrange(1, 8_000))
            running.send_signal(signal.SIGKILL)
            killed += 1
        ran = command_line.ended(running)
        if ran.code == 0:
            return killed
        assert ran.code == -signal.SIGKILL, ran.err
        words = ["resume", job, "--chunk", "1000", "--rate", "30000"]
        running = command_line.start("replay", *words, "-b", mini_cluster.bootstrap, "-y")


def wait_for_some(mini_cluster: Status, job: str, running: subprocess.Popen[bytes], offsets: int) -> None:
    """Until so many more are committed, or it has ended."""
    wanted = sum(committed(mini_cluster, job).values()) + offsets
    eventually(lambda: running.poll() is not None or sum(committed(mini_cluster, job).values()) >= wanted, 60)


def committed(mini_cluster: Status, job: str) -> Mapping[int, int]:
    """By Kafka's own client, so that it is no word of ours."""
    group = f"kafkatui-replay-{job}"
    consumer = Consumer({"bootstrap.servers": mini_cluster.bootstrap, "group.id": group})
    try:
        names = [each for each in consumer.list_topics(timeout=20).topics if each.startswith("replayed")]
        asked = [TopicPartition(name, each) for name in names for each in range(PARTITIONS)]
        return {each.partition: each.offset for each in consumer.committed(asked, 20) if each.offset >= 0}
    finally:
        consumer.close()


@pytest.mark.parametrize("words", [[], ["--where", "value.number % 3 != 1"]], ids=["all", "filtered"])
def test_killed_at_any_moment_and_resumed_nothing_is_lost_and_nothing_doubled(
    mini_cluster: Status, source: str, target: str, words: list[str]
) -> None:
    job = a_job()
    begin = [source, "--to", target, "--chunk", "1000", "--rate", "30000", *words]
    killed = killed_runs(mini_cluster, job, begin, seed=len(words), kills=6)
    assert killed >= 3
    whole = read_by_confluent(mini_cluster, source, COMMITTED)
    chosen = [each for each in whole if not words or json.loads(each.value or b"")["number"] % 3 != 1]
    assert copies(mini_cluster, target) == content(chosen)
    assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 0


def test_ctrl_c_commits_what_is_under_way_and_it_goes_on_from_there(
    mini_cluster: Status, source: str, target: str
) -> None:
    job = a_job()
    words = ["replay", source, "--to", target, "--job", job, "--rate", "5000", "-y"]
    running = command_line.start(*words, "-b", mini_cluster.bootstrap)
    eventually(lambda: bool(committed(mini_cluster, job)), 30)
    running.send_signal(signal.SIGINT)
    ran = command_line.ended(running)
    assert ran.code == 130, ran.err
    there = sum(map(len, copies(mini_cluster, target).values()))
    assert 0 < there < RECORDS
    assert f"{there} records of {source} in {target}, each once" in ran.err
    assert f"go on with: kafkatui replay resume {job}" in ran.err
    assert command_line.run("replay", "resume", job, "-b", mini_cluster.bootstrap, "-y").code == 0
    assert copies(mini_cluster, target) == content(read_by_confluent(mini_cluster, source, COMMITTED))


def test_a_second_instance_makes_the_first_one_stop(mini_cluster: Status, source: str, target: str) -> None:
    job = a_job()
    words = ["replay", source, "--to", target, "--job", job, "--rate", "5000", "--chunk", "500", "-y"]
    first = command_line.start(*words, "-b", mini_cluster.bootstrap)
    eventually(lambda: bool(committed(mini_cluster, job)), 30)
    second = command_line.run("replay", "resume", job, "-b", mini_cluster.bootstrap, "-y")
    assert second.code == 0, second.err
    ran = command_line.ended(first)
    assert ran.code == 1
    assert f"another instance of job {job} has taken over" in ran.err
    assert copies(mini_cluster, target) == content(read_by_confluent(mini_cluster, source, COMMITTED))


@contextmanager
def a_small_topic(mini_cluster: Status, **configs: str) -> Iterator[str]:
    with a_topic(mini_cluster, "small", configs) as name:
        yield name


def test_a_record_the_target_refuses_stops_it_before_anything_behind_it(mini_cluster: Status, target: str) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    with a_topic(mini_cluster, "large", TAKES_ALL) as large:
        for number in range(60):
            producer.produce(large, partition=0, key=b"k", value=b"x" * (5_000 if number == 30 else 20))
        producer.flush(20)
        with a_small_topic(mini_cluster, **{"max.message.bytes": "1000"}) as small:
            job = a_job()
            ran = replay(mini_cluster, large, "--to", small, "--job", job)
            assert ran.code == 1
            assert f"{large}-0@30 is refused by {small}-0: it is larger than the topic takes" in ran.err
            assert copies(mini_cluster, small) == {}
            again = command_line.run(
                "replay", "resume", job, "--skip-refused", "-b", mini_cluster.bootstrap, "-y", "--json"
            )
            assert again.code == 1
            document = json.loads(again.out)
            assert [each["offset"] for each in document["skipped"]] == [30]
            assert (document["phase"], document["records"]) == ("done", 59)
            assert len(copies(mini_cluster, small)[0]) == 59
            assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 0


def test_records_without_a_key_are_named_one_by_one_where_the_target_is_compacted(mini_cluster: Status) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    with a_topic(mini_cluster, "mixed", TAKES_ALL) as mixed:
        for number in range(40):
            producer.produce(mixed, partition=0, key=None if number in (7, 23) else b"k%d" % number, value=b"v")
        producer.flush(20)
        with a_small_topic(mini_cluster, **{"cleanup.policy": "compact"}) as compacted:
            ran = replay(mini_cluster, mixed, "--to", compacted, "--skip-refused", "--json")
            assert ran.code == 1
            assert "is compacted and refuses records without a key" in ran.err
            assert [each["offset"] for each in json.loads(ran.out)["skipped"]] == [7, 23]
            assert len(copies(mini_cluster, compacted)[0]) == 38


def test_old_records_are_not_sent_where_retention_would_delete_them_at_once(mini_cluster: Status) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    eight_days_ago = round((time.time() - 8 * 86_400) * 1000)
    with a_topic(mini_cluster, "old", TAKES_ALL) as old:
        for number in range(30):
            producer.produce(old, partition=0, value=b"%d" % number, timestamp=eight_days_ago + number)
        producer.flush(20)
        with a_small_topic(mini_cluster, **{"retention.ms": "86400000"}) as short:
            ran = replay(mini_cluster, old, "--to", short)
            assert ran.code == 1
            assert "about 30 records are older than the retention" in ran.err
            assert ends_of(mini_cluster, short) == [0] * PARTITIONS
            now = replay(mini_cluster, old, "--to", short, "--timestamps", "now")
            assert now.code == 0, now.err
            (copied,) = copies(mini_cluster, short).values()
            assert [value for _, _, value, _ in copied] == [b"%d" % number for number in range(30)]
            assert min(timestamp for timestamp, *_ in copied) > eight_days_ago + 7 * 86_400_000


def test_records_that_are_picked_and_not_there_are_not_left_out_in_silence(
    mini_cluster: Status, source: str, target: str
) -> None:
    ran = replay(mini_cluster, source, "--to", target, "--records", f"0@5,1@{RECORDS}")
    assert ran.code == 1
    assert f"{source}-1: of 1 records that are picked 0 can be read" in ran.err
    assert copies(mini_cluster, target) == {}
    for words in (["--records", "0@x"], ["--records", "0@5", "-o", "0:9"], ["--records", "0@5", "--grep", "x"]):
        assert replay(mini_cluster, source, "--to", target, *words).code == 2


def test_what_retention_took_before_is_no_silent_jump(mini_cluster: Status, target: str) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    with a_topic(mini_cluster, "cut", TAKES_ALL) as cut:
        for number in range(100):
            producer.produce(cut, partition=0, value=b"%d" % number)
        producer.flush(20)
        admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
        admin.delete_records([TopicPartition(cut, 0, 40)])[TopicPartition(cut, 0, 40)].result(20)
        ran = replay(mini_cluster, f"{cut}:0", "--to", target, "-o", "10:90")
        assert ran.code == 1
        assert f"{cut}-0: offsets 10 to 39 no longer there: the log starts at 40" in ran.err
        assert copies(mini_cluster, target) == {}
        allowed = replay(mini_cluster, f"{cut}:0", "--to", target, "-o", "10:90", "--allow-lost")
        assert allowed.code == 0, allowed.err
        assert [value for _, _, value, _ in copies(mini_cluster, target)[0]] == [b"%d" % each for each in range(40, 90)]


def test_what_is_deleted_while_it_runs_stops_it_with_the_range(mini_cluster: Status, target: str) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    with a_topic(mini_cluster, "replayed-cut", {**TAKES_ALL, "segment.bytes": "1048576"}) as cut:
        for number in range(24_000):
            producer.produce(cut, partition=0, value=b"%d " % number * 200)
            producer.poll(0)
        producer.flush(60)
        job = a_job()
        words = ["replay", f"{cut}:0", "--to", target, "--job", job, "--rate", "2000", "--chunk", "500", "-y"]
        running = command_line.start(*words, "-b", mini_cluster.bootstrap)
        eventually(lambda: bool(committed(mini_cluster, job)), 30)
        admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
        admin.delete_records([TopicPartition(cut, 0, 23_500)])[TopicPartition(cut, 0, 23_500)].result(20)
        ran = command_line.ended(running)
        assert ran.code == 1, ran.err
        assert "the log starts at 23500 now" in ran.err
        there = [value for _, _, value, _ in copies(mini_cluster, target)[0]]
        assert there == [b"%d " % number * 200 for number in range(len(there))]
        on = command_line.run("replay", "resume", job, "--allow-lost", "-b", mini_cluster.bootstrap, "-y")
        assert on.code == 0, on.err
        assert f"passed over: {cut}-0@{len(there)}-23500" in on.err


def test_the_rate_is_kept(mini_cluster: Status, source: str, target: str) -> None:
    """By the moments the records were sent at, so that starting and planning do not count."""
    words = ["--max", "1000", "--rate", "250/s", "--timestamps", "now", "--json"]
    ran = replay(mini_cluster, source, "--to", target, *words)
    assert json.loads(ran.out)["records"] == 1_000
    sent = [each.timestamp_ms for each in read_by_confluent(mini_cluster, target, COMMITTED)]
    assert len(sent) == 1_000
    assert 3_600 < max(sent) - min(sent) < 4_600


def test_a_canary_is_sent_first_and_the_rest_when_somebody_goes_on(
    mini_cluster: Status, source: str, target: str
) -> None:
    job = a_job()
    ran = replay(mini_cluster, source, "--to", target, "--job", job, "--canary", "50", "--chunk", "50")
    assert ran.code == 0, ran.err
    there = sum(map(len, copies(mini_cluster, target).values()))
    assert 50 <= there <= 100
    assert f"the first {there} records are sent, as --canary asked" in ran.err
    assert command_line.run("replay", "resume", job, "-b", mini_cluster.bootstrap, "-y").code == 0
    assert sum(map(len, copies(mini_cluster, target).values())) == RECORDS


@pytest.mark.parametrize("ways", ["key-murmur2", "key-crc32", "round-robin"])
def test_other_ways_to_a_partition(mini_cluster: Status, source: str, target: str, ways: str) -> None:
    job = a_job()
    words = ["--to", target, "--job", job, "--partitions", ways, "--headers", "stamp", "-o", "0:200"]
    ran = replay(mini_cluster, source, *words)
    assert ran.code == 0, ran.err
    copied = copies(mini_cluster, target)
    assert sum(map(len, copied.values())) == 600
    if ways != "round-robin":
        keys = [{key for _, key, _, _ in records} for records in copied.values()]
        assert sum(map(len, keys)) == len(set.union(*keys))
    stamps = dict(next(iter(copied.values()))[0][3])
    assert stamps["kafkatui-replay-id"] == job.encode()
    assert stamps["kafkatui-source"].startswith(f"{source}-".encode())
    assert stamps["kafkatui-attempt"] == b"2"
    assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 0


def test_into_the_same_topic_it_adds_exactly_what_was_chosen(mini_cluster: Status) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    with a_topic(mini_cluster, "itself", TAKES_ALL) as name:
        for number in range(300):
            producer.produce(name, partition=number % PARTITIONS, value=b"%d" % number)
        producer.flush(20)
        refused = replay(mini_cluster, name, "--to", name)
        assert (refused.code, "give the range an end" in refused.err) == (2, True)
        ran = replay(mini_cluster, name, "--to", name, "-o", "10:60")
        assert ran.code == 0, ran.err
        assert "source and target are the same topic" in ran.err
        assert sum(map(len, copies(mini_cluster, name).values())) == 300 + 150


def test_verify_notices_what_is_missing(mini_cluster: Status, source: str, target: str) -> None:
    job = a_job()
    assert replay(mini_cluster, source, "--to", target, "--job", job, "-o", "0:100").code == 0
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    admin.delete_records([TopicPartition(target, 1, 5)])[TopicPartition(target, 1, 5)].result(20)
    verified = command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap)
    assert verified.code == 4
    assert "DIFFERENT" in verified.out.decode()
    assert f"job {job}: NOT verified" in verified.out.decode()


def test_other_writers_of_the_target_do_not_matter_to_it(mini_cluster: Status, source: str, target: str) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    job = a_job()
    producer.produce(target, partition=0, value=b"before")
    producer.flush(20)
    assert replay(mini_cluster, source, "--to", target, "--job", job, "-o", "0:100").code == 0
    producer.produce(target, partition=0, value=b"after")
    producer.flush(20)
    assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 0


def test_a_changed_topic_is_not_taken_for_the_one_that_was_planned(mini_cluster: Status, source: str) -> None:
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    name, job = f"renewed-{uuid.uuid4().hex[:8]}", a_job()
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 1))
    assert replay(mini_cluster, source, "--to", name, "--job", job, "--canary", "10", "--chunk", "10").code == 0
    admin.delete_topics([name])[name].result(20)
    eventually(lambda: name not in admin.list_topics(timeout=20).topics, 30)
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 1))
    ran = command_line.run("replay", "resume", job, "-b", mini_cluster.bootstrap, "-y")
    assert ran.code == 1
    assert f"topic {name} was deleted and made anew since it was planned" in ran.err
    assert ends_of(mini_cluster, name) == [0] * PARTITIONS
    admin.delete_topics([name])[name].result(20)
