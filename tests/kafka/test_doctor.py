"""The doctor at real brokers: a well cluster in every step, what is only read, and what a user may not see."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from kio.schema.alter_client_quotas.v1.request import AlterClientQuotasRequest, EntityData, EntryData, OpData
from kio.static.primitive import f64

from kafkatui.doctor.clocks import throttle
from kafkatui.doctor.examination import Examination
from kafkatui.doctor.step import Outcome, Part, Step
from kafkatui.kafka.dialling import dial
from kafkatui.kafka.probes import Probes
from kafkatui.kafka.quorum import read_skew
from kafkatui.kafka.wire import READING, Prepared
from kafkatui.minicluster import cluster, engine_java
from kafkatui.minicluster.cluster import Status
from kafkatui.minicluster.layout import HOST, Node, free_ports
from kafkatui.minicluster.properties import server_properties
from kafkatui.model.connection import Connection, Sasl
from kafkatui.model.probes import Operation
from kafkatui.model.problems import Problem
from tests.kafka.command_line import run
from tests.making_topics import make_topics
from tests.waiting import until

RISKY = f"doctor-{uuid.uuid4().hex[:8]}"
"""A topic that is set up against all advice."""
USER, PASSWORD = "operator", "not-a-secret"
OPEN, HIDDEN = "open", "veiled-topic"


async def examined(connection: Connection) -> tuple[list[Step], Probes]:
    async with Probes.open(connection) as source:
        return [step async for step in Examination(source, connection, "-b").steps()], source


def found(steps: list[Step], name: str, about: str = "") -> Step:
    return next(step for step in steps if step.name == name and about in step.about)


def bootstrap(status: Status) -> Connection:
    return Connection(tuple(status.bootstrap.split(",")))


async def test_a_well_cluster_is_ok_at_every_step_and_only_read(mini_cluster: Status) -> None:
    steps, source = await examined(bootstrap(mini_cluster))
    tried = [step for step in steps if step.part is not Part.ADVICE and step.outcome is not Outcome.NOT_TRIED]
    assert [step for step in tried if step.outcome is not Outcome.OK] == []
    assert found(steps, "api_versions").facts["release"] == "4.3"
    assert found(steps, "api_versions").facts["missing"] == []
    assert len([step for step in steps if step.name == "listener"]) == 3
    assert set(source.cluster.requests) <= READING


async def test_the_clock_of_this_machine_lies_between_its_bounds(mini_cluster: Status) -> None:
    steps, _ = await examined(bootstrap(mini_cluster))
    facts = found(steps, "clock").facts
    # The brokers run on this machine, so the difference is none; a busy machine only makes the bounds wider.
    assert facts["low_seconds"] <= 0.001
    assert facts["high_seconds"] >= 0
    assert facts["high_seconds"] - facts["low_seconds"] < 5


async def test_a_clock_set_wrong_is_found_to_the_millisecond(mini_cluster: Status) -> None:
    connection = bootstrap(mini_cluster)
    async with Probes.open(connection) as source:
        examination = Examination(source, connection, "-b")
        async for step in examination.steps():
            if step.name == "cluster":
                break
        skew = await read_skew(source.cluster.nodes, lambda: time.time() - 60)
    assert skew.low <= 60.001  # type: ignore[union-attr]
    assert skew.high >= 60  # type: ignore[union-attr]


async def test_a_quota_that_holds_answers_back_is_told(mini_cluster: Status) -> None:
    client_id = f"{RISKY}-throttled"
    host, port = HOST, int(mini_cluster.bootstrap.split(",")[0].rpartition(":")[2])
    await give_quota(host, port, client_id)
    async with Probes.open(replace(bootstrap(mini_cluster), client_id=client_id)) as source:

        async def is_held_back() -> bool:
            assert isinstance(await source.release(host, port), str)
            return bool(source.throttles().by_broker)

        assert not isinstance(await source.login(host, port, "broker 1"), Problem)
        await until(is_held_back)
        step = throttle(source.throttles())
    assert step.outcome is Outcome.WARNING
    assert re.fullmatch(r"answers are held back by a quota: broker 1 by \d+ ms", step.found)


async def give_quota(host: str, port: int, client_id: str) -> None:
    """A ten-thousandth of one thread's time (KIP-124)."""
    entity = EntityData(entity_type="client-id", entity_name=client_id)
    wanted = OpData(key="request_percentage", value=f64(0.01), remove=False)
    request = AlterClientQuotasRequest(entries=(EntryData(entity=(entity,), ops=(wanted,)),), validate_only=False)
    connection = await dial(host, port, Connection(()), "broker 1")
    try:
        # No command of the program sends it, so it is not among the requests it knows.
        await connection.send(Prepared(request.__api_key__, request.__version__, request))  # type: ignore[arg-type]
    finally:
        connection.close()


