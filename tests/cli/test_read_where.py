"""`kafkatui read --where` against real brokers: what is found, what could not be told, what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from kafkatui.minicluster.cluster import Status
from tests.cli.conftest import Kafkatui, Ran
from tests.cli.test_read import a_producer, a_topic

VALUES = [
    b'{"number":0,"name":"plain","at":"2026-11-23T09:00:00Z"}',
    b'{"number":1,"name":"\\u0070lain","tags":["a","b"]}',
    b'{"number":2,"name":"pl\\u0061in","tags":[]}',
    b'{"number":3.0,"name":"other"}',
    b'{"number":"4"}',
    b"no json",
    b"",
    None,
]


@pytest.fixture(scope="module")
def topic(mini_cluster: Status) -> Iterator[str]:
    """A batch for each record, so that required bytes decide for each."""
    with a_topic(mini_cluster) as name:
        producer = a_producer(mini_cluster)
        for number, value in enumerate(VALUES):
            headers = [("trace", b"t%d" % number)] if number < 4 else []
            producer.produce(name, partition=0, key=b"%d" % number, value=value, headers=headers)
            assert producer.flush(20) == 0
        yield name


@pytest.fixture
def read(kafkatui: Kafkatui, mini_cluster: Status, topic: str) -> Kafkatui:
    def run(*arguments: str) -> Ran:
        return kafkatui("read", topic, "-b", mini_cluster.bootstrap, "--output", "ndjson", *arguments)

    return run


def offsets(ran: Ran) -> list[int]:
    return [json.loads(line)["offset"] for line in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("value.number >= 1", [1, 2, 3]),
        ('value.name == "plain"', [0, 1, 2]),
        ('value.name == "plain" && value.number > 0', [1, 2]),
        ('value.name.contains("lai")', [0, 1, 2]),
        ('has(value.tags) && "b" in value.tags', [1]),
        ('timestamp(value.at) < timestamp("2026-11-24T00:00:00Z")', [0]),
        ('key == "3" || headers.trace == "t1"', [1, 3]),
        ("int(key) > 5 && offset < 7", [6]),
        ("value == null", [7]),
        ('value == "no json"', [5]),
        ('value == ""', [6]),
        ("value.name.matches('^.l')", [0, 1, 2]),
    ],
)
def test_what_is_found(read: Kafkatui, where: str, found: list[int]) -> None:
    ran = read("--where", where)
    assert (offsets(ran), ran.code) == (found, 0)


def test_what_could_not_be_told_is_counted(read: Kafkatui, topic: str) -> None:
    ran = read("--where", "value.number >= 1")
    said = ran.err.splitlines()[-1]
    assert re.search(r"\b4\b.* left out|left out.*\b4\b", said)
    assert said.endswith(f" {topic}-0@4: '>=' can not be applied to string, int")


def test_several_expressions_and_other_filters(read: Kafkatui) -> None:
    ran = read("--where", "value.number >= 1", "--where", "value.number <= 2", "--header", "trace=t2")
    assert offsets(ran) == [2]


def test_a_bad_expression_is_refused_with_its_column(read: Kafkatui) -> None:
    ran = read("--where", "value.number == 1 && vlue.name == 2")
    assert (ran.code, ran.out) == (2, "")
    assert "column 22 of the expression: there is no variable 'vlue'; there are headers, key" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_keys_that_need_a_decoder(kafkatui: Kafkatui, mini_cluster: Status, bare_home: Path) -> None:
    with a_topic(mini_cluster) as name:
        producer = a_producer(mini_cluster)
        for number in range(4):
            producer.produce(name, partition=0, key=number.to_bytes(4), value=b'{"number":%d}' % number)
        assert producer.flush(20) == 0
        at = (name, "-b", mini_cluster.bootstrap, "--output", "ndjson", "--where")
        assert offsets(kafkatui("read", *at, 'key == "00000001"')) == [1]
        (bare_home / ".kafkatui.toml").write_text('[topics."*"]\nkey = "int32"\n', encoding="utf-8")
        assert offsets(kafkatui("read", *at, "key == 1 || value.number == 3")) == [1, 3]
        assert offsets(kafkatui("read", *at, "value.number > 1")) == [2, 3]


def test_values_of_another_format(kafkatui: Kafkatui, mini_cluster: Status, bare_home: Path) -> None:
    (bare_home / ".kafkatui.toml").write_text('[topics."*"]\nvalue = "messagepack"\n', encoding="utf-8")
    with a_topic(mini_cluster) as name:
        producer = a_producer(mini_cluster)
        for number in range(4):
            packed: bytes = msgpack.packb({"number": number, "name": "plain"})
            producer.produce(name, partition=0, value=packed if number else b"\xc1")
        assert producer.flush(20) == 0
        where = 'value.name == "plain" && value.number > 1'
        ran = kafkatui("read", name, "-b", mini_cluster.bootstrap, "--output", "ndjson", "--where", where)
    assert offsets(ran) == [2, 3]
    assert f" {name}-0@0: " in ran.err
