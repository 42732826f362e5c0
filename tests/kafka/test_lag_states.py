"""Every kind of group in every state a lag can have, on real brokers at once: cells, JSON and exit codes."""

from __future__ import annotations

import gc
import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

from kafkatui.__main__ import main
from kafkatui.kafka.changes import delete_records
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster import cluster, engine_java
from kafkatui.minicluster.cluster import Status
from kafkatui.minicluster.layout import HOST, Node, free_ports
from kafkatui.minicluster.properties import server_properties
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.connection import Connection, Sasl
from kafkatui.model.groups import GroupType
from tests import kafka_tools
from tests.kafka import command_line
from tests.kafka.resting_groups import a_connection, a_live_group, beside, set_offsets
from tests.live_members import a_member
from tests.making_topics import make_topics
from tests.share_members import a_share_member
from tests.streams_members import a_streams_member
from tests.waiting import eventually, until

KINDS = (GroupType.CLASSIC, GroupType.CONSUMER, GroupType.SHARE, GroupType.STREAMS)
USER, PASSWORD = "operator", "not-a-secret"
VICTIM = 3
RECORDS = 20
STARTED_MS = round(time.time() * 1000) - 3_600_000

COMMITS = {"plain": 10, "read": 20, "ahead": 25, "lost": 2, "markers": 3, "held": 1, "leaderless": 3}
"""What every group has committed on partition 0 of each topic."""


TOOLS = {
    GroupType.CLASSIC: kafka_tools.GROUPS,
    GroupType.CONSUMER: kafka_tools.GROUPS,
    GroupType.SHARE: kafka_tools.SHARE_GROUPS,
    GroupType.STREAMS: kafka_tools.STREAMS_GROUPS,
}


@dataclass(frozen=True, slots=True)
class Guarded:
    """The cluster; and the file that lets a user in who may not see everything."""

    status: Status
    users: str
    properties: Path
    theirs: Mapping[GroupType, Sequence[Mapping[str, str]]]
    """What Kafka's own tools print of each group, before the broker went."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Everything at once: an open transaction, a broker that is gone, groups of each kind that are at rest."""
    home = tmp_path_factory.mktemp("states")
    ports = dict(zip((1, 2, 3), free_ports(3), strict=True))
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine_java, "server_properties", _with_users(ports))
            status = cluster.up(3, "java", home=home)
        with ExitStack() as stack:
            fill(status.bootstrap, stack)
            rest(status.bootstrap, home)
            theirs = {kind: kafka_tools.described(TOOLS[kind], status.bootstrap, kind.value) for kind in KINDS}
            cluster.kill_broker(VICTIM, home)
            eventually(lambda: _is_leaderless(status.bootstrap), 60)
            users = ",".join(f"{HOST}:{port}" for node, port in ports.items() if node != VICTIM)
            yield Guarded(status, users, _client_properties(home), theirs)
    finally:
        cluster.down(home)
        signal.signal(signal.SIGTERM, before)


def _with_users(ports: Mapping[int, int]) -> Callable[..., str]:
    """Another listener of each broker, for a user with a password. Of a name that comes twice Java takes the last."""
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"

    def properties(node: Node, *rest: Any) -> str:
        own, users = f"PLAINTEXT://{HOST}:{node.port}", f"USERS://{HOST}:{ports[node.node_id]}"
        more = {
            "listeners": f"{own},CONTROLLER://{HOST}:{node.controller_port},{users}",
            "advertised.listeners": f"{own},{users}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,USERS:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.users.plain.sasl.jaas.config": f'{login} user_{USER}="{PASSWORD}";',
        }
        return server_properties(node, *rest) + "".join(f"{name}={value}\n" for name, value in more.items())

    return properties


def _client_properties(home: Path) -> Path:
    file = home / "client.properties"
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    file.write_text(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
        f'sasl.jaas.config={login} username="{USER}" password="{PASSWORD}";\n'
    )
    file.chmod(0o600)
    return file


