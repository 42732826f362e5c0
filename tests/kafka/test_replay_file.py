"""A file of records sent to real brokers: byte for byte, once however often it is killed, or not at all."""

from __future__ import annotations

import json
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.replays import a_job, content, sent
from tests.kafka.torture import PARTITIONS, TAKES_ALL, a_topic, a_torture_topic, read_by_confluent
from tests.waiting import eventually

RECORDS = 6_000
COMMITTED = Isolation.COMMITTED
NOW = 1_795_000_000_000


@pytest.fixture
def target(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "loaded", TAKES_ALL) as name:
        yield name


def replay(mini_cluster: Status, *words: str) -> Ran:
    return command_line.run("replay", *words, "-b", mini_cluster.bootstrap, "-y")


def line(number: int, **changes: Any) -> str:
    text = {"text": f"{number}"}
    return json.dumps({"partition": number % PARTITIONS, "timestamp": NOW + number, "value": text, **changes})


def written(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_what_read_printed_comes_back_as_it_was(mini_cluster: Status, target: str, tmp_path: Path) -> None:
    with a_torture_topic(mini_cluster) as torture:
        read = command_line.run("read", torture, "--output", "ndjson", "-o", "start:", "-b", mini_cluster.bootstrap)
        assert read.code == 0, read.err
        file = tmp_path / "torture.ndjson"
        file.write_bytes(read.out)
        job = a_job()
        ran = replay(mini_cluster, "--from-file", str(file), "--to", target, "--job", job)
        assert ran.code == 0, ran.err
        assert f"{file}: lines 1 to {len(read.out.splitlines())}" in ran.err
        chosen = content(read_by_confluent(mini_cluster, torture, COMMITTED))
        assert content(read_by_confluent(mini_cluster, target, COMMITTED)) == chosen
        verified = command_line.run("replay", "verify", job, "--json", "-b", mini_cluster.bootstrap)
        assert (verified.code, json.loads(verified.out)["equal"]) == (0, True), verified.err


def test_it_is_killed_again_and_again_and_every_line_arrives_once(
    mini_cluster: Status, target: str, tmp_path: Path
) -> None:
    chance, job = random.Random(3), a_job()
    file = written(tmp_path / "many.ndjson", *(line(number) for number in range(RECORDS)))
    first = ["replay", "--from-file", file, "--to", target, "--job", job]
    for kill in range(4):
        verb = first if kill == 0 else ["replay", "resume", job]
        running = command_line.start(*verb, "--rate", "1500", "--chunk", "200", "-y", "-b", mini_cluster.bootstrap)
        wanted = chance.randrange(kill * 500, (kill + 1) * 500)
        eventually(lambda: running.poll() is not None or sent(mini_cluster, job) > wanted, 60)  # noqa: B023
        running.send_signal(signal.SIGKILL)
        assert command_line.ended(running).code == -signal.SIGKILL
    assert 0 < sent(mini_cluster, job) < RECORDS
    assert command_line.run("replay", "resume", job, "-y", "-b", mini_cluster.bootstrap).code == 0
    found = read_by_confluent(mini_cluster, target, COMMITTED)
    for partition in range(PARTITIONS):
        numbers = [int(each.value or b"") for each in found if each.partition == partition]
        assert numbers == list(range(partition, RECORDS, PARTITIONS))
    assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 0


def test_lines_without_partition_or_time_need_a_word(mini_cluster: Status, target: str, tmp_path: Path) -> None:
    bare = [json.dumps({"key": {"text": f"k{number}"}, "value": None}) for number in range(40)]
    file = written(tmp_path / "bare.ndjson", *bare, "", line(41))
    ran = replay(mini_cluster, "--from-file", file, "--to", target)
    assert ran.code == 1
    assert "40 lines name no partition: choose --partitions key-murmur2" in ran.err
    assert "40 lines have no timestamp to keep: choose --timestamps now" in ran.err
    assert read_by_confluent(mini_cluster, target, Isolation.UNCOMMITTED) == []
    ways = ["--partitions", "key-murmur2", "--timestamps", "now", "--headers", "stamp"]
    ran = replay(mini_cluster, "--from-file", file, "--to", target, *ways)
    assert ran.code == 0, ran.err
    found = read_by_confluent(mini_cluster, target, COMMITTED)
    assert Counter(each.key for each in found) == Counter([None, *(b"k%d" % number for number in range(40))])
    assert {len(each.headers) for each in found} == {3}


def test_a_filter_chooses_lines(mini_cluster: Status, target: str, tmp_path: Path) -> None:
    file = written(tmp_path / "some.ndjson", *(line(number) for number in range(90)))
    ran = replay(mini_cluster, "--from-file", file, "--to", target, "--where", "value % 10 == 7", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["records"] == 9
    found = read_by_confluent(mini_cluster, target, COMMITTED)
    assert sorted(int(each.value or b"") for each in found) == list(range(7, 90, 10))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([line(1), "{"], "line 2 is no record: not JSON"),
        ([line(1), line(2, vlaue=None)], "line 2 is no record: unknown name"),
        ([line(1), "\udcff"], "line 2 is no record"),
    ],
    ids=["broken", "misspelt", "not UTF-8"],
)
def test_a_line_that_is_no_record_stops_it_before_anything_is_sent(
    mini_cluster: Status, target: str, tmp_path: Path, lines: list[str], words: str
) -> None:
    file = tmp_path / "bad.ndjson"
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    ran = replay(mini_cluster, "--from-file", str(file), "--to", target)
    assert (ran.code, words in ran.err) == (2, True), ran.err
    assert read_by_confluent(mini_cluster, target, Isolation.UNCOMMITTED) == []