@pytest.fixture
def risky(mini_cluster: Status) -> Iterator[Status]:
    config = {"min.insync.replicas": "1", "unclean.leader.election.enable": "true"}
    make_topics(mini_cluster.bootstrap, NewTopic(RISKY, 2, 1, config=config))
    yield mini_cluster
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    admin.delete_topics([RISKY])[RISKY].result(20)


def test_a_topic_against_all_advice_is_named_and_the_exit_code_is_still_0(risky: Status) -> None:
    ran = run("doctor", "-b", risky.bootstrap, "--json")
    assert ran.code == 0
    document = json.loads(ran.out)
    assert document["outcome"] == "ok"
    advice = {each["step"]: each for each in document["advice"]}
    for name in ("replication", "unclean_election"):
        assert advice[name]["outcome"] == "warning"
        assert RISKY in advice[name]["facts"]["topics"]
    assert {each["step"] for each in document["advice"]} == {
        "leaders", "in_sync", "replication", "min_insync", "unclean_election", "internal_topics", "leader_spread",
        "preferred_leaders", "racks", "retention", "log_dirs", "disks", "quorum", "versions", "auto_create",
    }  # fmt: skip
    assert (advice["log_dirs"]["outcome"], len(advice["disks"]["facts"]["used_percent"])) == ("ok", 3)
    assert advice["quorum"]["facts"]["voters"] == [1, 2, 3]
    assert run("doctor", "-b", risky.bootstrap, "--strict").code == 4


def test_a_first_address_of_no_use_costs_its_step(mini_cluster: Status) -> None:
    (closed,) = free_ports(1)
    ran = run("doctor", "-b", f"{HOST}:{closed},{mini_cluster.bootstrap}")
    assert ran.code == 1
    out = ran.out.decode()
    assert f"✗ failed     tcp                {HOST}:{closed}: connection refused" in out
    assert out.count("reachable as it is advertised") == 3


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One broker; its listeners' addresses by name: one for a user who may do little, two that advertise nonsense."""
    home: Path = tmp_path_factory.mktemp("guarded")
    names = ("USERS", "CLOSED", "NAMELESS", "closed")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine_java, "server_properties", lambda node, *of: with_listeners(ports, node, *of))
            status = cluster.up(1, "java", home=home)
        make_topics(status.bootstrap, NewTopic(OPEN, 1, 1), NewTopic(HIDDEN, 1, 1))
        allow(status.bootstrap)
        yield {name: f"{HOST}:{port}" for name, port in ports.items()}
    finally:
        cluster.down(home)


def with_listeners(ports: dict[str, int], node: Node, *rest: object) -> str:
    """Of a name that stands there twice Java takes the last."""
    text = server_properties(node, *rest)  # type: ignore[arg-type]
    known = dict(line.split("=", 1) for line in text.splitlines())
    listening = [f"{name}://{HOST}:{ports[name]}" for name in ("USERS", "CLOSED", "NAMELESS")]
    elsewhere = [listening[0], f"CLOSED://{HOST}:{ports['closed']}", f"NAMELESS://kafka-1:{ports['closed']}"]
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    more = {
        "listeners": ",".join([known["listeners"], *listening]),
        "advertised.listeners": ",".join([known["advertised.listeners"], *elsewhere]),
        "listener.security.protocol.map": f"{known['listener.security.protocol.map']},"
        "USERS:SASL_PLAINTEXT,CLOSED:PLAINTEXT,NAMELESS:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.users.plain.sasl.jaas.config": f'{login} user_{USER}="{PASSWORD}";',
    }
    return text + "".join(f"{name}={value}\n" for name, value in more.items())