def fill(bootstrap: str, stack: ExitStack) -> None:
    """The topics, one for each state, with a transaction that stays open as long as `stack`."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    names = ("read", "ahead", "lost", "markers", "held", "hidden", "gone")
    make_topics(bootstrap, NewTopic("plain", 2, 3), *(NewTopic(name, 1, 3) for name in names))
    alone = NewTopic("leaderless", num_partitions=1, replica_assignment=[[VICTIM]])
    admin.create_topics([alone])["leaderless"].result(20)
    for name in ("plain", "read", "ahead", "lost", "hidden", "gone", "leaderless"):
        produce(bootstrap, name, RECORDS)
    produce(bootstrap, "plain", RECORDS, partition=1)
    produce(bootstrap, "held", 2)
    beside(delete_records(a_connection(bootstrap), {TopicPartition("lost", 0): 5}))
    tidy = in_transaction(bootstrap, "tidy", "markers", 3)
    tidy.commit_transaction(20)
    holding = in_transaction(bootstrap, "shop-payments", "held", 2)
    stack.callback(holding.abort_transaction, 20)
    everyone = AclBinding(
        ResourceType.TOPIC,
        "hidden",
        ResourcePatternType.LITERAL,
        "User:somebody-else",
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    for done in admin.create_acls([everyone]).values():
        done.result(20)


def produce(bootstrap: str, topic: str, records: int, partition: int = 0) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 2, "topic.metadata.refresh.interval.ms": 200})
    for number in range(records):
        producer.produce(topic, b"x", partition=partition, timestamp=STARTED_MS + number * 1_000)
    assert producer.flush(30) == 0


def in_transaction(bootstrap: str, name: str, topic: str, records: int) -> Producer:
    """A producer with a transaction that it has not ended."""
    where = {"bootstrap.servers": bootstrap, "log_level": 2, "transaction.timeout.ms": 600_000}
    producer = Producer({**where, "transactional.id": name})
    producer.init_transactions(30)
    producer.begin_transaction()
    for number in range(records):
        producer.produce(topic, b"x", partition=0, timestamp=STARTED_MS + number * 1_000)
    assert producer.flush(30) == 0
    return producer


def rest(bootstrap: str, folder: Path) -> None:
    """A group of each kind, named after it, with no member and with the commits of `COMMITS`."""
    wanted = {TopicPartition(topic, 0): Commit(offset) for topic, offset in COMMITS.items()}
    for kind in KINDS:
        # Whether a share group keeps the partition nobody fetched from is a matter of chance: it reads another topic.
        topic = "read" if kind is GroupType.SHARE else "plain"
        with a_live_group(bootstrap, kind, topic, folder, kind.value):
            pass
        set_offsets(bootstrap, kind.value, kind, wanted)


def _is_leaderless(bootstrap: str) -> bool:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    topics = admin.list_topics(timeout=20).topics
    leaders = {name: [each.leader for each in topic.partitions.values()] for name, topic in topics.items()}
    return leaders["leaderless"] == [-1] and not any(
        leader in (-1, VICTIM) for name, found in leaders.items() if name != "leaderless" for leader in found
    )


@dataclass(frozen=True, slots=True)
class State:
    """What is expected of one row."""

    lag: str
    """The cell."""
    problem: str
    """The cell; the start of it where it ends with a time."""
    committed: int | None
    end: int | None
    json_lag: int | None
    code: int = 0


PLAIN = State("10", "", 10, 20, 10)
READ = State("0", "", 20, 20, 0)
AHEAD = State("0", "the commit is 5 ahead of the log: was the topic made anew?", 25, 20, 0)
LOST = State("18", "3 records were deleted before they were read", 2, 20, 18)
MARKERS = State("0", "nothing to read: the offset left is a transaction marker or an aborted record", 3, 4, 0)
HELD = State("3", "2 of 3 are hidden by the open transaction of shop-payments since 20", 1, 4, 3)
LEADERLESS = State("?", "no leader: can not be read or written", 3, None, None, 1)
NO_COMMIT = State("20", "no commit; 20 records are available", None, 20, 20)
EVERYWHERE = {
    ("plain", 0): PLAIN,
    ("plain", 1): NO_COMMIT,
    ("read", 0): READ,
    ("ahead", 0): AHEAD,
    ("lost", 0): LOST,
    ("markers", 0): MARKERS,
    ("held", 0): HELD,
    ("leaderless", 0): LEADERLESS,
}
# A share group reads what an open transaction holds back unless told otherwise. Its own coordinator asks the leaders
# for its lag, so without one it tells nothing. On a partition it never began it has no row before it has a member
# (`test_a_share_group_that_has_not_started`).
IN_SHARES = {
    **{at: state for at, state in EVERYWHERE.items() if at != ("plain", 1)},
    ("held", 0): State("3", "", 1, 4, 3),
    ("leaderless", 0): State("?", "the partition has no leader right now", None, None, None, 1),
}
MATRIX = [
    (kind, topic, partition, state)
    for kind in KINDS
    for (topic, partition), state in (IN_SHARES if kind is GroupType.SHARE else EVERYWHERE).items()
]


Where = tuple[str, str, int]
"""Group, topic, partition."""


@pytest.fixture(scope="module")
def cells(guarded: Guarded) -> dict[Where, tuple[str, str]]:
    """What a table shows as lag and as problem."""
    ran = command_line.run("lag", *(kind.value for kind in KINDS), "-b", guarded.status.bootstrap)
    assert ran.code == 1, ran.err
    head, *lines = ran.out.decode().splitlines()
    lag, problem = slice(0, head.index("LAG") + len("LAG")), slice(head.index("PROBLEM"), None)
    rows = [(line.split(), line[lag].split()[-1], line[problem].strip()) for line in lines]
    return {(words[0], words[1], int(words[2])): (number, why) for words, number, why in rows}


@pytest.fixture(scope="module")
def rows(guarded: Guarded) -> dict[Where, Any]:
    """The same as JSON."""
    ran = command_line.run("lag", *(kind.value for kind in KINDS), "--json", "-b", guarded.status.bootstrap)
    assert ran.code == 1, ran.err
    return {
        (group["group"], row["topic"], row["partition"]): row
        for group in json.loads(ran.out)["groups"]
        for row in group["partitions"]
    }


@pytest.mark.parametrize(("kind", "topic", "partition", "state"), MATRIX)
def test_a_row_says_its_state(
    guarded: Guarded,
    cells: dict[Where, tuple[str, str]],
    rows: dict[Where, Any],
    kind: GroupType,
    topic: str,
    partition: int,
    state: State,
) -> None:
    lag, problem = cells[kind.value, topic, partition]
    assert (lag, problem[: len(state.problem) or None]) == (state.lag, state.problem)
    row = rows[kind.value, topic, partition]
    assert (row["committed"], row["end"], row["lag"]) == (state.committed, state.end, state.json_lag)
    assert (row["problem"] or "") == problem
    assert exit_code(guarded.status.bootstrap, kind.value, "-t", topic, "-p", str(partition)) == state.code


def test_no_row_is_missing_and_none_too_many(cells: dict[Where, Any], rows: dict[Where, Any]) -> None:
    assert set(cells) == set(rows) == {(kind.value, topic, partition) for kind, topic, partition, _ in MATRIX}


def test_kafkas_own_tools_print_the_same_where_they_are_right(guarded: Guarded, rows: dict[Where, Any]) -> None:
    """The differences, and only those, are told in the README."""
    assert guarded.theirs[GroupType.STREAMS] == [], "it tells nothing of a group without members: test_streams_group"
    for kind in (GroupType.CLASSIC, GroupType.CONSUMER, GroupType.SHARE):
        theirs = {(row["TOPIC"], int(row["PARTITION"])): _their_lag(row) for row in guarded.theirs[kind]}
        ours = {where[1:]: row["lag"] for where, row in rows.items() if where[0] == kind.value}
        same = {where: lag for where, lag in theirs.items() if where not in DIFFERENT}
        assert {where: ours[where] for where in same} == same, kind
        assert {where: theirs.get(where) for where in DIFFERENT} == THEIRS[kind], kind


DIFFERENT = {("ahead", 0), ("markers", 0), ("plain", 1), ("leaderless", 0)}
"""Negative; a marker that nobody can read; a partition without a commit; and a broker that is gone by now."""
NEGATIVE = {("ahead", 0): -5, ("markers", 0): 1, ("plain", 1): None, ("leaderless", 0): 17}
THEIRS: Mapping[GroupType, Mapping[tuple[str, int], int | None]] = {
    GroupType.CLASSIC: NEGATIVE,
    GroupType.CONSUMER: NEGATIVE,
    GroupType.SHARE: {**NEGATIVE, ("ahead", 0): None},
}


def _their_lag(row: Mapping[str, str]) -> int | None:
    lag = row.get("LAG") or row["OFFSET-LAG"]
    return None if lag == "-" else int(lag)


def exit_code(bootstrap: str, *words: str) -> int:
    code = main(("lag", *words, "-b", bootstrap))
    gc.enable()  # a command that reads once leaves it off
    return code


@pytest.mark.parametrize("kind", KINDS)
def test_a_topic_one_may_not_see_is_neither_gone_nor_read(
    guarded: Guarded, kind: GroupType, capfd: pytest.CaptureFixture[str]
) -> None:
    """A classic group tells what its members read; the others tell nothing of a group with such a topic."""
    name = f"hidden-{kind.value}"
    boot = guarded.status.bootstrap
    with live(boot, name, kind, "hidden"):
        words = ("lag", name, "--json", "-b", guarded.users, "--command-config", str(guarded.properties))
        out, err = _refused(words, capfd)
    (group,) = json.loads(out)["groups"]
    assert (group["type"], group["lag"]) == (kind.value, None)
    if kind is GroupType.CLASSIC:
        (row,) = group["partitions"]
        assert (row["committed"], row["end"], row["lag"]) == (None, None, None)
        assert row["problem"] == group["problem"] == "not authorized to see this topic"
        assert err == f"kafkatui: group {name}, hidden-0: not authorized to see this topic\n"
    else:
        assert (group["members"], group["problem"]) == (None, "not authorized to see this topic")
        assert err == f"kafkatui: group {name}: not authorized to see this topic\n"


def _refused(words: Sequence[str], capfd: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What a command says once the member has its partitions: before, nothing is refused."""
    said: list[tuple[str, str]] = []

    def is_refused() -> bool:
        code = main(words)
        gc.enable()
        out, err = capfd.readouterr()
        said.append((out, err))
        return code == 1 and "not authorized" in err

    eventually(is_refused, 40)
    return said[-1]


