"""What plans of changes to topics say: what is left out and refused, who loses what, what the hash is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kafkatui.model.cluster import Topology
from kafkatui.model.configs import Config, Configs, ConfigSource, Synonym
from kafkatui.model.groups import GroupType
from kafkatui.model.new_topics import NewTopic
from kafkatui.model.positions import END, Anchor, AtOffset
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.spans import Gap, Span
from kafkatui.topic_changes.activity import Activity, rate
from kafkatui.topic_changes.configs import config_change
from kafkatui.topic_changes.create import NoPattern, alike, creation
from kafkatui.topic_changes.delete import deletion, makes_topics
from kafkatui.topic_changes.leaders import election
from kafkatui.topic_changes.partitions import more_partitions
from kafkatui.topic_changes.plan import Plan
from kafkatui.topic_changes.records import losses, readings, record_deletion
from kafkatui.topic_changes.run import moved_topics
from tests.builders import NO_ANSWER, a_group, a_group_partition, a_partition, a_snapshot, a_topic


def override(name: str, value: str | None, beneath: str | None = None) -> Config:
    synonyms = [Synonym(name, value, ConfigSource.TOPIC)]
    synonyms += [] if beneath is None else [Synonym(f"log.{name}", beneath, ConfigSource.FILE)]
    return Config(name, value, ConfigSource.TOPIC, synonyms=tuple(synonyms))


def default(name: str, value: str) -> Config:
    return Config(name, value, ConfigSource.DEFAULT, synonyms=(Synonym(name, value, ConfigSource.DEFAULT),))


def configs(*each: Config) -> Configs:
    return {config.name: config for config in each}


def topology(snapshot: Snapshot) -> Topology:
    return Topology(snapshot.cluster_id, snapshot.brokers, snapshot.topics)


def deleting(
    snapshot: Snapshot,
    names: list[str],
    found: Mapping[str, Configs | Problem],
    rates: Mapping[str, float | None],
    context: str | None = None,
) -> Plan:
    return deletion(Activity(snapshot, rates), names, found, context=context)


PLAIN = configs(
    default("cleanup.policy", "delete"),
    override("retention.ms", "1000", beneath="86400000"),
    default("min.insync.replicas", "1"),
)
RESTING = a_snapshot(groups=[])
ORDERS = a_snapshot(groups=[a_group("billing", [a_group_partition("orders", number, 900) for number in (0, 1)])])


class TestPlan:
    def test_its_hash_is_what_is_done_and_where_and_nothing_that_moves(self) -> None:
        plan = deleting(ORDERS, ["orders"], {"orders": PLAIN}, {"orders": 1.0})
        busy = replace(ORDERS, topics={"orders": a_topic("orders", [a_partition(end=99_999)])}, groups={})
        assert deleting(busy, ["orders"], {}, {"orders": None}, context="x").hash == plan.hash
        assert deleting(replace(ORDERS, cluster_id="other"), ["orders"], {}, {}).hash != plan.hash
        anew = replace(ORDERS, topics={"orders": a_topic("orders", topic_id="another")})
        assert deleting(anew, ["orders"], {}, {}).hash != plan.hash
        assert deleting(ORDERS, ["payments"], {}, {}).hash != plan.hash

    def test_what_is_refused_is_no_part_of_the_hash_and_stays_in_the_document(self) -> None:
        plan = deleting(ORDERS, ["orders", "nope"], {}, {})
        assert plan.hash == deleting(ORDERS, ["orders"], {}, {}).hash
        assert [(item["topic"], item["problem"]) for item in plan.document()["items"]] == [
            ("orders", None),
            ("nope", "topic nope does not exist"),
        ]

    def test_the_document_says_how_each_item_went(self) -> None:
        plan = deleting(ORDERS, ["orders", "payments", "nope"], {}, {})
        assert {item["result"] for item in plan.document()["items"]} == {None}
        results = {"orders": None, "payments": Problem("x", "no")}
        document = plan.document(results, "entry")
        found = [(item["topic"], item["result"], item["problem"]) for item in document["items"]]
        missing = "topic nope does not exist"
        assert found == [("orders", "ok", None), ("payments", "failed", "no"), ("nope", None, missing)]
        assert (document["made"], document["journal"], document["schema"]) == (True, "entry", "kafkatui.topic-change/1")

    def test_a_person_sees_the_first_fifty(self) -> None:
        moved = [a_partition("big", number, leader=9) for number in range(60)]
        snapshot = a_snapshot(topics=[a_topic("big", moved)])
        lines = election(topology(snapshot), {}).lines()
        assert len([line for line in lines if line.startswith("  big-")]) == 50
        assert "  ... and 10 more; --output json has them all" in lines

    def test_columns_stay_aligned_with_wide_names_and_controls(self) -> None:
        snapshot = a_snapshot(groups=[a_group("bad\x1b[2J\n", [a_group_partition()])])
        _, header, row, *_ = deleting(snapshot, ["orders"], {}, {}).lines()
        assert "\x1b" not in row
        assert header.index("READ BY") == row.index("bad␛[2J␊ (1 member)")

    def test_a_topic_that_is_gone_or_made_anew_is_not_meant(self) -> None:
        plan = deleting(ORDERS, ["orders", "payments"], {}, {})
        assert moved_topics(plan, topology(ORDERS)) == {}
        later = Topology("c", {}, {"orders": a_topic("orders", topic_id="anew")})
        assert [each.text for each in moved_topics(plan, later).values()] == [
            "topic orders was made anew since the plan was made",
            "topic payments does not exist any more",
        ]


class TestCreate:
    def test_what_is_not_named_is_the_brokers_business(self) -> None:
        plan = creation([NewTopic("a")], "create topic a", context=None, cluster_id="c").plan
        assert plan.items[0].decided == {"topic": "a", "partitions": None, "replication": None, "configs": {}}
        assert plan.command == ("topics", "create", "a")

    def test_kafkas_own_topics_are_not_made_by_hand(self) -> None:
        plan = creation([NewTopic("__consumer_offsets")], "", context=None, cluster_id="c").plan
        assert [item.problem and item.problem.code for item in plan.items] == ["internal_topic"]

    def test_like_another_one_takes_what_was_set_for_it_alone(self) -> None:
        of_orders = {
            **PLAIN,
            **configs(
                override("segment.bytes", "7"), override("leader.replication.throttled.replicas", "0:1"),
                Config("max.message.bytes", "5", ConfigSource.CLUSTER),
            ),
        }  # fmt: skip
        topic, left = alike(NewTopic("copy", configs={"segment.bytes": "9"}), "orders", topology(ORDERS), of_orders)
        assert topic == NewTopic("copy", 3, 3, {"retention.ms": "1000", "segment.bytes": "9"})
        assert left == ("leader.replication.throttled.replicas is left out: it names replicas",)
        assert alike(NewTopic("copy", 5, 1), "orders", topology(ORDERS), PLAIN)[0].partitions == 5

    @pytest.mark.parametrize(("like", "found"), [("nope", PLAIN), ("orders", NO_ANSWER), ("orders", None)])
    def test_a_pattern_that_can_not_be_read_is_no_pattern(self, like: str, found: Configs | Problem | None) -> None:
        with pytest.raises(NoPattern, match=like):
            alike(NewTopic("copy"), like, topology(ORDERS), found)


class TestDelete:
    def test_it_says_what_goes_and_who_reads_it(self) -> None:
        plan = deleting(ORDERS, ["orders"], {"orders": PLAIN}, {"orders": 12.34})
        (item,) = plan.items
        assert item.effect == {
            "partitions": 3,
            "replication": 3,
            "records": 6_000,
            "size": 1_200_000,
            "records_per_second": 12.3,
            "readers": [{"group": "billing", "type": "classic", "state": "Stable", "members": 1, "lag": 200}],
            "unknown": [],
        }
        assert plan.warnings == (
            "orders is read right now by billing",
            "orders is written to right now: 12 records/s",
        )
        assert plan.typed == "orders"

    def test_undo_keeps_what_makes_it_again(self) -> None:
        plan = deleting(ORDERS, ["orders"], {"orders": PLAIN}, {})
        kept = {"topic": "orders", "topic_id": "id-orders", "partitions": 3, "replication": 3}
        assert plan.before == {"topics": [{**kept, "configs": {"retention.ms": "1000"}}]}
        assert plan.cannot_undo is None
        assert "no way back for the records" in (plan.way_back or "")

    def test_configs_that_could_not_be_read_are_said_before(self) -> None:
        plan = deleting(a_snapshot(groups=[]), ["orders"], {"orders": NO_ANSWER}, {})
        assert plan.before["topics"][0]["configs"] is None
        assert plan.warnings == ("undo could only make orders with the brokers' default configs: no answer",)
        assert plan.items[0].effect["unknown"] == ["no answer"]

    def test_a_number_that_is_not_known_is_null_and_says_why(self) -> None:
        snapshot = a_snapshot(topics=[a_topic("orders", [a_partition(end=NO_ANSWER)])], groups=[])
        item = deleting(snapshot, ["orders"], {"orders": PLAIN}, {"orders": None}).items[0]
        assert (item.effect["records"], item.effect["records_per_second"]) == (None, None)
        assert item.effect["unknown"] == ["no answer"]
        assert item.cells[2] == "?"

    def test_readers_that_could_not_be_read_are_not_nobody(self) -> None:
        snapshot = a_snapshot(groups=[a_group("lost", partitions=[], members=NO_ANSWER)], unlisted={3: NO_ANSWER})
        plan = deleting(snapshot, ["orders"], {"orders": PLAIN}, {})
        assert plan.items[0].cells[-1] == "?"
        assert plan.warnings == ("who reads it is not known completely: broker 3 could not be read",)

    def test_kafkas_own_and_missing_ones_are_left_out(self) -> None:
        snapshot = a_snapshot(topics=[a_topic("orders"), a_topic("__consumer_offsets", internal=True)], groups=[])
        plan = deleting(snapshot, ["__consumer_offsets", "orders", "orders2"], {}, {})
        assert [item.name for item in plan.todo] == ["orders"]
        assert [item.problem.code for item in plan.refused if item.problem] == [
            "internal_topic",
            "unknown_topic_or_partition",
        ]
        assert plan.topics == {"orders": "id-orders"}
        assert [each["topic"] for each in plan.before["topics"]] == ["orders"]

    def test_a_topic_in_use_may_be_back_at_once(self) -> None:
        making = Config("auto.create.topics.enable", "true", ConfigSource.DEFAULT)
        on: dict[int, Configs | Problem] = {1: {}, 2: NO_ANSWER, 3: configs(making)}
        off: dict[int, Configs | Problem] = {1: configs(replace(making, value="false")), 2: NO_ANSWER}
        assert (makes_topics(on), makes_topics(off), makes_topics({})) == (True, False, False)
        for activity, said in ((Activity(ORDERS), 1), (Activity(RESTING, {"orders": 3.0}), 1), (Activity(RESTING), 0)):
            plan = deletion(activity, ["orders"], {"orders": PLAIN}, comes_back=True)
            assert sum("or it is back at once, empty" in each for each in plan.warnings) == said

    def test_a_rate_is_what_all_partitions_got_and_unknown_where_one_is(self) -> None:
        topic = a_topic("orders", [a_partition(end=100), a_partition(partition=1, end=50)])
        later: dict[Any, Any] = {topic.partitions[0].name: 130, topic.partitions[1].name: 50}
        assert rate(topic, later, 2.0) == 15.0
        assert rate(topic, {**later, topic.partitions[1].name: NO_ANSWER}, 2.0) is None
        assert rate(topic, {topic.partitions[0].name: 130}, 2.0) is None


class TestAddPartitions:
    def test_it_warns_of_keys_and_has_no_way_back(self) -> None:
        plan = more_partitions(Activity(ORDERS), "orders", 6)
        assert plan.items[0].decided["afterwards"] == 6
        assert "most keys move" in plan.warnings[0]
        assert (plan.cannot_undo, plan.typed) == ("Kafka takes no partition away", "orders")

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_fewer_or_as_many_is_refused(self, count: int) -> None:
        assert [
            item.problem and item.problem.code for item in more_partitions(Activity(ORDERS), "orders", count).items
        ] == ["invalid_partitions"]

    def test_a_controller_is_not_asked_for_more_than_it_can_bear(self) -> None:
        assert more_partitions(Activity(ORDERS), "orders", 10_003).todo
        for refused in (
            more_partitions(Activity(ORDERS), "orders", 10_004),
            creation([NewTopic("a", 10_001)], "", context=None, cluster_id="c").plan,
        ):
            assert [item.problem and item.problem.code for item in refused.items] == ["too_many_partitions"]

    def test_a_topic_that_is_not_there(self) -> None:
        assert more_partitions(Activity(ORDERS), "nope", 3).todo == ()


class TestConfigs:
    def change(self, wanted: Mapping[str, str | None], found: Configs | Problem | None = PLAIN) -> Plan:
        return config_change(Activity(RESTING), "orders", found, wanted)

    def test_before_and_after_are_overrides_and_none_is_none(self) -> None:
        plan = self.change({"retention.ms": None, "cleanup.policy": "compact"})
        assert [(item.name, item.decided["before"], item.decided["after"]) for item in plan.items] == [
            ("retention.ms", "1000", None),
            ("cleanup.policy", None, "compact"),
        ]
        assert [item.cells for item in plan.items] == [
            ("retention.ms", "1000", "86400000 (file)"),
            ("cleanup.policy", "delete (default)", "compact"),
        ]
        assert plan.before["configs"] == {"retention.ms": "1000", "cleanup.policy": None}

    def test_what_is_so_already_is_left_out(self) -> None:
        assert self.change({"retention.ms": "1000", "cleanup.policy": None}).items == ()

    def test_an_override_equal_to_the_default_is_a_change(self) -> None:
        (item,) = self.change({"cleanup.policy": "delete"}).items
        assert (item.decided["before"], item.decided["after"]) == (None, "delete")

    def test_an_empty_value_is_a_value(self) -> None:
        (item,) = self.change({"cleanup.policy": ""}).items
        assert item.decided["after"] == ""
        assert item.cells[2] == '""'

    @pytest.mark.parametrize(
        ("wanted", "words"),
        [
            ({"retention.ms": "999"}, "retention.ms becomes less"),
            ({"cleanup.policy": "compact,delete"}, "cleanup.policy becomes compact,delete"),
            ({"min.insync.replicas": "4"}, "there are only 3 replicas: nobody can write with acks=all"),
        ],
    )
    def test_what_undo_does_not_bring_back_is_said(self, wanted: Mapping[str, str], words: str) -> None:
        (warning,) = self.change(wanted).warnings
        assert words in warning

    @pytest.mark.parametrize(
        "wanted",
        [{"retention.ms": "-1"}, {"retention.ms": "1001"}, {"min.insync.replicas": "3"}, {"retention.ms": "soon"}],
    )
    def test_what_hurts_nobody_is_not_warned_of(self, wanted: Mapping[str, str]) -> None:
        assert self.change(wanted).warnings == ()

    def test_without_end_is_more_than_any_number(self) -> None:
        endless = configs(override("retention.ms", "-1"))
        assert self.change({"retention.ms": "99999999"}, endless).warnings
        assert self.change({"retention.ms": "-1"}, endless).items == ()

    def test_a_sensitive_one_is_refused_and_not_shown(self) -> None:
        found = configs(Config("secret", None, ConfigSource.TOPIC, is_sensitive=True))
        plan = self.change({"secret": "x"}, found)
        assert [item.problem and item.problem.code for item in plan.items] == ["sensitive"]
        assert plan.before["configs"] == {}

    def test_configs_that_could_not_be_read_are_not_changed(self) -> None:
        assert [item.problem for item in self.change({"retention.ms": "1"}, NO_ANSWER).items] == [NO_ANSWER]


def span(partition: int, first: int, until: int, clipped: tuple[Gap, ...] = ()) -> Span:
    return Span(a_partition(partition=partition).name, first, until, clipped)


class TestDeleteRecords:
    def plan(self, *spans: Span, snapshot: Snapshot = ORDERS, found: Configs = PLAIN) -> Plan:
        return record_deletion(Activity(snapshot), "orders", None, END, {each.where: each for each in spans}, found)

    def test_it_counts_what_goes_and_who_has_not_read_it(self) -> None:
        plan = self.plan(span(0, 100, 1_000), span(1, 0, 500), span(2, 0, 0))
        assert [(item.name, item.decided["before"], item.effect["records"]) for item in plan.items] == [
            ("orders-0", 1_000, 900),
            ("orders-1", 500, 500),
        ]
        assert [item.effect["not_read"] for item in plan.items] == [[{"group": "billing", "records": 100}], []]
        assert plan.what == "delete 1400 records of topic orders before end"
        assert plan.warnings[0] == "billing has not read 100 records of them"

    @pytest.mark.parametrize(
        ("committed", "lost"), [(None, 900), (0, 900), (100, 900), (999, 1), (1_000, None), (1_005, None)]
    )
    def test_a_loss_is_never_more_than_what_goes_and_never_less_than_nothing(
        self, committed: int | None, lost: int | None
    ) -> None:
        snapshot = a_snapshot(groups=[a_group("g", [a_group_partition(committed=committed)])])
        assert losses(readings(snapshot, "orders"), span(0, 100, 1_000)) == ({} if lost is None else {"g": lost})

    def test_a_commit_that_is_not_known_is_no_loss_of_0(self) -> None:
        snapshot = a_snapshot(groups=[a_group("g", [a_group_partition(committed=NO_ANSWER)])])
        assert losses(readings(snapshot, "orders"), span(0, 100, 1_000)) == {"g": None}
        assert "or more: some of its commits are not known" in self.plan(span(0, 0, 9), snapshot=snapshot).warnings[0]

    def test_a_group_without_a_commit_says_how_it_is_counted(self) -> None:
        snapshot = a_snapshot(groups=[a_group("g", [a_group_partition(committed=None)], type=GroupType.CONSUMER)])
        assert "counted from the start" in self.plan(span(0, 0, 9), snapshot=snapshot).warnings[0]

    def test_nothing_before_the_position_is_nothing_to_do(self) -> None:
        assert self.plan(span(0, 5, 5)).items[0].problem is not None, "partitions 1 and 2 were not told"
        assert self.plan(span(0, 5, 5), span(1, 0, 0), span(2, 7, 7)).items == ()

    def test_a_partition_whose_range_is_not_known_is_refused(self) -> None:
        where = a_partition().name
        plan = record_deletion(Activity(ORDERS), "orders", frozenset({0}), END, {where: NO_ANSWER}, PLAIN)
        assert [(item.name, item.problem) for item in plan.items] == [("orders-0", NO_ANSWER)]

    def test_only_the_partitions_that_are_meant(self) -> None:
        plan = record_deletion(
            Activity(ORDERS),
            "orders",
            frozenset({0, 7}),
            AtOffset(Anchor.END, 5),
            {a_partition().name: span(0, 0, 5)},
            PLAIN,
        )
        assert [item.name for item in plan.todo] == ["orders-0"]
        assert [item.problem.text for item in plan.refused if item.problem] == ["topic orders has only 3 partitions"]
        assert plan.command == ("topics", "delete-records", "orders:0,7", "--before", "-5")

    @pytest.mark.parametrize(("policy", "can"), [("compact", False), ("compact,delete", True), ("delete", True)])
    def test_what_is_only_compacted_is_refused_before_it_is_tried(self, policy: str, can: bool) -> None:
        plan = self.plan(span(0, 0, 5), span(1, 0, 0), span(2, 0, 0), found=configs(override("cleanup.policy", policy)))
        assert bool(plan.todo) is can
        assert bool(plan.refused) is not can

    def test_a_position_behind_the_end_is_said(self) -> None:
        gap = Gap(a_partition().name, 1_000, 2_000, Problem("after_end", "not written yet: the log ends at 1000"))
        assert "orders-0@1000-2000: not written yet: the log ends at 1000" in self.plan(span(0, 0, 9, (gap,))).warnings


class TestActivity:
    """Every plan that changes a topic says who reads it and how fast it is written to."""

    @pytest.mark.parametrize(
        "plan",
        [
            more_partitions(Activity(ORDERS, {"orders": 7.25}), "orders", 9),
            config_change(Activity(ORDERS, {"orders": 7.25}), "orders", PLAIN, {"retention.ms": "2000"}),
            record_deletion(Activity(ORDERS, {"orders": 7.25}), "orders", None, END, {}, PLAIN),
            deleting(ORDERS, ["orders"], {"orders": PLAIN}, {"orders": 7.25}),
        ],
    )
    def test_it_is_said(self, plan: Plan) -> None:
        assert "orders is read right now by billing" in plan.warnings
        assert "orders is written to right now: 7.2 records/s" in plan.warnings

    @pytest.mark.parametrize("measured", [None, 0.0])
    def test_what_rests_or_is_not_known_is_not_said_to_move(self, measured: float | None) -> None:
        assert Activity(a_snapshot(groups=[]), {"orders": measured}).live(["orders"]) == ()


class TestElections:
    def elect(self, *partitions: Any, unclean: bool = False, internal: bool = False) -> Plan:
        snapshot = a_snapshot(topics=[a_topic("orders", partitions, internal=internal)])
        return election(topology(snapshot), {}, unclean=unclean)

    def test_only_what_is_led_by_another_is_elected(self) -> None:
        plan = self.elect(a_partition(), a_partition(partition=1, leader=1), a_partition(partition=2))
        assert [(item.name, item.decided["leader"], item.decided["becomes"]) for item in plan.items] == [
            ("orders-1", 1, 2)
        ]
        assert (plan.typed, plan.cannot_undo) == (None, "Kafka moves no leader back")

    def test_a_preferred_replica_that_is_not_in_sync_can_not_lead(self) -> None:
        plan = self.elect(a_partition(leader=2, in_sync=(2, 3)))
        assert [item.problem and item.problem.code for item in plan.items] == ["preferred_leader_not_available"]

    def test_an_unclean_one_is_only_for_who_has_no_leader(self) -> None:
        lost = a_partition(partition=1, leader=None, in_sync=(2,), offline=(2, 3))
        plan = self.elect(a_partition(), lost, unclean=True)
        assert [(item.name, item.cells[2]) for item in plan.items] == [("orders-1", "1")]
        assert plan.typed == "orders"
        assert "lost for good" in plan.warnings[0]

    def test_an_unclean_one_needs_a_replica_and_never_costs_commits(self) -> None:
        gone = a_partition(leader=None, in_sync=(1,), offline=(1, 2, 3))
        assert [item.problem and item.problem.code for item in self.elect(gone, unclean=True).items] == [
            "eligible_leaders_not_available"
        ]
        some = a_partition(leader=None, in_sync=(1,), offline=(1,))
        assert [item.problem and item.problem.code for item in self.elect(some, unclean=True, internal=True).items] == [
            "internal_topic"
        ]

    def test_partitions_and_topics_that_are_not_there_are_named(self) -> None:
        plan = election(topology(ORDERS), {"orders": frozenset({0, 9}), "nope": None})
        assert [item.problem.text for item in plan.refused if item.problem] == [
            "topic orders has no partition 9",
            "topic nope does not exist",
        ]
        assert plan.todo == ()