def test_a_file_that_was_changed_is_not_gone_on_with(mini_cluster: Status, target: str, tmp_path: Path) -> None:
    job = a_job()
    lines = [line(number) for number in range(100)]
    file = written(tmp_path / "changing.ndjson", *lines)
    canary = ["--canary", "10", "--chunk", "10", "--job", job]
    assert replay(mini_cluster, "--from-file", file, "--to", target, *canary).code == 0
    there = sent(mini_cluster, job)
    assert 10 <= there < 100
    written(Path(file), *lines, line(100))
    ran = command_line.run("replay", "resume", job, "-y", "-b", mini_cluster.bootstrap)
    assert (ran.code, "was changed since job" in ran.err) == (2, True), ran.err
    assert sent(mini_cluster, job) == there
    written(Path(file), *lines)
    assert command_line.run("replay", "resume", job, "-y", "-b", mini_cluster.bootstrap).code == 0
    assert len(read_by_confluent(mini_cluster, target, COMMITTED)) == 100


def test_what_a_file_has_not_is_refused(mini_cluster: Status, target: str, tmp_path: Path) -> None:
    file = written(tmp_path / "file.ndjson", line(1))
    for words in (["orders"], ["-o", "1:2"], ["--records", "0@1"], ["--to-bootstrap", "x:1"], ["--to-origin"]):
        ran = replay(mini_cluster, *words, "--from-file", file, "--to", target)
        assert (ran.code, "--from-file takes all lines" in ran.err) == (2, True), ran.err
    missing = replay(mini_cluster, "--from-file", str(tmp_path / "missing"), "--to", target)
    assert (missing.code, "can not be read: No such file" in missing.err) == (2, True), missing.err
    device = replay(mini_cluster, "--from-file", "/dev/stdin", "--to", target)
    assert (device.code, "is no regular file" in device.err) == (2, True), device.err
    (tmp_path / "empty.ndjson").touch()
    nothing = replay(mini_cluster, "--from-file", str(tmp_path / "empty.ndjson"), "--to", target)
    assert (nothing.code, "0 records of" in nothing.err) == (0, True), nothing.err
    neither = replay(mini_cluster, "--to", target)
    assert (neither.code, "SOURCE is missing" in neither.err) == (2, True), neither.err
    too_high = written(tmp_path / "high.ndjson", line(1, partition=7))
    ran = replay(mini_cluster, "--from-file", too_high, "--to", target)
    assert (ran.code, "lines name up to 7" in ran.err) == (1, True), ran.err