def _has_rows(bootstrap: str, group: str, capfd: pytest.CaptureFixture[str]) -> bool:
    main(("lag", group, "--json", "-b", bootstrap))
    gc.enable()
    out, _ = capfd.readouterr()
    (found,) = json.loads(out)["groups"] or [{"members": 0}]
    return found["members"] == 1 and bool(found["partitions"])


@contextmanager
def live(bootstrap: str, name: str, kind: GroupType, topic: str) -> Iterator[None]:
    match kind:
        case GroupType.SHARE:
            member = a_share_member(bootstrap, name, topic)
        case GroupType.STREAMS:
            member = a_streams_member(bootstrap, name, topic)
        case _:
            member = a_member(bootstrap, name, topic, kind.value)
    with member:
        yield


def test_a_share_group_that_has_not_started(guarded: Guarded, capfd: pytest.CaptureFixture[str]) -> None:
    with a_share_member(guarded.status.bootstrap, "queue", "read"):
        eventually(lambda: _has_rows(guarded.status.bootstrap, "queue", capfd), 60)
        assert exit_code(guarded.status.bootstrap, "queue", "--no-headers") == 0
        (line,) = capfd.readouterr().out.splitlines()
    assert line.split()[:6] == ["queue", "read", "0", "-", "20", "?"]
    assert line.endswith("the share group has not started on this partition")