def allow(bootstrap: str) -> None:
    """The user may describe one topic; of what belongs to somebody else it may do nothing."""
    acls = [
        an_acl(ResourceType.TOPIC, OPEN, USER, AclOperation.DESCRIBE),
        an_acl(ResourceType.TOPIC, HIDDEN, "somebody-else", AclOperation.READ),
        an_acl(ResourceType.BROKER, "kafka-cluster", "somebody-else", AclOperation.DESCRIBE),
    ]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for done in admin.create_acls(acls).values():
        done.result(30)


def an_acl(kind: ResourceType, name: str, user: str, operation: AclOperation) -> AclBinding:
    literal, allowed = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
    return AclBinding(kind, name, literal, f"User:{user}", "*", operation, allowed)


def a_user(guarded: dict[str, str], **changes: str) -> Connection:
    values = {"mechanism": "PLAIN", "username": USER, "password": PASSWORD, **changes}
    return Connection((guarded["USERS"],), sasl=Sasl(**values), connect_seconds=2.0)


async def test_what_a_user_may_not_see_is_told_and_fails_nothing(guarded: dict[str, str]) -> None:
    """K7 of kafka-facts.md."""
    steps, _ = await examined(a_user(guarded))
    assert [step for step in steps if step.outcome is Outcome.FAILED] == []
    sasl = found(steps, "sasl")
    assert sasl.facts["offered"] == ["PLAIN"]
    cluster_rights, topics = found(steps, "cluster_rights"), found(steps, "topic_rights")
    assert Operation.DESCRIBE not in cluster_rights.facts["operations"]
    assert "quorum and disks are hidden" in cluster_rights.found
    assert topics.facts["unreadable"] == [OPEN]
    assert HIDDEN not in " ".join(step.found for step in steps)
    for name in ("clock", "quorum", "log_dirs", "disks"):
        assert found(steps, name).outcome is Outcome.NOT_TRIED, name
        assert "not authorized" in found(steps, name).found, name


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"password": "wrong"}, "password"), ({"mechanism": "SCRAM-SHA-512"}, "PLAIN")],
    ids=["wrong-password", "unknown-mechanism"],
)
async def test_a_login_of_no_use_says_what_would_be(
    guarded: dict[str, str], changes: dict[str, str], words: str
) -> None:
    steps, _ = await examined(a_user(guarded, **changes))
    sasl = found(steps, "sasl")
    assert sasl.outcome is Outcome.FAILED
    assert words in sasl.found
    assert sasl.advice
    assert PASSWORD not in str(steps)


async def test_a_login_where_none_is_wanted(guarded: dict[str, str]) -> None:
    steps, _ = await examined(replace(a_user(guarded), bootstrap=(guarded["CLOSED"],)))
    assert found(steps, "sasl").outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("listener", "step", "advice"),
    [
        ("CLOSED", "tcp: connection refused", "Look whether the broker runs"),
        ("NAMELESS", "dns: the name does not resolve", "It advertises kafka-1:"),
    ],
)
async def test_an_advertised_address_of_no_use(guarded: dict[str, str], listener: str, step: str, advice: str) -> None:
    """The bootstrap server answers, so all that any broker can tell is told."""
    steps, _ = await examined(Connection((guarded[listener],), connect_seconds=2.0))
    broker = found(steps, "listener")
    assert broker.outcome is Outcome.FAILED
    assert broker.found.startswith(step)
    assert broker.advice.startswith(advice)
    assert [each.name for each in steps if each.outcome is Outcome.FAILED] == ["listener"]
    assert found(steps, "replication").facts["topics"]
