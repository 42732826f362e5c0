"""The arithmetic of advice: each rule just on and just off its edge, with its numbers, names and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kafkatui.doctor.balance import balance
from kafkatui.doctor.durability import durability
from kafkatui.doctor.examination import Examination
from kafkatui.doctor.state import State
from kafkatui.doctor.step import Outcome, Step
from kafkatui.doctor.upkeep import upkeep, used
from kafkatui.model.cluster import Partition, TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.outlook import GroupOutlook, Outlook
from kafkatui.model.probes import LogDir, Quorum, Voter
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from tests.builders import AT, NO_ANSWER, a_broker, a_group, a_group_partition, a_partition, a_snapshot, a_topic
from tests.fake_probes import FakeProbes, configs

GOOD = configs(min_insync_replicas="2", unclean_leader_election_enable="false")
NOT_ALLOWED = Problem("topic_authorization_failed", "not authorized to see this topic")


def a_state(snapshot: Snapshot | None = None, **changes: object) -> State:
    snapshot = snapshot or a_snapshot()
    voters = Quorum(2, tuple(Voter(node, 0, 100) for node in (1, 2, 3)), 0, 1)
    state = State(
        snapshot,
        topic_configs=dict.fromkeys(snapshot.topics, GOOD),
        broker_configs=dict.fromkeys(snapshot.brokers, configs(auto_create_topics_enable="false")),
        log_dirs={node: (LogDir("/data", None, 1_000, 600),) for node in snapshot.brokers},
        quorum=voters,
    )
    return replace(state, **changes)  # type: ignore[arg-type]


def steps(state: State) -> list[Step]:
    return [*durability(state), *balance(state), *upkeep(state)]


def found(state: State, name: str) -> Step:
    (one,) = [step for step in steps(state) if step.name == name]
    return one


def with_partitions(*partitions: Partition) -> State:
    return a_state(a_snapshot(topics=[a_topic("orders", partitions)]))


def test_a_good_cluster_needs_no_advice() -> None:
    assert [step for step in steps(a_state()) if step.outcome is Outcome.WARNING] == []
    assert found(a_state(), "leaders").found == "all 5 partitions have a leader"
    assert found(a_state(), "min_insync").found == (
        "min.insync.replicas is more than 1 and less than the replicas on 2 topics"
    )
    assert found(a_state(), "internal_topics").outcome is Outcome.NOT_TRIED


def test_a_partition_without_a_leader_is_not_counted_as_under_replicated_too() -> None:
    state = with_partitions(
        a_partition(partition=0, leader=None, in_sync=(1,)),
        a_partition(partition=1, in_sync=(2, 1)),
        a_partition(partition=2),
    )
    assert found(state, "leaders").found == ("1 partition without a leader: orders-0; nobody can read or write there")
    assert "kafkatui topics elect-leaders --unclean" in found(state, "leaders").advice
    behind = found(state, "in_sync")
    assert behind.found == "1 partition under-replicated: orders-1; out of sync is broker 3 (1)"
    assert behind.facts == {"partitions": ["orders-1"], "brokers": {"3": 1}}


def test_one_replica_is_told_with_what_the_cluster_could_keep() -> None:
    single = a_topic("lone", [a_partition("lone", 0, replicas=(1,), in_sync=(1,), leader=1)])
    state = a_state(a_snapshot(topics=[single, a_topic("orders")]))
    assert found(state, "replication").found == (
        "1 topic with one replica: lone; its broker's disk takes the records along"
    )
    assert "Give them 3 replicas" in found(state, "replication").advice
    alone = a_state(a_snapshot([a_broker(1)], [single]))
    assert "for trying things" in found(alone, "replication").advice
    assert found(alone, "leader_spread").outcome is Outcome.NOT_TRIED


@pytest.mark.parametrize(
    ("value", "text", "advice"),
    [
        ("4", "min.insync.replicas is more than the replicas of 1 topic (orders): acks=all is always refused",
         "Set it to fewer than its replicas: kafkatui topics config orders min.insync.replicas=N"),
        ("3",
         "min.insync.replicas is the number of replicas of 1 topic (orders): with one broker down acks=all is refused",
         "Set it to one less than its replicas: kafkatui topics config orders min.insync.replicas=N"),
        ("1", "min.insync.replicas=1 on 1 topic (orders): what was acknowledged can be lost with one broker",
         "Set it to 2, here or in the brokers' config: kafkatui topics config orders min.insync.replicas=2"),
    ],
)  # fmt: skip
def test_min_insync_is_held_against_the_replicas(value: str, text: str, advice: str) -> None:
    state = a_state(topic_configs={"orders": configs(min_insync_replicas=value), "payments": GOOD})
    step = found(state, "min_insync")
    assert (step.outcome, step.found, step.advice) == (Outcome.WARNING, text, advice)


def test_each_mistake_of_min_insync_has_a_step_of_its_own() -> None:
    one, three = configs(min_insync_replicas="1"), configs(min_insync_replicas="3")
    state = a_state(topic_configs={"orders": one, "payments": three})
    assert [step.facts["topics"] for step in steps(state) if step.name == "min_insync"] == [["payments"], ["orders"]]


def test_configs_that_are_not_told_are_not_called_good() -> None:
    state = a_state(topic_configs=dict.fromkeys(("orders", "payments"), NOT_ALLOWED), broker_configs={1: NO_ANSWER})
    for name in ("min_insync", "unclean_election", "auto_create"):
        assert found(state, name).outcome is Outcome.NOT_TRIED, name
    assert found(state, "min_insync").found == f"min.insync.replicas is not told: {NOT_ALLOWED.text}"


def test_unclean_elections_are_told_by_topic() -> None:
    state = a_state(topic_configs={"orders": configs(unclean_leader_election_enable="true"), "payments": NOT_ALLOWED})
    step = found(state, "unclean_election")
    assert step.found == (
        "unclean.leader.election.enable is on for 1 topic (orders): a replica that lacks records may come to lead"
    )
    assert step.advice.endswith("kafkatui topics config orders unclean.leader.election.enable=false")


def test_the_topic_of_commits_needs_three_replicas_or_as_many_as_there_are_brokers() -> None:
    thin = a_topic("__consumer_offsets", [a_partition("__consumer_offsets", 0, replicas=(1, 2), in_sync=(1, 2))])
    state = a_state(a_snapshot(topics=[thin, a_topic()]))
    assert found(state, "internal_topics").found == "__consumer_offsets has 2 replicas"
    two = a_state(a_snapshot([a_broker(1), a_broker(2)], [thin]))
    assert found(two, "internal_topics").is_ok


def test_one_broker_that_leads_all_is_told_and_one_that_leads_nothing_too() -> None:
    all_on_one = [a_partition(partition=number, leader=1) for number in range(4)]
    step = found(with_partitions(*all_on_one), "leader_spread")
    assert step.found == "broker 1 leads all 4 partitions, 2 others none"
    assert step.facts == {"leaders": {"1": 4, "2": 0, "3": 0}}
    on_two = [a_partition(partition=number, leader=1 + number % 2) for number in range(4)]
    assert found(with_partitions(*on_two), "leader_spread").found == "broker 3 holds replicas and leads nothing"
    assert found(with_partitions(*on_two[:2]), "leader_spread").outcome is Outcome.NOT_TRIED


def test_a_broker_that_is_down_is_not_called_idle() -> None:
    on_two = [a_partition(partition=number, leader=1 + number % 2) for number in range(4)]
    brokers = [a_broker(1), a_broker(2), a_broker(3, problem=NO_ANSWER)]
    assert found(a_state(a_snapshot(brokers, [a_topic("orders", on_two)])), "leader_spread").is_ok


def test_preferred_replicas_that_do_not_lead_can_only_come_back_in_sync() -> None:
    moved = a_partition(partition=0, leader=2)
    step = found(with_partitions(moved, a_partition(partition=1)), "preferred_leaders")
    assert step.found == "1 partition not led by the preferred replica: orders-0"
    assert step.advice == "1 of them can move at once: kafkatui topics elect-leaders"
    away = found(with_partitions(replace(moved, in_sync=(2, 3))), "preferred_leaders")
    assert away.advice == "Bring the preferred replicas back in sync first."


def test_racks() -> None:
    def state(*racks: str | None) -> State:
        return a_state(a_snapshot([a_broker(number + 1, rack=rack) for number, rack in enumerate(racks)]))

    assert found(state("a", "b", "c"), "racks").found == "replicas are spread over 3 racks"
    assert found(state(None, None, None), "racks").outcome is Outcome.NOT_TRIED
    assert found(state("a", "a", "a"), "racks").outcome is Outcome.NOT_TRIED
    assert found(state("a", None, "c"), "racks").found.startswith("broker 2 names no rack")
    together = a_topic("orders", [a_partition(replicas=(1, 2), in_sync=(1, 2))])
    brokers = [a_broker(1, rack="a"), a_broker(2, rack="a"), a_broker(3, rack="b")]
    step = found(a_state(a_snapshot(brokers, [together])), "racks")
    assert step.found == "1 topic with a partition whose replicas are all in one rack: orders"


WHERE = TopicPartition("orders", 0)


def with_margin(age: int, left: int) -> State:
    outlook = GroupOutlook({WHERE: Outlook(age, loses_in_ms=left)})
    return a_state(a_snapshot(outlooks={"billing": outlook}))


def test_a_group_is_near_retention_once_four_fifths_of_the_time_are_over() -> None:
    assert found(with_margin(79, 21), "retention").is_ok
    step = found(with_margin(8_000, 2_000), "retention")
    assert step.found == "deleted soon: billing on orders-0 in 2.0 s"
    assert found(with_margin(8_000, 0), "retention").found == "deleted soon: billing on orders-0 now"
    assert used(Outlook(0, loses_in_ms=0)) == 100.0
    assert used(Outlook(5, loses_in_ms=None)) == 0.0
    assert used(Outlook(NO_ANSWER, loses_in_ms=5)) == 0.0


def test_records_that_were_deleted_unread_are_told_first() -> None:
    lost = a_group("billing", [a_group_partition(committed=5, start=10)])
    step = found(a_state(a_snapshot(groups=[lost])), "retention")
    assert step.found == "deleted before it was read: billing on orders-0"


def test_log_directories_given_up_and_volumes_nearly_full() -> None:
    broken = LogDir("/d2", Problem("kafka_storage_error", "the broker can not read its disk"))
    dirs = {1: (LogDir("/d1", None, 1_000, 150), broken), 2: (LogDir("/d1", None, 1_000, 151),), 3: NO_ANSWER}
    state = a_state(log_dirs=dirs)
    assert found(state, "log_dirs").found == "given up by their brokers: broker 1 /d2; replicas there are out of sync"
    assert found(state, "disks").found == "broker 1 /d1 is full by 85 %"
    assert found(state, "disks").facts == {"used_percent": {"broker 1 /d1": 85.0, "broker 2 /d1": 84.9}}
    untold = a_state(log_dirs={1: NO_ANSWER})
    assert found(untold, "disks").found == found(untold, "log_dirs").found == "not told: no answer"


@pytest.mark.parametrize(
    ("behind", "text"),
    [
        ((0, 10_000, 10_000), "3 voters, led by controller 1; 1 may go at once"),
        ((0, 10_001, 0), "behind the leader of the quorum is controller 2 by 10 s; 2 of 3 voters are with it"),
        ((0,), "one controller alone keeps the cluster's metadata"),
        ((0, 0), "2 voters in the quorum"),
        ((0, None, None), "3 voters, led by controller 1; 1 may go at once"),
    ],
)
def test_the_quorum(behind: tuple[int | None, ...], text: str) -> None:
    voters = tuple(Voter(number + 1, late, 100) for number, late in enumerate(behind))
    assert found(a_state(quorum=Quorum(1, voters, 0, 1)), "quorum").found == text


def test_releases() -> None:
    assert found(a_state(), "versions").found == "all brokers are Kafka 4.3"
    mixed = a_state(a_snapshot([a_broker(1), a_broker(2, version="4.2"), a_broker(3)]))
    assert found(mixed, "versions").found == "brokers of different releases (4.2: 2, 4.3: 1, 3)"
    held = a_state(a_snapshot(version="4.1"))
    assert found(held, "versions").found == "brokers are 4.3, but metadata.version is still that of 4.1"


def test_topics_made_by_mistyping() -> None:
    state = a_state(broker_configs={1: configs(auto_create_topics_enable="true"), 2: NO_ANSWER})
    assert found(state, "auto_create").found == (
        "auto.create.topics.enable is on (1 broker): a mistyped name makes a topic"
    )


async def test_a_whole_examination_hands_the_state_over() -> None:
    probes = FakeProbes()
    probes.topic_config["orders"] = configs(min_insync_replicas="3")
    probes.dirs[1] = (LogDir("/d1", None, 1_000, 0),)
    examination = Examination(probes, Connection(("b1:9092",)), "-b", lambda: AT)
    warned = {step.name: step.found async for step in examination.steps() if step.outcome is Outcome.WARNING}
    assert warned.pop("disks") == "broker 1 /d1 is full by 100 %"
    assert warned.pop("min_insync").startswith("min.insync.replicas is the number of replicas of 1 topic (orders)")
    # The builders' brokers are all at 127.0.0.1, and the bootstrap server is not.
    assert warned.keys() == {"listener"}
