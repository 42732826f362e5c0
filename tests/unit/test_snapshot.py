"""Putting the parts of a reading together: nothing vanishes, nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

from kafkatui.model.assembly import assemble
from kafkatui.model.cluster import TopicPartition, Topology
from kafkatui.model.groups import GroupPartition, GroupType
from kafkatui.model.parts import (
    BrokerDetails,
    ClusterDetails,
    Described,
    GroupList,
    ListedGroup,
    Parts,
    ShareOffset,
    Sizes,
)
from kafkatui.model.problems import PENDING, Problem, total
from kafkatui.model.snapshot import Snapshot, Stage
from tests.builders import a_broker, a_member, a_partition, a_topic

SILENT = Problem("no_answer", "broker 3: no answer for 2 s")
ORDERS = [TopicPartition("orders", number) for number in range(3)]


def bare(topic: str = "orders", partitions: int = 3) -> Topology:
    names = [
        replace(a_partition(topic, number), start=PENDING, end=PENDING, stable_end=PENDING, size=PENDING)
        for number in range(partitions)
    ]
    return Topology("c", {node: a_broker(node) for node in (1, 2, 3)}, {topic: a_topic(topic, names)})


def listed(group: str = "billing", kind: GroupType = GroupType.CLASSIC, state: str = "Empty") -> ListedGroup:
    return ListedGroup(group, kind, state, "", 1)


def parts(**changes: object) -> Parts:
    made = Parts(bare(), group_list=GroupList({"billing": listed()}, {}))
    return replace(made, **changes)  # type: ignore[arg-type]


def whole(made: Parts, before: Snapshot | None = None, at: float = 10.0) -> Snapshot:
    return assemble(made, at, Stage.GROUPS) if before is None else assemble(made, at, Stage.GROUPS, before)


def test_what_was_not_read_is_pending_not_zero() -> None:
    partition = whole(parts()).topics["orders"].partitions[0]
    assert (partition.start, partition.end, partition.size) == (PENDING, PENDING, PENDING)
    assert partition.problem is None


def test_one_bad_partition_costs_only_its_own_cells() -> None:
    now = whole(parts(ends={ORDERS[0]: 5, ORDERS[1]: SILENT, ORDERS[2]: 7}))
    ends = [partition.end for partition in now.topics["orders"].partitions]
    assert ends == [5, SILENT, 7]
    assert [partition.problem for partition in now.topics["orders"].partitions] == [None, SILENT, None]


def test_a_failed_cell_keeps_its_last_value_and_when_it_was_read() -> None:
    before = whole(parts(ends=dict.fromkeys(ORDERS, 5)), at=10.0)
    now = whole(parts(ends={ORDERS[0]: SILENT, ORDERS[1]: 6, ORDERS[2]: 6}), before, at=12.0)
    end = now.topics["orders"].partitions[0].end
    assert end == replace(SILENT, last=5, last_at=10.0)


def test_a_topic_made_anew_does_not_inherit_the_old_ends() -> None:
    before = whole(parts(ends=dict.fromkeys(ORDERS, 5)))
    anew = bare()
    anew = replace(anew, topics={"orders": replace(anew.topics["orders"], topic_id="another")})
    now = whole(parts(topology=anew, ends=dict.fromkeys(ORDERS, SILENT)), before)
    assert now.topics["orders"].partitions[0].end == SILENT


def test_rows_are_what_is_committed_or_assigned() -> None:
    member = a_member(partitions=(2,))
    now = whole(
        parts(
            ends=dict.fromkeys(ORDERS, 10),
            starts=dict.fromkeys(ORDERS, 0),
            described={"billing": Described((member,))},
            commits={"billing": {ORDERS[0]: 4}},
            group_list=GroupList({"billing": listed(state="Stable")}, {}),
        )
    )
    rows = now.groups["billing"].partitions
    assert not isinstance(rows, Problem)
    assert [(row.partition, row.committed, row.lag, row.member) for row in rows] == [
        (0, 4, 6, None),
        (2, None, 10, member),
    ]


def test_a_commit_on_a_deleted_topic_stays_and_says_why() -> None:
    gone = TopicPartition("gone", 0)
    now = whole(parts(commits={"billing": {gone: 4}}, described={"billing": Described()}))
    rows = now.groups["billing"].partitions
    assert not isinstance(rows, Problem)
    assert rows[0].committed == 4
    assert isinstance(rows[0].lag, Problem)
    assert rows[0].lag.text == "the topic or partition does not exist any more"


def test_groups_of_a_silent_coordinator_stay_with_their_last_numbers() -> None:
    full = parts(
        ends=dict.fromkeys(ORDERS, 10), commits={"billing": {ORDERS[0]: 4}}, described={"billing": Described()}
    )
    before = whole(full, at=10.0)
    now = whole(replace(full, group_list=GroupList({}, {1: SILENT})), before, at=12.0)
    group = now.groups["billing"]
    assert group.problem == SILENT
    assert not isinstance(group.partitions, Problem)
    assert group.partitions[0].lag == replace(SILENT, last=6, last_at=10.0)


def test_a_group_deleted_while_its_coordinator_answers_is_gone() -> None:
    before = whole(parts())
    assert whole(parts(group_list=GroupList({}, {})), before).groups == {}


def test_share_groups_use_the_lag_the_broker_gives() -> None:
    shares = GroupList({"queue": listed("queue", GroupType.SHARE, "Stable")}, {})
    offsets = {
        ORDERS[0]: ShareOffset(3, 6),
        ORDERS[1]: ShareOffset(3, None),
        ORDERS[2]: ShareOffset(None, None),
    }
    now = whole(
        parts(
            group_list=shares,
            ends=dict.fromkeys(ORDERS, 10),
            described={"queue": Described()},
            share_offsets={"queue": offsets},
        )
    )
    rows = now.groups["queue"].partitions
    assert not isinstance(rows, Problem)
    assert [row.lag for row in rows[:2]] == [6, 7]
    assert isinstance(rows[2].lag, Problem)
    assert rows[2].lag.code == "not_started"


def test_brokers_count_what_is_placed_on_them() -> None:
    behind = replace(a_partition(partition=0), in_sync=(1, 2))
    topology = Topology("c", {node: a_broker(node) for node in (1, 2, 3)}, {"orders": a_topic("orders", [behind])})
    brokers = whole(parts(topology=topology)).brokers
    assert [(broker.leaders, broker.replicas, broker.out_of_sync) for broker in brokers.values()] == [
        (1, 1, 0),
        (0, 1, 0),
        (0, 1, 1),
    ]


def test_details_mark_the_controller_and_who_is_gone() -> None:
    gone = Problem("fenced", "fenced: it does not report to the controller")
    details = ClusterDetails(
        {
            1: BrokerDetails("127.0.0.1", 9092, "a", "4.3", None),
            3: BrokerDetails("127.0.0.1", 9094, "c", PENDING, gone),
        },
        controller=1,
        controller_epoch=7,
        version="4.3",
    )
    now = whole(parts(details=details, sizes=Sizes({}, {1: 5, 3: SILENT})))
    assert now.brokers[1].is_controller
    assert (now.brokers[1].disk, now.brokers[3].disk) == (5, SILENT)
    assert now.brokers[3].problem == gone
    assert (now.controller, now.controller_epoch, now.version) == (1, 7, "4.3")


def test_a_broker_only_a_replica_list_names_keeps_its_address() -> None:
    before = whole(parts())
    nameless = replace(a_broker(3), host="", port=0, rack=None, problem=SILENT)
    topology = replace(bare(), brokers={1: a_broker(1), 3: nameless})
    broker = whole(parts(topology=topology), before).brokers[3]
    assert (broker.host, broker.port, broker.problem) == ("127.0.0.1", 9094, SILENT)


def test_a_number_that_waits_stays_pending_from_stage_to_stage() -> None:
    names = assemble(parts(), 10.0, Stage.NAMES)
    offsets = assemble(parts(ends=dict.fromkeys(ORDERS, 5)), 11.0, Stage.OFFSETS, names)
    assert total(each.records for each in offsets.topics["orders"].partitions) is PENDING


def test_the_last_end_is_not_taken_for_a_lag() -> None:
    read = parts(
        ends=dict.fromkeys(ORDERS, 1_000), commits={"billing": {ORDERS[0]: 990}}, described={"billing": Described()}
    )
    before = whole(read, at=10.0)
    now = whole(replace(read, ends=dict.fromkeys(ORDERS, SILENT)), before, at=12.0)
    assert now.groups["billing"].lag == Problem("partial", SILENT.text, last=10, last_at=10.0)
    unseen = whole(replace(read, ends=dict.fromkeys(ORDERS, SILENT), commits={"billing": {ORDERS[1]: 1}}), before)
    assert unseen.groups["billing"].lag == Problem("partial", SILENT.text)


def test_the_last_end_is_not_taken_for_a_count_of_records() -> None:
    read = parts(starts=dict.fromkeys(ORDERS, 900), ends=dict.fromkeys(ORDERS, 1_000))
    before = whole(read, at=10.0)
    now = whole(replace(read, ends=dict.fromkeys(ORDERS, SILENT)), before, at=12.0)
    assert now.topics["orders"].partitions[0].records == replace(SILENT, last=100, last_at=10.0)


def test_a_group_whose_commits_fail_keeps_its_rows_beside_the_ends_of_now() -> None:
    read = parts(
        ends=dict.fromkeys(ORDERS, 10), commits={"billing": {ORDERS[0]: 4}}, described={"billing": Described()}
    )
    before = whole(read, at=10.0)
    failed = replace(read, ends=dict.fromkeys(ORDERS, 15), commits={"billing": SILENT})
    now = whole(failed, whole(failed, before, at=12.0), at=14.0)
    (row,) = rows_of(now)
    assert now.groups["billing"].problem == SILENT
    assert row.committed == replace(SILENT, last=4, last_at=10.0)
    assert row.lag == replace(SILENT, last=6, last_at=10.0)
    assert row.end == 15


def test_a_group_that_is_listed_as_empty_has_no_members_any_more() -> None:
    now = whole(parts(described={"billing": Described((a_member(),))}, commits={"billing": {ORDERS[0]: 4}}))
    assert now.groups["billing"].members == ()
    assert [row.member for row in rows_of(now)] == [None]


def test_groups_on_their_way_to_a_broker_that_still_loads_them_stay() -> None:
    before = whole(parts())
    loading = Problem("coordinator_load_in_progress", "the coordinator is loading the group")
    now = whole(parts(group_list=GroupList({}, {2: loading})), before)
    assert now.groups["billing"].problem == loading
    assert whole(parts(group_list=GroupList({}, {2: SILENT})), before).groups == {}


def test_what_was_read_of_a_topic_made_anew_is_forgotten() -> None:
    read = parts(
        starts=dict.fromkeys(ORDERS, 500),
        ends=dict.fromkeys(ORDERS, 600),
        stable_ends=dict.fromkeys(ORDERS, 600),
        sizes=Sizes(dict.fromkeys(ORDERS, 9), {1: 9}),
    )
    assert read.with_topology(bare()).starts == read.starts
    anew = bare()
    anew = replace(anew, topics={"orders": replace(anew.topics["orders"], topic_id="another")})
    for now in (read.with_topology(anew), read.with_topology(replace(anew, topics={})).with_topology(anew)):
        partition = whole(replace(now, ends=dict.fromkeys(ORDERS, 3))).topics["orders"].partitions[0]
        assert (partition.start, partition.end, partition.stable_end, partition.size) == (PENDING, 3, PENDING, PENDING)


def rows_of(snapshot: Snapshot, group: str = "billing") -> tuple[GroupPartition, ...]:
    rows = snapshot.groups[group].partitions
    assert not isinstance(rows, Problem)
    return rows
