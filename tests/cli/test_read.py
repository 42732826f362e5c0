"""`kafkatui read` against real brokers: exact bytes on stdout, what was searched on stderr, exit codes."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from kafkatui.minicluster.cluster import Status
from tests.cli.conftest import Kafkatui
from tests.making_topics import make_topics, remove_topics
from tests.terminal import rest_of
from tests.waiting import eventually

PARTITIONS = 2
BASE_MS = 1_795_000_000_000
"""2026-11-18T11:06:40Z"""
RECORDS = 10
"""In each partition."""


@pytest.fixture(scope="module")
def topic(mini_cluster: Status) -> Iterator[str]:
    """Numbers from 0 on, even ones in partition 0; one binary value, one null, one empty, one hostile at the end."""
    with a_topic(mini_cluster) as name:
        producer = a_producer(mini_cluster)
        for number in range(PARTITIONS * RECORDS):
            producer.produce(
                name,
                partition=number % PARTITIONS,
                key=b"k%d" % number,
                value=json.dumps({"number": number, "even": number % 2 == 0}).encode(),
                headers=[("trace", b"t%d" % number)] if number == 7 else [],
                timestamp=BASE_MS + number,
            )
        odd = [(None, b"\xff\x00"), (b"", None), (b"\x1b[31m", b""), (b"hostile", b"\x1b]0;title\x07[/nope]\xc2\x9b")]
        for number, (key, value) in enumerate(odd):
            producer.produce(name, partition=0, key=key, value=value, timestamp=BASE_MS + 100 + number)
        assert producer.flush(20) == 0
        yield name


@contextmanager
def a_topic(mini_cluster: Status) -> Iterator[str]:
    name = f"read-{uuid.uuid4().hex[:8]}"
    make_topics(mini_cluster.bootstrap, NewTopic(name, PARTITIONS, 3, config={"retention.ms": "-1"}))
    yield name
    remove_topics(mini_cluster.bootstrap, name)


def a_producer(mini_cluster: Status) -> Producer:
    return Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2, "enable.idempotence": True})


@pytest.fixture
def read(kafkatui: Kafkatui, mini_cluster: Status, topic: str) -> Kafkatui:
    def run(*arguments: str):  # type: ignore[no-untyped-def]
        return kafkatui("read", topic, "-b", mini_cluster.bootstrap, *arguments)

    return run


def numbers(out: str) -> list[int]:
    return [json.loads(json.loads(line)["value"]["text"])["number"] for line in out.splitlines()]


def test_ndjson_has_the_promised_keys_and_says_how_bytes_are_written(read: Kafkatui, topic: str) -> None:
    ran = read("--output", "ndjson", "-p", "0", "-o", "9:")
    assert ran.code == 0
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert list(lines[0]) == ["topic", "partition", "offset", "timestamp", "timestamp_type", "key", "value", "headers"]
    assert [line["key"] for line in lines] == [
        {"text": "k18"}, None, {"text": ""}, {"text": "\x1b[31m"}, {"text": "hostile"},
    ]  # fmt: skip
    assert [line["value"] for line in lines[1:]] == [
        {"base64": "/wA="}, None, {"text": ""}, {"text": "\x1b]0;title\x07[/nope]\x9b"},
    ]  # fmt: skip
    assert lines[0]["timestamp"] == BASE_MS + 18
    assert "\x1b" not in ran.out
    assert "\x9b" not in ran.out
    assert ran.err == f"kafkatui: {topic}: 1 of 2 partitions, offsets 9-14, 5 records\n"


def test_a_table_for_people_and_awk(read: Kafkatui) -> None:
    ran = read("-p", "0", "-o", "9:")
    lines = ran.out.splitlines()
    assert lines[0].split() == ["TIME", "PARTITION", "OFFSET", "KEY", "VALUE"]
    assert [line.split()[1:4] for line in lines[1:3]] == [["0", "9", "k18"], ["0", "10", "-"]]
    assert [line.split()[4] for line in lines[2:5]] == ["ff00", "-", '""']
    assert lines[4].split()[3] == "␛[31m"
    assert lines[5].split()[4] == b"\x1b]0;title\x07[/nope]\xc2\x9b".hex()
    assert read("-p", "0", "-o", "9:", "--no-headers").out.splitlines() == lines[1:]


def test_csv_tells_null_empty_and_binary_apart(read: Kafkatui) -> None:
    rows = list(csv.DictReader(read("-p", "0", "-o", "10:13", "--output", "csv").out.splitlines()))
    assert [(row["key"], row["key_encoding"]) for row in rows] == [("", ""), ("", "text"), ("\x1b[31m", "text")]
    assert [(row["value"], row["value_encoding"]) for row in rows] == [("/wA=", "base64"), ("", ""), ("", "text")]


def test_json_is_one_document_that_says_what_was_searched(read: Kafkatui, topic: str, mini_cluster: Status) -> None:
    document = json.loads(read("-o", "2:4", "--json").out)
    assert list(document) == ["schema", "cluster_id", "at", "records", "searched", "not_read"]
    assert document["schema"] == "kafkatui.read/1"
    assert document["cluster_id"] == mini_cluster.cluster_id
    assert len(document["records"]) == 4
    assert sorted(document["searched"], key=str) == [
        {"topic": topic, "partition": number, "first": 2, "until": 4} for number in range(PARTITIONS)
    ]
    assert document["not_read"] == []
    assert json.loads(read("-o", "4:4", "--json").out)["records"] == []


def test_raw_and_kcats_verbs(read: Kafkatui, topic: str) -> None:
    assert read("-p", "0", "-o", "12:14", "--output", "raw").out == "\n\x1b]0;title\x07[/nope]\x9b\n"
    ran = read("-p", "1", "-o", "3:4", "--format", r"%t %p %o %k %K %S %T %h %% \x41\t%s\n")
    value = '{"number": 7, "even": false}'
    assert ran.out == f"{topic} 1 3 k7 2 {len(value)} {BASE_MS + 7} trace=t7 % A\t{value}\n"
    assert read("-p", "0", "-o", "11:12", "--format", "%K %S").out == "0 -1"


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        (["--grep", '"number": 13'], [13]),
        (["--grep", "t7"], [7]),
        (["--key", "k4"], [4]),
        (["--header", "trace"], [7]),
        (["--header", "trace=t7", "--grep", "number"], [7]),
        (["--header", "trace=t8"], []),
    ],
)
def test_filters(read: Kafkatui, topic: str, flags: list[str], found: list[int]) -> None:
    ran = read("--output", "ndjson", *flags)
    assert numbers(ran.out) == found
    hits = "1 hit" if found else "0 hits"
    assert ran.err == f"kafkatui: {topic}: 2 of 2 partitions, offsets p0 0-14, p1 0-10, {hits}\n"
    assert ran.code == 0


@pytest.mark.parametrize("partitioner", ["murmur2", "crc32"])
def test_a_partitioner_leads_to_one_partition_and_is_said_to_be_assumed(
    read: Kafkatui, topic: str, partitioner: str
) -> None:
    ran = read("--output", "ndjson", "--key", "k4", "--partitioner", partitioner)
    assumed, searched = ran.err.splitlines()
    number = assumed.split("only partition ")[1].split()[0]
    assert f"assuming that {partitioner} put the key there" in assumed
    assert searched.startswith(f"kafkatui: {topic}: 1 of 2 partitions, offsets 0-")
    assert numbers(ran.out) == ([4] if number == "0" else [])


def test_the_newest_of_all_partitions_by_time(read: Kafkatui) -> None:
    keys = [json.loads(line)["key"] for line in read("--last", "6", "--output", "ndjson").out.splitlines()]
    assert keys == [{"text": "k18"}, {"text": "k19"}, None, {"text": ""}, {"text": "\x1b[31m"}, {"text": "hostile"}]
    assert numbers(read("--last", "2", "--grep", "even", "--output", "ndjson").out) == [18, 19]
    assert len(read("--last", "1000", "--no-headers").out.splitlines()) == PARTITIONS * RECORDS + 4


def test_a_range_by_time_is_half_open_and_said_with_its_zone(read: Kafkatui) -> None:
    ran = read("-o", f"@{BASE_MS + 5}:@{BASE_MS + 8}", "--output", "ndjson")
    assert sorted(numbers(ran.out)) == [5, 6, 7]
    assert ran.err.splitlines()[0].startswith("kafkatui: from @2026-11-18T")
    assert "+" in ran.err.splitlines()[0]


def test_a_topic_may_be_given_as_a_flag(kafkatui: Kafkatui, mini_cluster: Status, topic: str) -> None:
    ran = kafkatui("read", "-t", topic, "-b", mini_cluster.bootstrap, "-p", "1", "-n", "1", "--output", "ndjson")
    assert numbers(ran.out) == [1]
    ran = kafkatui("read", "-b", mini_cluster.bootstrap)
    assert (ran.code, ran.err) == (2, "kafkatui: name a topic to read; kafkatui topics lists them\n")


def test_enough_is_enough(read: Kafkatui, topic: str) -> None:
    ran = read("-p", "1", "-n", "3", "--output", "ndjson")
    assert numbers(ran.out) == [1, 3, 5]
    assert ran.err.splitlines() == [
        f"kafkatui: {topic}: 1 of 2 partitions, offsets 0-3, 3 records",
        "kafkatui: that is enough: 7 offsets of the range not searched",
    ]


def test_what_is_not_there_is_said_and_fails(
    read: Kafkatui, kafkatui: Kafkatui, mini_cluster: Status, topic: str
) -> None:
    ran = kafkatui("read", "no-such-topic", "-b", mini_cluster.bootstrap)
    assert (ran.code, ran.err) == (1, "kafkatui: topic no-such-topic does not exist\n")
    ran = read("-p", "7")
    assert ran.code == 1
    assert "no such partition; the topic has 2" in ran.err
    assert f"{topic}-2 and 97 more: no such partition" in read("-p", "0-99", "-n", "1").err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("-o 1:x", "is no position or range"),
        ("-o 7:5", "ends before it begins"),
        ("-o @-1h:@-2h", "ends before it begins"),
        ("--last 3 -o 1", "--last and -o"),
        ("-f -o 1:5", "-f has no end"),
        ("--json --output csv", "contradict"),
        ("--json --format %s", "--format says how"),
        ("--format %q", "is no verb"),
        ("--partitioner murmur2", "needs --key"),
        ("--grep=", "is empty"),
        ("-n 0", "-n"),
        ("-p x", "not a list of partitions"),
    ],
)
def test_bad_flags(read: Kafkatui, flags: str, words: str) -> None:
    ran = read(*flags.split())
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def started(mini_cluster: Status, home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kafkatui", "read", "-b", mini_cluster.bootstrap, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=os.environ | {"HOME": str(home), "PYTHONUNBUFFERED": "1"},
    )


def test_a_tail_gives_what_is_written_meanwhile_and_ends_with_ctrl_c(mini_cluster: Status, tmp_path: Path) -> None:
    with a_topic(mini_cluster) as name:
        producer = a_producer(mini_cluster)
        producer.produce(name, partition=0, value=b"before")
        assert producer.flush(20) == 0
        ours = started(mini_cluster, tmp_path, name, "-f", "--last", "1", "--output", "raw")
        assert ours.stdout is not None
        assert ours.stdout.readline() == b"before\n"
        for number in range(50):
            producer.produce(name, partition=number % PARTITIONS, value=b"%d" % number)
        assert producer.flush(20) == 0
        seen = [int(ours.stdout.readline()) for _ in range(50)]
        ours.send_signal(signal.SIGINT)
        out, err = ours.communicate(timeout=10)
        assert sorted(seen) == list(range(50))
        assert [each for each in seen if each % 2] == sorted(each for each in seen if each % 2)
        assert (ours.returncode, out) == (130, b"")
        assert err.decode() == f"kafkatui: {name}: 2 of 2 partitions, offsets p0 0-26, p1 0-25, 51 records\n"


def test_a_reader_that_goes_away_ends_it_in_silence(mini_cluster: Status, topic: str, tmp_path: Path) -> None:
    ours = started(mini_cluster, tmp_path, topic, "-f", "-o", "start")
    assert ours.stdout is not None
    ours.stdout.readline()
    ours.stdout.close()
    producer = a_producer(mini_cluster)

    def ended() -> bool:
        producer.produce(topic, partition=1, value=b"{}", timestamp=BASE_MS)
        producer.flush(5)
        return ours.poll() is not None

    eventually(ended, 20)
    assert ours.stderr is not None
    assert (ours.returncode, ours.stderr.read()) == (141, b"")
    ours.stderr.close()


def test_nothing_of_it_is_loaded_for_another_command() -> None:
    code = "import sys; import kafkatui.cli.lag; print([n for n in sys.modules if n.startswith('kafkatui.reading')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_ctrl_c_names_what_was_not_searched(mini_cluster: Status, tmp_path: Path) -> None:
    """Its reader is slow, so most of the range is still to be read."""
    with a_topic(mini_cluster) as name:
        producer = a_producer(mini_cluster)
        for number in range(60_000):
            producer.produce(name, partition=number % PARTITIONS, value=b"%01000d" % number)
            producer.poll(0)
        assert producer.flush(30) == 0
        ours = started(mini_cluster, tmp_path, name, "--output", "raw")
        assert ours.stdout is not None
        head = ours.stdout.read(1)
        ours.send_signal(signal.SIGINT)
        out, err = ours.communicate(timeout=20)
        assert ours.returncode == 130
        searched, *rest = err.decode().splitlines()
        printed = (head + out).count(b"\n")
        assert 0 < printed < 60_000
        assert searched.startswith(f"kafkatui: {name}: 2 of 2 partitions, offsets ")
        assert searched.endswith(f", {printed} records")
        assert len(rest) == PARTITIONS
        left = 0
        for line, partition in zip(rest, range(PARTITIONS), strict=True):
            words = f"kafkatui: not searched: {name}-{partition} "
            assert line.startswith(words)
            assert line.endswith(": interrupted")
            first, until = line.removeprefix(words).removesuffix(": interrupted").split("-")
            left += int(until) - int(first)
        assert printed + left == 60_000


@pytest.mark.parametrize("shape", ["table", "ndjson", "json", "csv", "raw"])
@pytest.mark.parametrize("more", [[], ["--format", "%t %k %s %h"]], ids=["shape", "format"])
def test_nothing_of_a_record_acts_on_a_terminal(
    mini_cluster: Status, hostile: str, tmp_path: Path, shape: str, more: list[str]
) -> None:
    """Under a real pseudo-terminal: what arrives there is text and line ends, and our own progress line's clearing."""
    leader, follower = pty.openpty()
    shaping = more or ["--output", shape]
    command = [sys.executable, "-m", "kafkatui", "read", "-b", mini_cluster.bootstrap, hostile, *shaping]
    ours = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=os.environ | {"HOME": str(tmp_path)}
    )
    os.close(follower)
    seen = rest_of(leader)
    os.close(leader)
    assert ours.wait(10) == 0
    text = seen.replace(b"\r\x1b[K", b"").replace(b"\r\n", b"\n").decode()
    assert not {character for character in text if not character.isprintable()} - {"\n"}
    assert f"{hostile}: 2 of 2 partitions, offsets 0-{len(HOSTILE)}, {2 * len(HOSTILE)} records" in text


HOSTILE = (
    "\x1b]0;owned\x07", "\x1b]52;c;b3duZWQ=\x07", "\x1b[2J\x9b31m", "[@click=app.quit]x[/]", "[/nope]",
    "\u202eevil\u2066", "zero\u200bwidth\ufeff", "a\nb\rc\td", "\u2028\u2029\x85",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(mini_cluster: Status) -> Iterator[str]:
    """Everywhere in a record; one partition is all texts, so that it is shown as text, one also has bytes."""
    with a_topic(mini_cluster) as name:
        producer = a_producer(mini_cluster)
        for partition in range(PARTITIONS):
            for text in HOSTILE:
                raw = text.encode() + (b"\xff" if partition else b"")
                producer.produce(
                    name, partition=partition, key=raw, value=raw, headers=[(text, raw), ("\x1b[1m", None)]
                )
        assert producer.flush(20) == 0
        yield name
