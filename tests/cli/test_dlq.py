"""`kafkatui dlq` against real brokers: exact bytes on stdout, what was read on stderr, exit codes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafkatui.dead_letters.causes import Key
from kafkatui.minicluster.cluster import Status
from kafkatui.model.records import Header
from tests import dead_letters
from tests.cli.conftest import Kafkatui, Ran
from tests.dead_letters import APP, TRACE
from tests.making_topics import make_topics, remove_topics

BEGAN = 1_795_000_000_000
ILLEGAL = "java.lang.IllegalStateException"
HOSTILE = b"\x1b]0;owned\x07 [/nope] \xe2\x80\xaegnp\n=cmd|x"


class World:
    """Two topics of dead letters: what lies where, and where it came from."""

    def __init__(self, mini_cluster: Status) -> None:
        self.bootstrap = mini_cluster.bootstrap
        mark = uuid.uuid4().hex[:6]
        self.origin, self.letters, self.own = f"orders{mark}", f"orders{mark}-dlt", f"broken{mark}"
        self.producer = Producer({"bootstrap.servers": self.bootstrap, "log_level": 2})

    def write(self, topic: str, partition: int, at: int, value: bytes | None, headers: tuple[Header, ...]) -> None:
        self.producer.produce(topic, value, b"o-1", partition, timestamp=BEGAN + at, headers=list(headers))

    def fill(self) -> None:
        for at in range(4):
            self.write(self.origin, 0, at, b"v%d" % at, APP)
        for at, (offset, message) in enumerate([(0, b"no stock for o-17"), (1, b"no stock for o-4"), (2, HOSTILE)]):
            self.write(self.letters, 0, 1_000 + at, b"v%d" % offset, self.spring(offset, message))
        self.write(self.letters, 1, 2_000, b"other", self.spring(3, b"no stock for o-5"))
        self.write(self.own, 0, 5, b"v", (("src", self.origin.encode()), ("why", b"too late by 5 s")))
        self.write(self.own, 0, 6, b"v", ())
        assert self.producer.flush(20) == 0

    def spring(self, offset: int, message: bytes) -> tuple[Header, ...]:
        return (
            *APP,
            ("kafka_dlt-original-topic", self.origin.encode()),
            ("kafka_dlt-original-partition", b"\x00\x00\x00\x00"),
            ("kafka_dlt-original-offset", offset.to_bytes(8, "big")),
            ("kafka_dlt-original-timestamp", (BEGAN + offset).to_bytes(8, "big")),
            ("kafka_dlt-original-consumer-group", b"shop"),
            ("kafka_dlt-exception-fqcn", dead_letters.WRAPPER),
            ("kafka_dlt-exception-cause-fqcn", ILLEGAL.encode()),
            ("kafka_dlt-exception-message", message),
            ("kafka_dlt-exception-stacktrace", TRACE),
        )

    def cause(self, message: str) -> str:
        return Key(ILLEGAL, message, self.origin, "shop").id


@pytest.fixture(scope="module")
def world(mini_cluster: Status) -> Iterator[World]:
    made = World(mini_cluster)
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    names = (made.origin, made.letters, made.own)
    wanted = [NewTopic(name, 2, 3, config={"retention.ms": "-1"}) for name in names]
    make_topics(mini_cluster.bootstrap, *wanted)
    made.fill()
    for each in admin.delete_records([TopicPartition(made.origin, 0, 1)]).values():
        each.result(20)
    yield made
    remove_topics(mini_cluster.bootstrap, *names)


@pytest.fixture
def dlq(kafkatui: Kafkatui, world: World) -> Kafkatui:
    def run(*arguments: str) -> Ran:
        return kafkatui("dlq", *arguments, "-b", world.bootstrap)

    return run


def seconds(at: int) -> str:
    return datetime.fromtimestamp((BEGAN + at) / 1000).astimezone().isoformat(timespec="seconds")


def moment(at: int) -> str:
    return datetime.fromtimestamp((BEGAN + at) / 1000).astimezone().isoformat(timespec="milliseconds")


STOCK = "no stock for o-#"
ODD = "\x1b]#;owned\x07 [/nope] \u202egnp =cmd|x"


def test_causes_as_a_table(dlq: Kafkatui, world: World) -> None:
    ran = dlq(world.letters)
    first, last, odd = seconds(1_000), seconds(2_000), seconds(1_002)
    width = len(world.origin)
    assert ran.out.splitlines() == [
        f"CAUSE       COUNT  EXCEPTION                        {'ORIGIN':<{width}}  GROUP  {'FIRST':<25}  {'LAST':<25}  "
        f"ATTEMPTS  SENT  WHEN          {'EXAMPLE':<{len(world.letters) + 4}}  MESSAGE",
        f"{world.cause(STOCK)}      3  {ILLEGAL}  {world.origin}  shop   {first}  {last}         -     1  "
        f"▇▁▁▁▁▁▁▁▁▁▁▄  {world.letters}-1@0  {STOCK}",
        f"{world.cause(ODD)}      1  {ILLEGAL}  {world.origin}  shop   {odd}  {odd}         -     1  "
        f"▇▁▁▁▁▁▁▁▁▁▁▁  {world.letters}-0@2  ␛]#;owned␇ [/nope] \ufffdgnp =cmd|x",
    ]
    assert ran.code == 0
    assert ran.err == f"kafkatui: {world.letters}: 2 of 2 partitions, offsets p0 0-3, p1 0-1, 4 records\n"


def test_causes_of_several_topics_say_where_they_lie(dlq: Kafkatui, world: World) -> None:
    ran = dlq(world.letters, world.own)
    head, *rows = ran.out.splitlines()
    assert head.split()[:3] == ["TOPIC", "CAUSE", "COUNT"]
    assert {row.split()[0] for row in rows} == {world.letters}
    assert ran.err.count("\n") == 3


def test_causes_as_csv(dlq: Kafkatui, world: World) -> None:
    ran = dlq(world.letters, "--output", "csv")
    head = "topic,cause,count,exception,message,origin,group,first,last,fewest_attempts,most_attempts,most_sent,"
    stock = (
        f"{world.letters},{world.cause(STOCK)},3,{ILLEGAL},{STOCK},{world.origin},shop,{BEGAN + 1000},{BEGAN + 2000}"
    )
    odd = f"{world.letters},{world.cause(ODD)},1,{ILLEGAL},{ODD},{world.origin},shop,{BEGAN + 1002},{BEGAN + 1002}"
    example = f'"{HOSTILE.decode()}"'
    assert ran.out == (
        f"{head}example_partition,example_offset,example_message\r\n"
        f"{stock},,,1,1,0,no stock for o-5\r\n"
        f"{odd},,,1,0,2,{example}\r\n"
    )
    assert ran.code == 0
    assert "\x1b" not in ran.err


def test_causes_as_json(dlq: Kafkatui, world: World) -> None:
    ran = dlq(world.letters, "--json", "--last", "2")
    document = json.loads(ran.out)
    assert ran.out.isascii()
    assert document["schema"] == "kafkatui.dlq/1"
    (topic,) = document["topics"]
    assert (topic["topic"], topic["read"], topic["dead_letters"], topic["beyond"]) == (world.letters, 2, 2, 0)
    assert topic["dialect"] == "spring-kafka"
    newest = topic["causes"][0]
    assert newest == {
        "cause": world.cause(STOCK),
        "count": 1,
        "exception": ILLEGAL,
        "message": STOCK,
        "origin": world.origin,
        "group": "shop",
        "first": BEGAN + 2000,
        "last": BEGAN + 2000,
        "fewest_attempts": None,
        "most_attempts": None,
        "most_sent": 1,
        "when": {"first": BEGAN + 1002, "last": BEGAN + 2000, "counts": [0] * 11 + [1]},
        "example": {"topic": world.letters, "partition": 1, "offset": 0},
        "example_message": "no stock for o-5",
        "problems": {},
    }
    assert document["not_read"] == []
    assert sum(piece["until"] - piece["first"] for piece in document["searched"]) == 4
    assert ran.err.endswith("2 records (the newest 2)\n")


def test_the_list_names_topics_and_what_says_so(dlq: Kafkatui, world: World) -> None:
    ran = dlq("--output", "ndjson")
    rows = {row["topic"]: row for row in map(json.loads, ran.out.splitlines())}
    assert rows[world.letters] == {
        "topic": world.letters,
        "kind": "dead-letters",
        "dialect": "spring-kafka",
        "recognised_by": "name+headers",
        "records": 4,
        "newest": BEGAN + 2000,
        "problem": None,
        "read": 4,
        "dead_letters": 4,
        "causes": 2,
        "beyond": 0,
    }
    assert world.own not in rows, "nothing but a table of the config file tells"
    assert world.origin not in rows
    assert ran.code == 0
    table = dlq()
    assert table.out.splitlines()[0].split() == [
        "TOPIC", "KIND", "DIALECT", "BY", "RECORDS", "CAUSES", "NEWEST", "PROBLEM",
    ]  # fmt: skip
    (line,) = [line.split() for line in table.out.splitlines() if line.startswith(f"{world.letters} ")]
    assert line == [world.letters, "dead-letters", "spring-kafka", "name+headers", "4", "2", seconds(2_000)]


def test_headers_of_ones_own_by_the_config_file(dlq: Kafkatui, world: World, bare_home: Path) -> None:
    bare = dlq(world.own)
    assert (bare.code, bare.out.count("\n")) == (0, 1)
    assert f'no record tells of a failure in a known way; [dead_letters."{world.own}"] in the config file' in bare.err
    (bare_home / "kafkatui").mkdir()
    rule = '[dead_letters."broken*"]\ntopic = "src"\nmessage = "why"\nattempts = "tries"\n'
    (bare_home / "kafkatui" / "config.toml").write_text(rule)
    ran = dlq(world.own, "--json")
    (topic,) = json.loads(ran.out)["topics"]
    (cause,) = topic["causes"]
    assert (cause["message"], cause["origin"], cause["count"]) == ("too late by # s", world.origin, 1)
    assert cause["problems"] == {"exception": "not told", "group": "not told"}
    assert (topic["read"], topic["dead_letters"]) == (2, 1)
    assert "1 record tell" in ran.err


def test_show_as_text_with_the_origin_beside_it(dlq: Kafkatui, world: World) -> None:
    ran = dlq("show", world.letters, "--cause", "1", "--origin")
    origin = f"{moment(3)}  group shop"
    blocks = ran.out.split("\n\n")
    assert len(blocks) == 3
    assert blocks[2] == (
        f"{world.letters}-1@0  {moment(2_000)}  Spring Kafka  {world.cause(STOCK)}\n"
        f"  origin      {world.origin}-0@3  {origin}\n"
        "  attempts    -  sent 1 time\n"
        f"  exception   {ILLEGAL}\n"
        "  message     no stock for o-5\n"
        "  key         o-1\n"
        "  value       other\n"
        "  header      trace: t-1\n"
        '  header      empty: ""\n'
        "  header      null: -\n"
        "  header      trace: t-2\n"
        '  header      raw: {"base64":"/wA="}\n'
        f"  stack       {ILLEGAL}: no funds\n"
        "                  at com.example.A.b(A.java:1)\n"
        "                  at com.example.C.d(C.java:2)\n"
        "                  at java.base/java.lang.Thread.run(Thread.java:1583)\n"
        "  the origin  has another value\n"
        "  its key     o-1\n"
        "  its value   v3\n"
    )
    assert "  the origin  is not there: deleted by retention or by request: the log starts at 1" in blocks[0]
    assert "  the origin  has the same key and value" in blocks[1]
    assert ran.code == 0, "an origin that is gone is an answer"


def test_show_hostile_text_on_lines_that_are_ours(dlq: Kafkatui, world: World) -> None:
    ran = dlq("show", world.letters, "--cause", world.cause(ODD)[:6])
    assert "  message     ␛]0;owned␇ [/nope] \ufffdgnp\n              =cmd|x\n" in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_show_as_ndjson_tells_every_part_and_what_is_not_told(dlq: Kafkatui, world: World) -> None:
    ran = dlq("show", world.letters, "-n", "1", "--origin", "--output", "ndjson")
    (document,) = map(json.loads, ran.out.splitlines())
    letter: dict[str, Any] = document["dead_letter"]
    assert (document["topic"], document["partition"], document["offset"]) == (world.letters, 1, 0)
    assert document["value"] == {"text": "other"}
    assert letter["origin"] == {
        "topic": world.origin,
        "partition": 0,
        "offset": 3,
        "timestamp": BEGAN + 3,
        "group": "shop",
        "problems": {},
    }
    assert (letter["dialect"], letter["cause"], letter["passes"], letter["sent"]) == (
        "spring-kafka", world.cause(STOCK), 1, 1,
    )  # fmt: skip
    assert letter["stacktrace"] == TRACE.decode()
    assert letter["problems"] == {
        "connector": "Spring Kafka does not tell a connector",
        "stage": "Spring Kafka does not tell the stage",
        "task": "Spring Kafka does not tell a task",
        "attempts": "no attempts are told: there is no header retry_topic-attempts or kafka_deliveryAttempt",
    }
    assert "kafka_dlt-original-topic" in letter["own_headers"]
    assert "trace" not in letter["own_headers"]
    fetched = document["origin_record"]
    assert (fetched["same"], fetched["problem"], fetched["record"]["value"]) == (False, None, {"text": "v3"})


def test_show_as_csv_and_json(dlq: Kafkatui, world: World) -> None:
    ran = dlq("show", world.letters, "-n", "1", "--output", "csv", "--no-headers", "--origin")
    assert ran.out == (
        f"{world.letters},1,0,{BEGAN + 2000},spring-kafka,{world.cause(STOCK)},{ILLEGAL},no stock for o-5,"
        f"{world.origin},0,3,{BEGAN + 3},shop,1,1,,,,,found,false\r\n"
    )
    document = json.loads(dlq("show", world.letters, "--json").out)
    assert document["schema"] == "kafkatui.dlq-show/1"
    assert [each["offset"] for each in document["dead_letters"]] == [0, 1, 2, 0], "the newest last"


def test_a_range_bounds_what_is_read(dlq: Kafkatui, world: World) -> None:
    ran = dlq(world.letters, "-p", "0", "-o", "1:3", "--output", "csv", "--no-headers")
    assert [line.split(",")[2] for line in ran.out.splitlines() if line.startswith(world.letters)] == ["1", "1"]
    assert ran.err == f"kafkatui: {world.letters}: 1 of 2 partitions, offsets 1-3, 2 records\n"
    shown = json.loads(dlq("show", world.letters, "-p", "0", "-o", ":2", "--json").out)
    assert [each["offset"] for each in shown["dead_letters"]] == [0, 1]


def test_what_is_not_there_is_named(dlq: Kafkatui, world: World) -> None:
    ran = dlq(f"{world.letters}x")
    assert (ran.code, ran.err) == (
        1, f"kafkatui: topic {world.letters}x does not exist; did you mean {world.letters}?\n",
    )  # fmt: skip
    ran = dlq("show", world.letters, "--cause", "99")
    assert ran.code == 1
    assert ran.err.endswith("kafkatui: no dead letter of cause 99 was found\n")


def test_flags_in_front_of_the_command_count_too(kafkatui: Kafkatui, world: World) -> None:
    assert kafkatui("-b", world.bootstrap, "dlq", world.letters).code == 0
    assert kafkatui("-b", world.bootstrap, "dlq", "show", world.letters, "-n", "1").code == 0


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("dlq -b a:1 show", "write flags behind the command: kafkatui dlq show TOPIC -b HOST:PORT"),
        ("dlq show", "name a topic; kafkatui dlq lists those with dead letters"),
        ("dlq -b a:1 show orders", "write flags behind the command: kafkatui dlq show TOPIC -b HOST:PORT"),
        ("dlq x -b a:1 --output prometheus", "dead letters are not printed for prometheus: a part of a topic"),
        ("dlq x -b a:1 --last 5 -o 1:2", "--last and -o both say where to read: give one of them"),
        ("dlq x -b a:1 -o nowhere", "-o 'nowhere' is no position"),
        ("dlq x", "no cluster is named: give -b HOST:PORT"),
    ],
)
def test_one_sentence_and_exit_code_2(kafkatui: Kafkatui, line: str, sentence: str) -> None:
    ran = kafkatui(*line.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kafkatui: {sentence}")
    assert ran.err.count("\n") == 1


def test_a_cluster_that_does_not_answer(kafkatui: Kafkatui) -> None:
    for line in ("dlq -b 127.0.0.1:1", "dlq x -b 127.0.0.1:1", "dlq show x -b 127.0.0.1:1 --origin"):
        ran = kafkatui(*line.split())
        assert (ran.code, ran.out) == (3, "")


def test_help_leads_to_every_command(kafkatui: Kafkatui) -> None:
    ran = kafkatui("dlq", "--help")
    assert ran.code == 0
    assert "kafkatui dlq TOPIC" in ran.out
    assert "--last" in kafkatui("dlq", "orders", "--help").out
    assert "--cause" in kafkatui("dlq", "show", "--help").out
