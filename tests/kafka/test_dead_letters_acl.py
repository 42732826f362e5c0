"""Origins one may not read: a real broker with users and ACLs, where a record is there and nobody shows it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from kafkatui.dead_letters.finding import find
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.origin import Fetched, fetch_origins
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redrive import LeftOut, Redrive, plan
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import brokers, cluster
from kafkatui.minicluster.engine_java import JavaEngine
from kafkatui.minicluster.layout import HOST, free_ports
from kafkatui.model.connection import Connection, Sasl
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.reading.records import Records

USER, PASSWORD = "operator", "not-a-secret"
READABLE, SEEN, HIDDEN = "readable", "seen", "hidden"
"""What the user may read, only describe, and not even see."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """One broker; the connection of the user."""
    home: Path = tmp_path_factory.mktemp("guarded")
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = cluster.up(1, "java", home=home)
        port = free_ports(1)[0]
        engine = JavaEngine()
        killed = engine.kill(status.brokers[0])
        let_in(status.data_dir / killed.name / "server.properties", port)
        again = replace(status, brokers=(engine.revive(status, killed),))
        brokers.wait_until_ready(again)
        fill(status.bootstrap)
        sasl = Sasl("PLAIN", USER, PASSWORD)
        yield Connection((f"{HOST}:{port}",), sasl=sasl)
    finally:
        cluster.down(home)
        signal.signal(signal.SIGTERM, before)


def let_in(properties: Path, port: int) -> None:
    """Another listener, for a user with a password. Of a name that stands there twice Java takes the last."""
    known = dict(line.split("=", 1) for line in properties.read_text().splitlines())
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    more = {
        "listeners": f"{known['listeners']},USERS://{HOST}:{port}",
        "advertised.listeners": f"{known['advertised.listeners']},USERS://{HOST}:{port}",
        "listener.security.protocol.map": f"{known['listener.security.protocol.map']},USERS:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.users.plain.sasl.jaas.config": f'{login} user_{USER}="{PASSWORD}";',
    }
    with properties.open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in more.items())


def fill(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(name, 1, 1) for name in (READABLE, SEEN, HIDDEN)]).values():
        made.result(30)
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 2})
    for name in (READABLE, SEEN, HIDDEN):
        producer.produce(name, b"v", b"k")
    assert producer.flush(30) == 0
    allowed = [
        an_acl(SEEN, USER, AclOperation.DESCRIBE),
        an_acl(HIDDEN, "somebody-else", AclOperation.READ),
    ]
    for done in admin.create_acls(allowed).values():
        done.result(30)


def an_acl(topic: str, user: str, operation: AclOperation) -> AclBinding:
    literal, allow = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
    return AclBinding(ResourceType.TOPIC, topic, literal, f"User:{user}", "*", operation, allow)


def a_pointer(topic: str) -> DeadLetter:
    place = (("topic", topic), ("partition", "0"), ("offset", "0"))
    headers = tuple((f"__dlq.errors.{name}", text.encode()) for name, text in place)
    letter = Recogniser().read(Record("dlq.g", 0, 0, 1 << 50, None, None, headers))
    assert letter is not None
    return letter


async def origin(connection: Connection, letter: DeadLetter) -> Fetched:
    async with Cluster.open(connection) as opened:
        return (await fetch_origins(opened.nodes, [letter]))[letter.place]


async def test_what_one_may_read_is_found(guarded: Connection) -> None:
    found = await origin(guarded, a_pointer(READABLE))
    assert isinstance(found, Record)
    assert (found.key, found.value) == (b"k", b"v")


@pytest.mark.parametrize("topic", [SEEN, HIDDEN])
async def test_what_one_may_not_read_is_neither_gone_nor_sent(guarded: Connection, topic: str) -> None:
    letter = a_pointer(topic)
    found = await origin(guarded, letter)
    assert isinstance(found, Problem)
    assert found.code == "topic_authorization_failed"
    (left_out,) = plan([letter], Redrive("j", {topic: 1}), {letter.place: found})
    assert isinstance(left_out, LeftOut)
    assert left_out.problem == Problem(
        "topic_authorization_failed", "the record it names could not be read: not authorized to see this topic"
    )


async def test_topics_one_may_not_read_are_named_and_cost_nothing_else(guarded: Connection) -> None:
    async with Cluster.open(guarded) as opened:
        finding = await find(Records(opened.nodes), await opened.topology(), Recogniser())
    assert [(each.topic, each.problem.code) for each in finding.unread] == [(SEEN, "topic_authorization_failed")]
    assert (finding.found, finding.looked_at) == ((), 2)


async def test_what_is_not_there_is_gone(guarded: Connection) -> None:
    found = await origin(guarded, a_pointer("never"))
    assert isinstance(found, Problem)
    assert found.code == "unknown_topic_or_partition"
