"""A user who may only describe one topic (K7): it is shown, the rest is not authorized, and nothing fails whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, Producer
from confluent_kafka import TopicPartition as TheirPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from kafkatui.model.connection import Connection, Sasl
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Stage
from kafkatui.tui.messages import OpenDesk, Read
from tests.kafka import in_process
from tests.kafka.command_line import Ran
from tests.kafka.screens import SIZE, a_whole_app
from tests.making_topics import make_topics
from tests.secured import PASSWORD, USER, Secured, secured_cluster
from tests.waiting import eventually, until

SEEN, HIDDEN, GROUP = "may-be-seen", "is-hidden", "resting"
STRICT = {"allow.everyone.if.no.acl.found": "false", "super.users": "User:ANONYMOUS"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_cluster(tmp_path_factory.mktemp("few-rights") / "home", STRICT) as found:
        boot = found.status.bootstrap
        make_topics(boot, NewTopic(SEEN, 2, 1), NewTopic(HIDDEN, 2, 1))
        producer = Producer({"bootstrap.servers": boot, "log_level": 2})
        for topic in (SEEN, HIDDEN):
            producer.produce(topic, b"{}", partition=0)
        assert producer.flush(30) == 0
        admin = AdminClient({"bootstrap.servers": boot, "log_level": 0})
        commits = ConsumerGroupTopicPartitions(GROUP, [TheirPartition(SEEN, 0, 0), TheirPartition(HIDDEN, 0, 0)])
        eventually(lambda: is_committed(admin, commits))
        may = AclBinding(
            ResourceType.TOPIC, SEEN, ResourcePatternType.LITERAL, f"User:{USER}", "*", AclOperation.DESCRIBE,
            AclPermissionType.ALLOW,
        )  # fmt: skip
        for done in admin.create_acls([may]).values():
            done.result(20)
        yield found


def is_committed(admin: AdminClient, commits: ConsumerGroupTopicPartitions) -> bool:
    try:
        done = admin.alter_consumer_group_offsets([commits])[commits.group_id].result(20)
    except Exception:  # of librdkafka's many kinds: the coordinator has only just come to the group
        return False
    return not any(each.error for each in done.topic_partitions)


@pytest.fixture
def way_in(guarded: Secured, tmp_path: Path) -> list[str]:
    file = tmp_path / "client.properties"
    file.write_text(
        f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username={USER}\nsasl.password={PASSWORD}\n"
    )
    return ["-b", guarded.at["LOGIN"], "--command-config", str(file)]


def test_what_may_be_seen_is_listed_and_what_is_named_besides_is_not_authorized(
    way_in: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> Ran:
        return in_process.run([*words, *way_in], capfd)

    listed = run("topics")
    assert (SEEN.encode() in listed.out, HIDDEN.encode() in listed.out) == (True, False)
    described = run("topics", SEEN)
    assert SEEN.encode() in described.out
    of_topics = (["topics", HIDDEN], ["read", HIDDEN], ["read", SEEN], ["dlq", HIDDEN])
    reset, delete = ["groups", "reset", GROUP, "--to", "start", "-y"], ["groups", "delete", GROUP, "-y"]
    lag = [["lag", GROUP, *more] for more in ([], ["--status"], ["--wait-drained"])]
    for words in (*of_topics, *lag, ["groups", GROUP], ["groups", "export", GROUP], reset, delete):
        ran = run(*words)
        assert (ran.code, "not authorized" in ran.err) == (1, True), (words, ran)


@pytest.mark.parametrize(
    "words",
    [
        ["topics"], ["topics", SEEN], ["topics", HIDDEN], ["brokers"], ["brokers", "1"], ["groups"], ["groups", GROUP],
        ["groups", "export", GROUP], ["groups", "delete", GROUP, "--dry-run"],
        ["groups", "reset", GROUP, "--to", "start", "--dry-run"], ["lag"], ["lag", GROUP], ["lag", "--json"],
        ["read", SEEN], ["read", HIDDEN], ["dlq"], ["dlq", SEEN], ["dlq", HIDDEN], ["doctor"], ["doctor", "--json"],
        ["replay", SEEN, "--to", SEEN, "--dry-run"], ["topics", "config", SEEN], ["topics", "config", HIDDEN],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_fails_with_a_traceback_or_without_a_word(
    way_in: list[str], capfd: pytest.CaptureFixture[str], words: list[str]
) -> None:
    ran = in_process.run([*words, *way_in], capfd)
    assert ran.code in (0, 1, 2), ran
    assert "Traceback" not in ran.err
    assert ran.out or ran.err


async def test_no_screen_fails_as_a_whole(guarded: Secured, tmp_path: Path) -> None:
    connection = Connection((guarded.at["LOGIN"],), sasl=Sasl("PLAIN", USER, PASSWORD))
    app = a_whole_app(connection, tmp_path)
    async with app.run_test(size=SIZE) as pilot:

        async def is_read() -> bool:
            await pilot.pause()
            return app.snapshot.stage is Stage.GROUPS

        await until(is_read)
        topic = app.snapshot.topics[SEEN]
        assert [each.end for each in topic.partitions] == [1, 0]
        assert HIDDEN not in app.snapshot.topics
        assert app.snapshot.brokers[1].problem is None
        for key in "12345678":
            await pilot.press(key)
            await pilot.pause()
            await pilot.press("enter")
            await pilot.pause()
            await pilot.press("escape")
        for message in (Read((SEEN,)), Read((HIDDEN,)), OpenDesk(SEEN)):
            app.screen.post_message(message)
            await pilot.pause()
        await until(is_read)
        problems = [each for each in app.snapshot.problems if isinstance(each, Problem)]
        assert all("not authorized" in each.text or "authoriz" in each.code for each in problems), problems
