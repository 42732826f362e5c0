"""Plans of offsets on a scripted cluster: which partitions, where to, what is left out, what is refused as a whole."""

from __future__ import annotations

from datetime import datetime

import pytest

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.groups import GroupPartition, GroupType
from kafkatui.model.problems import Problem
from kafkatui.resets import kept
from kafkatui.resets.deleting import plan_delete_groups, plan_delete_offsets
from kafkatui.resets.errors import Refused
from kafkatui.resets.groups_now import Source
from kafkatui.resets.outcome import look
from kafkatui.resets.plan import GroupPlan, Plan
from kafkatui.resets.resetting import Reset, plan_reset
from kafkatui.resets.restoring import plan_restore
from kafkatui.resets.scopes import Scope
from kafkatui.resets.targets import ShiftBy, ToGroup, ToOffsets, parse_target
from kafkatui.undo.journal import Change, Entry, Result
from tests.builders import AT, NO_ANSWER, a_group, a_group_partition, a_member, a_partition, a_snapshot, a_topic
from tests.fake_cluster import FakeCluster

NOW = datetime.fromtimestamp(AT).astimezone()
ORDERS = [TopicPartition("orders", number) for number in range(3)]


def a_cluster(*rows: GroupPartition, **changes: object) -> FakeCluster:
    """Topics orders (3 partitions of 10 to 1000, 2000, 3000) and payments (2), and the group `billing` at rest."""
    orders = a_topic("orders", [a_partition("orders", number, start=10) for number in range(3)])
    billing = a_group("billing", rows or _rows(), **{"state": "Empty", "members": (), **changes})
    return FakeCluster(a_snapshot(topics=[orders, a_topic("payments", 2)], groups=[billing]))


def _rows() -> list[GroupPartition]:
    return [a_group_partition("orders", 0, 900), a_group_partition("orders", 1, 50)]


async def reset(cluster: Source, to: str, *scopes: Scope, group: str = "billing") -> GroupPlan:
    (plan,) = (await plan_reset(cluster, Reset(group, parse_target(to, NOW), scopes))).groups
    return plan


def moves(plan: GroupPlan) -> dict[TopicPartition, tuple[int | None, int | None]]:
    return {move.where: (_offset(move.before), _offset(move.after)) for move in plan.moves}


def _offset(commit: Commit | None) -> int | None:
    return None if commit is None else commit.offset


async def test_without_a_scope_it_is_about_what_is_committed() -> None:
    plan = await reset(a_cluster(), "start")
    assert moves(plan) == {ORDERS[0]: (900, 10), ORDERS[1]: (50, 10)}
    assert [(move.delta, move.lag_before, move.lag_after) for move in plan.moves] == [
        (-890, 100, 990),
        (-40, 1_950, 1_990),
    ]
    assert (plan.lag_before, plan.lag_after) == (2_050, 2_980)


async def test_a_scope_names_topics_globs_and_partitions() -> None:
    cluster = a_cluster()
    assert sorted(moves(await reset(cluster, "end", Scope("orders")))) == ORDERS
    assert sorted(moves(await reset(cluster, "end", Scope("orders", frozenset({2})), Scope("pay*")))) == [
        ORDERS[2],
        TopicPartition("payments", 0),
        TopicPartition("payments", 1),
    ]


async def test_what_is_not_there_is_left_out_one_by_one() -> None:
    plan = await reset(a_cluster(), "end", Scope("orders", frozenset({0, 9})), Scope("nope"), Scope("z*"))
    assert sorted(moves(plan)) == [ORDERS[0]]
    assert [(each.name, each.problem.text) for each in plan.omitted] == [
        ("orders-9", "the topic has only 3 partitions"),
        ("nope", "the topic does not exist"),
        ("z*", "no topic matches z*"),
    ]


