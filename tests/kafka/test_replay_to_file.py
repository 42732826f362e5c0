"""Records of real brokers into a file: whole, once however often it is killed, and fit to be sent again."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.replays import a_job
from tests.kafka.torture import PARTITIONS, TAKES_ALL, a_topic, a_torture_topic
from tests.waiting import eventually

RECORDS = 9_000


@pytest.fixture(scope="module")
def source(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "unloaded", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2, "linger.ms": 20})
        for number in range(RECORDS):
            producer.produce(name, partition=number % PARTITIONS, value=b"%d" % number)
        assert producer.flush(60) == 0
        yield name


def replay(mini_cluster: Status, *words: str) -> Ran:
    return command_line.run("replay", *words, "-b", mini_cluster.bootstrap, "-y")


def numbers(file: Path) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for line in file.read_text().splitlines():
        record = json.loads(line)
        found.setdefault(record["partition"], []).append(int(record["value"]["text"]))
    return found


WHOLE = {partition: list(range(partition, RECORDS, PARTITIONS)) for partition in range(PARTITIONS)}


def test_it_is_what_read_prints(mini_cluster: Status, tmp_path: Path) -> None:
    with a_torture_topic(mini_cluster) as torture:
        file, job = tmp_path / "torture.ndjson", a_job()
        ran = replay(mini_cluster, torture, "--to-file", str(file), "--job", job)
        assert ran.code == 0, ran.err
        read = command_line.run("read", torture, "--output", "ndjson", "-o", "start:", "-b", mini_cluster.bootstrap)
        printed = [json.loads(line) for line in read.out.splitlines()]
        for record in printed:
            record.pop("decoded", None)
        kept = [json.loads(line) for line in file.read_bytes().splitlines()]
        assert sorted(map(json.dumps, kept)) == sorted(map(json.dumps, printed))
        assert sorted(path.name for path in tmp_path.iterdir()) == [file.name]
        verified = command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap)
        assert verified.code == 0, verified.err
        file.write_text("".join(f"{line}\n" for line in file.read_text().splitlines()[1:]))
        assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 4


def test_it_is_killed_again_and_again_and_every_record_is_there_once(
    mini_cluster: Status, source: str, tmp_path: Path
) -> None:
    chance, job, file = random.Random(5), a_job(), tmp_path / "many.ndjson"
    part, progress = tmp_path / "many.ndjson.part", tmp_path / "many.ndjson.progress"
    first = ["replay", source, "--to-file", str(file), "--job", job]
    for kill in range(5):
        verb = first if kill == 0 else ["replay", "resume", job]
        pace = ["--rate", "2000", "--chunk", "100", "-y", "-b", mini_cluster.bootstrap]
        running = command_line.start(*verb, *pace)
        wanted = chance.randrange(kill * 80_000, (kill + 1) * 80_000)

        def is_there(running=running, wanted=wanted) -> bool:  # type: ignore[no-untyped-def]
            grown = progress.exists() and part.stat().st_size > wanted
            return running.poll() is not None or grown

        eventually(is_there, 60)
        running.send_signal(signal.SIGKILL)
        assert command_line.ended(running).code == -signal.SIGKILL
        assert not file.exists()
        if kill % 2:
            # What a run has written behind the last progress.
            with part.open("ab") as more:
                more.write(b'{"half a li')
    shown = command_line.run("replay", "show", job, "--json", "-b", mini_cluster.bootstrap)
    assert 0 < json.loads(shown.out)["records"] < RECORDS
    assert command_line.run("replay", "resume", job, "-y", "-b", mini_cluster.bootstrap).code == 0
    assert numbers(file) == WHOLE
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert command_line.run("replay", "verify", job, "-b", mini_cluster.bootstrap).code == 0
    again = command_line.run("replay", "resume", job, "-y", "-b", mini_cluster.bootstrap)
    assert (again.code, f"{RECORDS} records" in again.err) == (0, True), again.err


def test_a_second_instance_is_refused(mini_cluster: Status, source: str, tmp_path: Path) -> None:
    job, file = a_job(), tmp_path / "locked.ndjson"
    pace = ["--rate", "3000", "--chunk", "100", "-y", "-b", mini_cluster.bootstrap]
    running = command_line.start("replay", source, "--to-file", str(file), "--job", job, *pace)
    try:
        eventually((tmp_path / "locked.ndjson.progress").exists)
        second = command_line.run("replay", "resume", job, "-y", "-b", mini_cluster.bootstrap)
    finally:
        ran = command_line.ended(running)
    assert (second.code, f"another process writes {file}" in second.err) == (2, True), second.err
    assert ran.code == 0, ran.err
    assert numbers(file) == WHOLE


def test_a_filter_a_range_and_headers(mini_cluster: Status, source: str, tmp_path: Path) -> None:
    file = tmp_path / "some.ndjson"
    words = ["-o", "100:200", "--where", "value % 10 == 7", "--headers", "stamp", "--max", "12", "--json"]
    ran = replay(mini_cluster, source, "--to-file", str(file), *words)
    assert (ran.code, json.loads(ran.out)["records"]) == (0, 12), ran.err
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert all(100 <= each["offset"] < 200 and int(each["value"]["text"]) % 10 == 7 for each in lines)
    assert [name for name, _ in lines[0]["headers"]] == ["kafkatui-replay-id", "kafkatui-source", "kafkatui-attempt"]


def test_nothing_is_written_over(mini_cluster: Status, source: str, tmp_path: Path) -> None:
    file = tmp_path / "there.ndjson"
    file.write_text("mine\n")
    ran = replay(mini_cluster, source, "--to-file", str(file))
    assert (ran.code, f"{file} is there already" in ran.err) == (2, True), ran.err
    assert file.read_text() == "mine\n"
    dry = command_line.run(
        "replay", source, "--to-file", str(tmp_path / "new"), "--dry-run", "-b", mini_cluster.bootstrap
    )
    assert (dry.code, "goes into a file" in dry.err) == (0, True), dry.err
    nowhere = replay(mini_cluster, source, "--to-file", str(tmp_path / "no" / "folder"))
    assert (nowhere.code, "can not be written: No such file" in nowhere.err) == (2, True), nowhere.err
    for words in (["--to", "x"], ["--partitions", "key-crc32"], ["--codec", "zstd"], ["--allow-old"]):
        refused = replay(mini_cluster, source, "--to-file", str(tmp_path / "new"), *words)
        assert (refused.code, f"no {words[0]} beside it" in refused.err) == (2, True), refused.err
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_it_can_be_sent_again(mini_cluster: Status, source: str, tmp_path: Path) -> None:
    file = tmp_path / "back.ndjson"
    assert replay(mini_cluster, source, "--to-file", str(file)).code == 0
    with a_topic(mini_cluster, "reloaded", TAKES_ALL) as target:
        assert replay(mini_cluster, "--from-file", str(file), "--to", target).code == 0
        again = tmp_path / "again.ndjson"
        assert replay(mini_cluster, target, "--to-file", str(again)).code == 0
    assert numbers(again) == numbers(file) == WHOLE
    assert Isolation.COMMITTED.value in replay(mini_cluster, source, "--to-file", str(tmp_path / "x")).err
