"""Real records of which something is hidden: in no output of what reads them, and whole where they are sent again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.cli.conftest import Kafkatui, Ran
from tests.kafka.torture import TAKES_ALL, a_topic, read_by_confluent

AT = 1_795_000_000_000
CANARY = "4111-kanarie"
KEY = CANARY.encode()
VALUE = b'{"id": 7, "card": {"n\\u0075mber": "4111-kanarie"}, "price": 1.10}'
BROKEN = b'{"id": 8, "card": {"number": "4111-kanarie"'
SHOWN = '{"id": 7, "card": {"n\\u0075mber": "***"}, "price": 1.10}'
MESSAGE = b'no such card: "4111-kanarie"'
HEADERS = [
    ("authorization", KEY),
    ("kafka_dlt-original-topic", b"orders"),
    ("kafka_dlt-original-partition", (3).to_bytes(4, "big")),
    ("kafka_dlt-original-offset", (17).to_bytes(8, "big")),
    ("kafka_dlt-exception-fqcn", b"java.lang.IllegalStateException"),
    ("kafka_dlt-exception-message", MESSAGE),
    ("kafka_dlt-exception-stacktrace", b"java.lang.IllegalStateException: " + MESSAGE + b"\n\tat a.B.c(B.java:1)"),
]
MASKS = """
[[masks]]
topic = "masked-*"
fields = ["value.card.number", "headers.authorization", "key"]
"""
PATHS = [
    *("value.card.number", "key", "headers.authorization", "headers.kafka_dlt-exception-message"),
    "headers.kafka_dlt-exception-stacktrace",
]
SOURCE = ("masked by config.toml", "not shown as stored")


@pytest.fixture(scope="module")
def topic(mini_cluster: Status) -> Iterator[str]:
    """A whole record at 0@0, one whose JSON is broken at 0@1."""
    with a_topic(mini_cluster, "masked", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
        for value in (VALUE, BROKEN):
            producer.produce(name, partition=0, key=KEY, value=value, timestamp=AT, headers=list(HEADERS))
        assert producer.flush(20) == 0
        yield name


@pytest.fixture
def masks(bare_home: Path) -> Path:
    """The config file, with rules."""
    config = bare_home / "kafkatui" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(MASKS)
    return config


@pytest.fixture
def run(kafkatui: Kafkatui, mini_cluster: Status, masks: Path) -> Kafkatui:
    def ran(*arguments: str) -> Ran:
        return kafkatui(*arguments, "-b", mini_cluster.bootstrap)

    return ran


@pytest.mark.parametrize(
    "words",
    [
        "read T",
        "read T --output ndjson",
        "read T --json",
        "read T --output csv",
        "read T --output raw",
        "read T --format %k|%s|%S|%h|%R\\n",
        "read T --last 2",
        "read T --grep 4111",
        "read T --grep no\\x20such",
        "read T --where has(value.card)",
        "read T -n 2 -f -o 0:",
        "dlq T",
        "dlq T --json",
        "dlq T --output csv",
        "dlq show T",
        "dlq show T --full --origin",
        "dlq show T --json",
        "dlq show T --output ndjson",
        "dlq show T --output csv",
    ],
)
def test_no_command_that_reads_prints_what_is_hidden(run: Kafkatui, masks: Path, topic: str, words: str) -> None:
    arguments = [word.replace("\\x20", " ") for word in words.replace("T", topic, 1).split()]
    ran = run(*arguments)
    assert ran.code in (0, 1), ran.err
    for secret in ("4111", "kanarie"):
        assert secret not in ran.out
        assert secret not in ran.err
    masks.unlink()
    if "4111" not in words and words != "dlq T":  # whose messages have no quoted words anyway
        assert run(*arguments).out != ran.out


def test_exact_bytes(run: Kafkatui, topic: str) -> None:
    """What is left of the record is what is stored, letter by letter."""
    ran = run("read", topic, "-o", "0:1", "--output", "ndjson")
    (line,) = ran.out.splitlines()
    read = json.loads(line)
    assert read["value"] == {"text": SHOWN}
    assert read["key"] == {"text": "***"}
    assert read["masked"] == PATHS
    assert dict(read["headers"])["kafka_dlt-exception-message"] == {"text": 'no such card: "***"'}
    assert "1 record masked by config.toml: not shown as stored" in ran.err
    assert run("read", topic, "-o", "0:1", "--output", "raw").out == f"{SHOWN}\n"
    assert run("read", topic, "-o", "0:1", "--format", r"%k|%s|%S\n").out == f"***|{SHOWN}|{len(SHOWN)}\n"
    (row,) = csv.DictReader(io.StringIO(run("read", topic, "-o", "0:1", "--output", "csv").out))
    assert (row["key"], row["value"]) == ("***", SHOWN)
    (record,) = json.loads(run("read", topic, "-o", "0:1", "--json").out)["records"]
    assert (record["value"], record["masked"]) == ({"text": SHOWN}, PATHS)
    table = run("read", topic, "-o", "0:1", "--no-headers").out
    assert table.endswith(f"          0           0  {'***':<20}  {SHOWN}\n")
    broken = json.loads(run("read", topic, "-o", "1:", "--output", "ndjson").out)
    assert (broken["value"], broken["masked"][0]) == ({"text": "***"}, "value")


def test_a_filter_tells_nothing_of_what_is_hidden(run: Kafkatui, topic: str) -> None:
    """Not even by the number of its hits."""
    for words in (
        ("--grep", CANARY),
        ("--key", CANARY),
        ("--header", f"authorization={CANARY}"),
        ("--where", f'value.card.number == "{CANARY}"'),
        ("--where", f'headers.authorization.startsWith("{CANARY[:4]}")'),
        ("--where", f'!(value.card.number != "{CANARY}")'),
    ):
        ran = run("read", topic, *words, "--output", "raw")
        assert (ran.out, ran.code) == ("", 0), words
        assert "0 hits" in ran.err
    for words in (("--grep", '"price": 1.10'), ("--where", 'value.card.number == "***"'), ("--where", "value.id == 7")):
        assert run("read", topic, *words, "--output", "raw").out == f"{SHOWN}\n"


def test_dead_letters_keep_the_causes_they_have_without_masks(run: Kafkatui, masks: Path, topic: str) -> None:
    """`redrive` finds them by it."""
    (shown,) = json.loads(run("dlq", topic, "--json").out)["topics"]
    (cause,) = shown["causes"]
    # The value of the newest is broken: nobody knows what its message quotes of it.
    assert cause["example_message"] == "***"
    letters = json.loads(run("dlq", "show", topic, "--cause", cause["cause"], "--json").out)["dead_letters"]
    assert [letter["dead_letter"]["message"] for letter in letters] == ['no such card: "***"', "***"]
    assert [letter["offset"] for letter in letters] == [0, 1]
    masks.unlink()
    (plain,) = json.loads(run("dlq", topic, "--json").out)["topics"]
    assert plain["causes"][0]["cause"] == cause["cause"]


def test_what_is_sent_again_is_whole(run: Kafkatui, mini_cluster: Status, topic: str) -> None:
    with a_topic(mini_cluster, "masked-copy", TAKES_ALL) as copy:
        ran = run("replay", topic, "--to", copy, "-y", "--headers", "keep")
        assert ran.code == 0, ran.err
        seen = read_by_confluent(mini_cluster, copy, Isolation.COMMITTED)
        assert [(each.key, each.value) for each in seen] == [(KEY, VALUE), (KEY, BROKEN)]
        assert all(set(HEADERS) <= set(each.headers) for each in seen)
        assert CANARY not in ran.out + ran.err
        # A copy says where it came from, and is masked by the rules of that topic, whatever its own is called.
        assert CANARY not in run("read", copy, "--output", "ndjson").out


def test_a_file_for_a_replay_is_whole_and_the_plan_says_so(run: Kafkatui, topic: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.ndjson"
    ran = run("replay", topic, "--to-file", str(path), "-y")
    assert ran.code == 0, ran.err
    assert f"{topic} is masked by config.toml where it is shown; the file holds it whole" in ran.err
    assert [json.loads(line)["value"]["text"].encode() for line in path.read_text().splitlines()] == [VALUE, BROKEN]
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_stars_are_written_by_accident(run: Kafkatui, mini_cluster: Status, topic: str, tmp_path: Path) -> None:
    path = tmp_path / "masked.ndjson"
    path.write_text(run("read", topic, "--output", "ndjson").out)
    with a_topic(mini_cluster, "other", TAKES_ALL) as other:
        refused = run("produce", other, "--file", str(path))
        assert refused.code == 1
        why = "line 1: it was masked when it was read, so it is not what was stored: value.card.number, key"
        assert why in refused.err
        assert "--allow-masked writes it all the same" in refused.err
        replayed = run("replay", "--from-file", str(path), "--to", other, "-y")
        assert replayed.code == 2
        assert "line 1 is no record: it was masked when it was read" in replayed.err
        assert read_by_confluent(mini_cluster, other, Isolation.COMMITTED) == []
        assert run("produce", other, "--file", str(path), "--allow-masked").code == 0
        seen = read_by_confluent(mini_cluster, other, Isolation.COMMITTED)
        assert [each.value for each in seen] == [SHOWN.encode(), b"***"]


def test_no_editor_sees_what_is_hidden(
    kafkatui: Kafkatui, mini_cluster: Status, masks: Path, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f'bootstrap = "{mini_cluster.bootstrap}"\nread_only = false\nedit = true'
    masks.write_text(f"[contexts.edits]\n{where}\n{MASKS}")
    monkeypatch.setenv("EDITOR", "false")
    ran = kafkatui("replay", topic, "--to", topic, "--records", "0@0", "--edit", "-c", "edits", "-y")
    assert ran.code == 2
    assert f"nothing is sent: {topic}-0@0 is masked by config.toml: 5 fields (value.card.number" in ran.err


def test_a_wrong_rule_ends_it_before_anything_is_read(run: Kafkatui, masks: Path, topic: str) -> None:
    masks.write_text('[[masks]]\nfield = ["value"]')
    ran = run("read", topic)
    assert (ran.code, ran.out) == (2, "")
    assert "config.toml: masks[0].field is not a setting" in ran.err