async def test_a_partition_that_can_not_be_read_is_left_out_with_the_reason() -> None:
    cluster = a_cluster()
    orders = cluster.snapshot.topics["orders"]
    lost = a_topic("orders", [a_partition("orders", 0, start=10, end=NO_ANSWER), *orders.partitions[1:]])
    cluster.snapshot = a_snapshot(topics=[lost], groups=cluster.snapshot.groups.values())
    plan = await reset(cluster, "start")
    assert sorted(moves(plan)) == [ORDERS[1]]
    assert [(each.name, each.problem) for each in plan.omitted] == [("orders-0", NO_ANSWER)]


async def test_a_commit_a_transaction_is_about_to_replace_is_left_out() -> None:
    unstable = Problem("unstable_offset_commit", "a transaction with this group's commits is still open")
    plan = await reset(a_cluster(a_group_partition("orders", 0, unstable), a_group_partition("orders", 1, 50)), "start")
    assert sorted(moves(plan)) == [ORDERS[1]]
    assert [each.problem for each in plan.omitted] == [unstable]


async def test_a_shift_takes_all_or_none() -> None:
    cluster = a_cluster()
    plan = (await plan_reset(cluster, Reset("billing", ShiftBy(-10)))).groups[0]
    assert moves(plan) == {ORDERS[0]: (900, 890), ORDERS[1]: (50, 40)}
    with pytest.raises(Refused, match="no commit on orders-2"):
        await plan_reset(cluster, Reset("billing", ShiftBy(-10), [Scope("orders")]))


async def test_a_time_beyond_all_records_is_the_end_and_says_so() -> None:
    cluster = a_cluster()
    cluster.older = True
    plan = await reset(cluster, "@now")
    assert [move.note for move in plan.moves] == ["all records are older: the end"] * 2


async def test_a_file_and_another_group_name_their_partitions() -> None:
    cluster = a_cluster()
    other = a_group("other", [a_group_partition("orders", 2, 70)], state="Stable")
    cluster.snapshot = a_snapshot(
        topics=cluster.snapshot.topics.values(), groups=[*cluster.snapshot.groups.values(), other]
    )
    plan = (await plan_reset(cluster, Reset("billing", ToGroup("other")))).groups[0]
    assert moves(plan) == {ORDERS[2]: (None, 70)}
    of_file = ToOffsets({ORDERS[0]: 5, TopicPartition("gone", 1): 3}, "f.csv")
    plan = (await plan_reset(cluster, Reset("billing", of_file))).groups[0]
    assert [(move.where, move.after, move.note) for move in plan.moves] == [
        (ORDERS[0], Commit(10), "5 is before the start")
    ]
    assert [(each.name, each.problem.text) for each in plan.omitted] == [("gone-1", "the topic does not exist")]
    narrow = (await plan_reset(cluster, Reset("billing", of_file, [Scope("orders"), Scope("payments")]))).groups[0]
    assert sorted(moves(narrow)) == [ORDERS[0]]
    assert [(each.name, each.problem.text) for each in narrow.omitted] == [("payments", "no offset is given for it")]


async def test_a_group_with_members_is_refused_and_they_are_named() -> None:
    cluster = a_cluster(state="Stable", members=(a_member("worker-1"), a_member("worker-2")))
    with pytest.raises(Refused) as refused:
        await reset(cluster, "start")
    assert refused.value.sentences == (
        "group billing is Stable with 2 members: stop them first",
        "  member worker-1-0d3f, client worker-1, host /127.0.0.1",
        "  member worker-2-0d3f, client worker-2, host /127.0.0.1",
    )


async def test_a_group_that_is_sharing_out_work_is_refused_even_without_members() -> None:
    with pytest.raises(Refused, match="billing is PreparingRebalance"):
        await reset(a_cluster(state="PreparingRebalance", members=()), "start")


