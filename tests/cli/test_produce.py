"""`kafkatui produce` up to the point where something would be written: lines, flags, sentences and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Kafkatui, Ran
from tests.fake_cluster import FakeCluster

GOOD = '{"value": {"text": "a"}, "partition": 2}\n{"value": null, "partition": 0}\n'


@pytest.fixture
def produce(cluster: FakeCluster, kafkatui: Kafkatui, tmp_path: Path) -> Kafkatui:
    """Run `produce --dry-run` on an input of these lines."""

    def run(lines: str | bytes, *arguments: str) -> Ran:
        file = tmp_path / "lines"
        file.write_bytes(lines if isinstance(lines, bytes) else lines.encode())
        return kafkatui("produce", "orders", "--dry-run", "--file", str(file), *arguments)

    return run


def test_a_dry_run_says_what_would_go_where(produce: Kafkatui) -> None:
    ran = produce(GOOD)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "kafkatui: orders: 2 records would be written to 2 partitions (p0 1, p2 1)\n"


def test_nothing_in_nothing_out(produce: Kafkatui) -> None:
    assert produce("\n \n\r\n") == (0, "", "kafkatui: orders: 0 records would be written\n")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{}", 'no "value"; a tombstone is written as null'),
        (
            '{"schema": "kafkatui.read/1", "records": [',
            "a document, not lines of records: read --output ndjson prints those",
        ),
        ("nonsense", "not JSON: Expecting value at character 0"),
        ('{"value": null, "partition": 3}', "it names partition 3, and the topic has only 0 to 2"),
    ],
)
def test_the_first_bad_line_ends_it(produce: Kafkatui, line: str, reason: str) -> None:
    ran = produce(f"{GOOD}{line}\n{GOOD}")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        "kafkatui: orders: 2 records would be written to 2 partitions (p0 1, p2 1)",
        f"kafkatui: line 3: {reason}",
    ]


def test_bytes_that_are_not_utf8_are_named(produce: Kafkatui) -> None:
    assert "line 1: not UTF-8: byte 0xff at 2" in produce(b'{"\xff": 1}\n').err


def test_bad_lines_can_be_skipped_and_are_all_counted(produce: Kafkatui) -> None:
    ran = produce(GOOD + "{}\n" * 20 + GOOD, "--skip-bad")
    assert (ran.code, ran.out) == (1, "")
    lines = ran.err.splitlines()
    assert lines[0] == "kafkatui: orders: 4 records would be written to 2 partitions (p0 2, p2 2)"
    assert [line.split(":")[1] for line in lines[1:-1]] == [f" line {number}" for number in range(3, 11)]
    assert lines[-1] == "kafkatui: and 12 more bad lines"


def test_a_byte_order_mark_and_a_missing_last_line_feed_do_no_harm(produce: Kafkatui) -> None:
    assert (
        "2 records would be written" in produce(b"\xef\xbb\xbf" + GOOD.rstrip("\n").replace("\n", "\r\n").encode()).err
    )


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        ((), "(p0 1, p2 1)"),
        (("-p", "1"), "(p1 2)"),
        (("--partition-by", "round-robin"), "(p0 1, p1 1)"),
        (("--partition-by", "key"), "(p0 1, p1 1)"),
    ],
)
def test_where_records_go(produce: Kafkatui, arguments: tuple[str, ...], places: str) -> None:
    assert places in produce(GOOD, *arguments).err


def test_lines_are_values(produce: Kafkatui) -> None:
    assert "3 records would be written" in produce("a\n\nb\n", "--input", "lines").err
    split = produce("a=1\nb=\nc\n", "--input", "lines", "--key-separator", "=")
    assert split.code == 1
    assert split.err.splitlines()[1] == "kafkatui: line 3: no '=' between a key and a value"


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("produce", 2, "Missing argument 'TOPIC'"),
        ("produce order --value x", 1, "topic order does not exist; did you mean orders?"),
        ("produce ord* --value x", 1, "topic ord* does not exist"),
        (
            "produce __consumer_offsets --value x",
            1,
            "topic __consumer_offsets is Kafka's own: only brokers write to it",
        ),
        ("produce secret --value x", 1, "topic secret: not authorized to see this topic"),
        ("produce orders --value x -p 9", 1, "-p 9: orders has only 3 partitions"),
        ("produce orders --value x --tombstone", 2, "--value and --tombstone contradict each other"),
        ("produce orders --value x --file y", 2, "--value and --tombstone read nothing"),
        ("produce orders -k x", 2, "--key, --header, --key-separator: a line of ndjson has its own key and headers"),
        ("produce orders --input lines -k x --key-separator :", 2, "--key-separator takes the key from each line"),
        ("produce orders --value x --header =x", 2, "--header '=x' has no name; write it as --header NAME=VALUE"),
        ("produce orders --rate fast", 2, "--rate: 'fast' is not a number of records a second"),
        ("produce orders --rate 0", 2, "--rate: '0' is not a number of records a second"),
        ("produce orders --file no-such-file", 2, "--file: no-such-file: No such file or directory"),
        ("produce orders --file .", 1, "the input can not be read: Is a directory"),
    ],
)
def test_what_is_refused(cluster: FakeCluster, kafkatui: Kafkatui, line: str, code: int, sentence: str) -> None:
    ran = kafkatui(*line.split(), "--dry-run")
    assert (ran.code, ran.out) == (code, "")
    assert f"kafkatui: {sentence}" in ran.err


def test_a_read_only_context_is_not_written_to(cluster: FakeCluster, kafkatui: Kafkatui, bare_home: Path) -> None:
    (bare_home / "kafkatui").mkdir()
    (bare_home / "kafkatui" / "config.toml").write_text('[contexts.prod]\nbootstrap = "a"\n')
    ran = kafkatui("produce", "orders", "-c", "prod", "--value", "x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("kafkatui: context prod is read-only: nothing is written; --read-write allows it ")
    assert cluster.asked == []
    assert kafkatui("produce", "orders", "-c", "prod", "--value", "x", "--dry-run").code == 0


def test_the_topic_is_completed(cluster: FakeCluster, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_KAFKATUI_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "kafkatui produce ord")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert kafkatui().out.split() == ["orders"]


def test_another_cluster_than_the_context_means_is_not_written_to(
    cluster: FakeCluster, kafkatui: Kafkatui, bare_home: Path
) -> None:
    (bare_home / "kafkatui").mkdir()
    (bare_home / "kafkatui" / "config.toml").write_text(
        '[contexts.test]\nbootstrap = "a"\ncluster_id = "another"\nread_only = false\n'
    )
    ran = kafkatui("produce", "orders", "-c", "test", "--value", "x")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("kafkatui: context test expects the cluster another, but this is ")