def test_a_topic_that_goes_takes_its_commits_along_and_leaves_who_reads_it_a_reason(
    guarded: Guarded, capfd: pytest.CaptureFixture[str]
) -> None:
    """Coordinators forget the commits on a topic that is deleted; a classic consumer keeps it until it looks again."""
    boot = guarded.status.bootstrap
    admin = AdminClient({"bootstrap.servers": boot, "log_level": 0})
    with a_member(boot, "mourner", "gone", "classic"):
        eventually(lambda: _has_rows(boot, "mourner", capfd), 60)
        admin.delete_topics(["gone"])["gone"].result(20)
        eventually(lambda: _is_gone(boot, "mourner", capfd), 40)
        assert exit_code(boot, "mourner", "--no-headers") == 1
        out, err = capfd.readouterr()
    (line,) = out.splitlines()
    assert line.split()[:6] == ["mourner", "gone", "0", "-", "?", "?"]
    assert line.endswith("the topic or partition does not exist any more")
    assert err == "kafkatui: group mourner, gone-0: the topic or partition does not exist any more\n"


def _is_gone(bootstrap: str, group: str, capfd: pytest.CaptureFixture[str]) -> bool:
    main(("lag", group, "--json", "-b", bootstrap))
    gc.enable()
    (found,) = json.loads(capfd.readouterr().out)["groups"]
    # Its leaders let go of a topic at once, its group's coordinator somewhat later.
    is_forgotten = all(each["committed"] is None for each in found["partitions"])
    return is_forgotten and "does not exist any more" in (found["problem"] or "")


async def test_whoever_may_not_describe_the_cluster_is_not_told_that_there_are_no_groups(guarded: Guarded) -> None:
    admin = AdminClient({"bootstrap.servers": guarded.status.bootstrap, "log_level": 0})
    somebody_else = AclBinding(
        ResourceType.BROKER,
        "kafka-cluster",
        ResourcePatternType.LITERAL,
        "User:somebody-else",
        "*",
        AclOperation.DESCRIBE,
        AclPermissionType.ALLOW,
    )
    everybody = Connection(tuple(guarded.status.bootstrap.split(",")))
    operator = Connection(tuple(guarded.users.split(",")), sasl=Sasl("PLAIN", USER, PASSWORD))
    await _comes_to_see(operator, True)
    for done in admin.create_acls([somebody_else]).values():
        done.result(20)
    await _comes_to_see(operator, False)
    await _comes_to_see(everybody, True)


async def _comes_to_see(connection: Connection, wanted: bool) -> None:
    """Brokers learn of a rule a moment after it was made."""
    async with Cluster.open(connection) as opened:
        await opened.topology()

        async def says() -> bool:
            return await opened.sees_all_groups() is wanted

        assert await until(says)