async def test_a_new_group_needs_topics_by_name() -> None:
    cluster = a_cluster()
    with pytest.raises(Refused, match="group fresh does not exist; name topics with -t"):
        await reset(cluster, "start", group="fresh")
    plan = await reset(cluster, "start", Scope("orders"), group="fresh")
    assert (plan.is_new, plan.type, len(plan.moves)) == (True, GroupType.CLASSIC, 3)
    assert plan.notes == ("new group: it does not exist yet, and becomes a classic one",)


async def test_a_group_that_may_be_on_a_broker_that_does_not_answer_is_not_taken_for_new() -> None:
    cluster = a_cluster()
    cluster.unlisted = {3: NO_ANSWER}
    with pytest.raises(Refused, match=r"it can not be known whether group fresh exists \(broker 3: no answer"):
        await reset(cluster, "start", Scope("orders"), group="fresh")
    assert (await reset(cluster, "start")).state == "Empty"
    cluster.unlisted = {3: Problem("gone", "not in the cluster any more")}
    assert (await reset(cluster, "start", Scope("orders"), group="fresh")).is_new


async def test_a_group_whose_commits_have_no_leader_is_not_taken_for_new() -> None:
    cluster = a_cluster()
    commits = a_topic("__consumer_offsets", [a_partition("__consumer_offsets", 0, leader=None)], internal=True)
    cluster.snapshot = a_snapshot(
        topics=[*cluster.snapshot.topics.values(), commits], groups=cluster.snapshot.groups.values()
    )
    with pytest.raises(Refused, match="__consumer_offsets-0 has no leader"):
        await reset(cluster, "start", Scope("orders"), group="fresh")


async def test_a_group_without_commits_needs_topics_by_name() -> None:
    cluster = a_cluster(a_group_partition("orders", 0, None))
    with pytest.raises(Refused, match="group billing has no commit; name topics with -t"):
        await reset(cluster, "start")


async def test_what_streams_made_for_itself_is_left_alone_unless_it_is_named() -> None:
    inner = "billing-count-repartition"
    cluster = a_cluster(a_group_partition("orders", 0, 900), a_group_partition(inner, 0, 5), type=GroupType.STREAMS)
    cluster.snapshot = a_snapshot(
        topics=[*cluster.snapshot.topics.values(), a_topic(inner, 1)], groups=cluster.snapshot.groups.values()
    )
    plan = await reset(cluster, "start")
    assert sorted(moves(plan)) == [ORDERS[0]]
    assert plan.notes[0].startswith("1 commits on internal topics of the application are left alone")
    assert sorted(moves(await reset(cluster, "start", Scope(inner)))) == [TopicPartition(inner, 0)]


async def test_an_offset_that_stays_keeps_all_that_belongs_to_it() -> None:
    cluster = a_cluster()
    plan = await reset(cluster, "900", Scope("orders", frozenset({0})))
    assert plan.changing == []
    assert plan.moves[0].before is plan.moves[0].after


async def test_the_hash_is_of_what_changes_and_not_of_where_the_log_ends() -> None:
    cluster = a_cluster()
    wanted = Reset("billing", parse_target("start", NOW))
    plan = await plan_reset(cluster, wanted)
    longer = [a_partition("orders", number, start=10, end=9_999) for number in range(3)]
    cluster.snapshot = a_snapshot(topics=[a_topic("orders", longer)], groups=cluster.snapshot.groups.values())
    assert (await plan_reset(cluster, wanted)).hash == plan.hash
    other = await plan_reset(cluster, Reset("billing", parse_target("11", NOW)))
    assert other.hash != plan.hash
    assert plan.hash.startswith("sha256:")
    assert len(plan.hash) == len("sha256:") + 64


async def test_deleting_groups_takes_all_they_have() -> None:
    plan = await plan_delete_groups(a_cluster(), ["billing"])
    (group,) = plan.groups
    assert (group.deletes, moves(group)) == (True, {ORDERS[0]: (900, None), ORDERS[1]: (50, None)})
    with pytest.raises(Refused, match="group nope does not exist"):
        await plan_delete_groups(a_cluster(), ["billing", "nope"])
    with pytest.raises(Refused, match="billing is Stable with 1 member: stop it first"):
        await plan_delete_groups(a_cluster(state="Stable", members=(a_member(),)), ["billing"])


async def test_deleting_offsets_is_about_what_is_committed_and_not_read() -> None:
    cluster = a_cluster(state="Stable", members=(a_member(topic="payments"),))
    plan = (await plan_delete_offsets(cluster, ["billing"], [Scope("orders", frozenset({1, 2})), Scope("z")])).groups[0]
    assert moves(plan) == {ORDERS[1]: (50, None)}
    assert [each.name for each in plan.omitted] == ["orders-2", "z"]
    assert plan.notes == ("group billing has 1 members; none of them reads these partitions",)
    with pytest.raises(Refused, match="reads what is to be deleted"):
        await plan_delete_offsets(a_cluster(state="Stable", members=(a_member(),)), ["billing"], [Scope("orders")])


async def test_a_share_groups_offsets_go_by_whole_topics() -> None:
    with pytest.raises(Refused, match="its offsets are deleted by whole topics"):
        await plan_delete_offsets(a_cluster(type=GroupType.SHARE), ["billing"], [Scope("orders", frozenset({0}))])


def an_entry(plan: Plan, cluster: FakeCluster) -> Entry:
    topics = cluster.snapshot.topics
    before, planned = kept.before(plan.groups, topics), kept.planned(plan.groups, topics)
    change = Change("group-offsets", plan.what, "", plan.cluster_id, before, planned, plan.hash)
    return Entry("20261125-1", "", "", 1, change, Result.OK)


async def test_what_was_before_is_planned_back_and_also_that_there_was_none() -> None:
    cluster = a_cluster()
    entry = an_entry(await plan_reset(cluster, Reset("billing", parse_target("20", NOW), [Scope("orders")])), cluster)
    moved = [a_group_partition("orders", 0, 20), a_group_partition("orders", 1, 77), a_group_partition("orders", 2, 20)]
    plan = (await plan_restore(a_cluster(*moved), entry)).groups[0]
    assert moves(plan) == {ORDERS[0]: (20, 900), ORDERS[1]: (77, 50), ORDERS[2]: (20, None)}
    assert [move.note for move in plan.moves] == ["", "it was set to 20, and has moved since", ""]


async def test_a_topic_that_was_made_anew_gets_no_offsets_of_the_old_one() -> None:
    cluster = a_cluster()
    entry = an_entry(await plan_reset(cluster, Reset("billing", parse_target("20", NOW))), cluster)
    anew = a_topic("orders", topic_id="another")
    cluster.snapshot = a_snapshot(topics=[anew], groups=cluster.snapshot.groups.values())
    plan = (await plan_restore(cluster, entry)).groups[0]
    assert plan.moves == ()
    assert {each.problem.code for each in plan.omitted} == {"topic_made_anew"}


@pytest.mark.parametrize(
    ("now", "result", "sentence"),
    [
        ((10, 10), Result.OK, "all 2 are as they were planned"),
        ((900, 50), Result.FAILED, "none of 2 was changed"),
        ((10, 50), Result.UNKNOWN, "of 2 are 1 as planned, 1 as before"),
        ((10, 11), Result.UNKNOWN, "of 2 are 1 as planned, 1 somewhere else since"),
    ],
)
async def test_a_change_that_was_cut_off_is_told_by_looking(
    now: tuple[int, int], result: Result, sentence: str
) -> None:
    cluster = a_cluster()
    entry = an_entry(await plan_reset(cluster, Reset("billing", parse_target("start", NOW))), cluster)
    found = await look(
        a_cluster(*(a_group_partition("orders", number, offset) for number, offset in enumerate(now))), entry.change
    )
    assert (found.result, found.problem) == (result, sentence)
