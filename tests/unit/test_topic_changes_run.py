"""How a change is made and kept: nothing is sent before it is written down, and the journal says how it ended."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from kafkatui.model.cluster import Topology
from kafkatui.model.configs import Config, ConfigSource
from kafkatui.model.problems import Problem
from kafkatui.topic_changes.activity import Activity
from kafkatui.topic_changes.aftermath import look
from kafkatui.topic_changes.delete import deletion
from kafkatui.topic_changes.leaders import election
from kafkatui.topic_changes.partitions import more_partitions
from kafkatui.topic_changes.plan import Plan, Results
from kafkatui.topic_changes.restore import plan_configs_back, plan_topics_back
from kafkatui.topic_changes.run import INTERRUPTED, NotKept, carry_out, journalled
from kafkatui.undo.journal import Change, Entry, Journal, Result
from tests.builders import NO_ANSWER, a_partition, a_snapshot, a_topic
from tests.fake_cluster import FakeCluster

PLAN = deletion(Activity(a_snapshot()), ["orders", "payments"], {})


@dataclass
class Scripted:
    """A change that ends as it is told, and looks into the journal when it is sent."""

    plan: Plan
    results: Results | BaseException
    journal: Journal
    asks_first: ClassVar[bool] = False
    started: tuple[Result | None, str | None] | None = None

    async def checked(self, nodes: Any) -> Scripted:
        return self

    async def moved(self, cluster: Any) -> Results:
        return {}

    async def make(self, cluster: Any, topology: Topology) -> Results:
        (entry,) = self.journal.entries()
        self.started = entry.result, entry.change.plan_hash
        if isinstance(self.results, BaseException):
            raise self.results
        return self.results


async def run(tmp_path: Path, results: Results | BaseException) -> tuple[Scripted, Any]:
    change = Scripted(PLAN, results, Journal(tmp_path))
    return change, await carry_out(FakeCluster(a_snapshot()), change, change.journal, journalled(PLAN, ("-c", "prod")))  # type: ignore[arg-type]


TIMEOUT = Problem("request_timed_out", "not in time")
REFUSED = Problem("invalid_config", "no")


@pytest.mark.parametrize(
    ("results", "result", "counts", "problem"),
    [
        ({"orders": None, "payments": None}, Result.OK, (2, 0), None),
        ({"orders": None, "payments": REFUSED}, Result.FAILED, (1, 1), "payments: no"),
        ({"orders": REFUSED, "payments": REFUSED}, Result.FAILED, (0, 2), "orders: no, and 1 more"),
        (
            {"orders": None, "payments": TIMEOUT},
            Result.UNKNOWN,
            (1, 1),
            "payments: not in time; it may be done nevertheless",
        ),
        (
            {"orders": None},
            Result.UNKNOWN,
            (1, 1),
            "payments: the answer does not name it; it may be done nevertheless",
        ),
        (
            {"orders": NO_ANSWER, "payments": REFUSED},
            Result.UNKNOWN,
            (0, 2),
            "orders: no answer; it may be done nevertheless, and 1 more",
        ),
    ],
)
async def test_the_journal_says_how_it_went(
    tmp_path: Path, results: Results, result: Result, counts: tuple[int, int], problem: str | None
) -> None:
    change, ended = await run(tmp_path, results)
    assert change.started == (None, PLAN.hash), "kept before it is sent"
    (entry,) = change.journal.entries()
    assert ended.entry == entry
    assert (entry.result, entry.counts, entry.problem) == (
        result,
        {"changed": counts[0], "failed": counts[1]},
        problem,
    )
    assert entry.change.command == "kafkatui topics delete orders payments -c prod"
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(each["event"], each["result"]) for each in lines] == [("started", None), ("ended", result.value)]


@pytest.mark.parametrize("end", [asyncio.CancelledError(), RuntimeError("a bug")])
async def test_what_is_interrupted_is_not_known_to_have_failed(tmp_path: Path, end: BaseException) -> None:
    with pytest.raises(type(end)):
        await run(tmp_path, end)
    (entry,) = Journal(tmp_path).entries()
    assert (entry.result, entry.problem) == (Result.UNKNOWN, INTERRUPTED)


async def test_what_has_moved_is_not_sent_and_not_kept(tmp_path: Path) -> None:
    change = Scripted(PLAN, {}, Journal(tmp_path))
    fake = FakeCluster(a_snapshot(topics=[a_topic("orders", topic_id="anew")]))
    ended = await carry_out(fake, change, change.journal, journalled(PLAN))  # type: ignore[arg-type]
    assert set(ended.failed) == {"orders", "payments"}
    assert (change.started, ended.entry, change.journal.entries()) == (None, None, [])


async def test_what_can_not_be_kept_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    change = Scripted(PLAN, {}, Journal(tmp_path / "file"))
    with pytest.raises(NotKept):
        await carry_out(FakeCluster(a_snapshot()), change, change.journal, journalled(PLAN))  # type: ignore[arg-type]
    assert change.started is None


def entry(plan: Plan) -> Entry:
    """As it comes back from its file."""
    kept = journalled(plan)
    back = json.loads(json.dumps([dict(kept.before), dict(kept.planned)]))
    change = replace(kept, before=back[0], planned=back[1])
    return Entry("id", "now", "me", 1, change)


class TestAftermath:
    async def found(self, plan: Plan, *topics: Any) -> tuple[Result, int]:
        after = await look(FakeCluster(a_snapshot(topics=topics)), entry(plan))
        return after.result, after.counts["changed"]

    async def test_of_deleting(self) -> None:
        assert await self.found(PLAN) == (Result.OK, 2)
        assert await self.found(PLAN, a_topic("orders", topic_id="anew")) == (Result.OK, 2)
        assert await self.found(PLAN, a_topic("orders")) == (Result.UNKNOWN, 1)
        assert await self.found(PLAN, a_topic("orders"), a_topic("payments")) == (Result.FAILED, 0)

    async def test_of_adding_partitions(self) -> None:
        plan = more_partitions(Activity(a_snapshot()), "orders", 5)
        assert await self.found(plan, a_topic("orders", 5)) == (Result.OK, 1)
        assert await self.found(plan, a_topic("orders", 3)) == (Result.FAILED, 0)
        assert await self.found(plan) == (Result.FAILED, 0)

    async def test_of_electing(self) -> None:
        before = a_snapshot(topics=[a_topic("orders", [a_partition(leader=3)])])
        plan = election(Topology("c", {}, before.topics), {})
        assert await self.found(plan, a_topic("orders", [a_partition(leader=1)])) == (Result.OK, 1)
        assert await self.found(plan, a_topic("orders", [a_partition(leader=3)])) == (Result.FAILED, 0)
        assert await self.found(plan) == (Result.UNKNOWN, 0)

    async def test_of_configs_that_can_not_be_read(self) -> None:
        items = [{"topic": "orders", "topic_id": "id-orders", "config": "a", "before": None, "after": "1"}]
        kept = Entry("id", "now", "me", 1, Change("topic-configs", "", "", "c", {}, {"items": items}))
        fake = FakeCluster(a_snapshot())
        assert (await look(fake, kept)).problem == "what became of it can not be told: its configs are not told"
        fake.configs["orders"] = {"a": Config("a", "1", ConfigSource.TOPIC)}
        assert (await look(fake, kept)).result is Result.OK
        fake.configs["orders"] = {"a": Config("a", "1", ConfigSource.DEFAULT)}
        assert (await look(fake, kept)).result is Result.FAILED, "the same value, and yet no override"


class TestPuttingBack:
    def changed(self, before: str | None, after: str | None) -> Entry:
        items = [{"topic": "orders", "topic_id": "id-orders", "config": "a", "before": before, "after": after}]
        kept = {"topic": "orders", "topic_id": "id-orders", "configs": {"a": before}}
        return Entry("id", "now", "me", 1, Change("topic-configs", "", "", "c", kept, {"items": items}))

    async def back(self, kept: Entry, now: Config, topic_id: str = "id-orders") -> Plan:
        fake = FakeCluster(a_snapshot(topics=[a_topic("orders", topic_id=topic_id)]))
        fake.configs["orders"] = {"a": now}
        return (await plan_configs_back(fake, kept)).plan

    async def test_a_config_that_had_no_override_has_none_again(self) -> None:
        plan = await self.back(self.changed(None, "1"), Config("a", "1", ConfigSource.TOPIC))
        assert [(item.decided["before"], item.decided["after"]) for item in plan.todo] == [("1", None)]
        assert plan.before["configs"] == {"a": "1"}, "which can be undone in turn"

    async def test_what_was_deleted_is_set_again(self) -> None:
        plan = await self.back(self.changed("1", None), Config("a", "9", ConfigSource.DEFAULT))
        assert [item.decided["after"] for item in plan.todo] == ["1"]

    async def test_what_was_changed_since_is_left_alone(self) -> None:
        plan = await self.back(self.changed(None, "1"), Config("a", "2", ConfigSource.TOPIC))
        assert (plan.todo, plan.before["configs"]) == ((), {})
        assert [item.problem and item.problem.text for item in plan.items] == ["a was changed again since, to 2"]

    async def test_another_topic_of_the_same_name_is_left_alone(self) -> None:
        plan = await self.back(self.changed(None, "1"), Config("a", "1", ConfigSource.TOPIC), topic_id="anew")
        assert [item.problem and item.problem.text for item in plan.items] == ["topic orders was made anew since"]

    async def test_topics_come_back_empty_and_never_in_place_of_another(self) -> None:
        fake = FakeCluster(a_snapshot(topics=[a_topic("payments", topic_id="anew")]))
        change = await plan_topics_back(fake, entry(PLAN))
        assert [item.name for item in change.plan.todo] == ["orders"]
        assert change.plan.warnings[0] == "the topics come back empty: no copy of their records was kept"
        assert "default configs" in change.plan.warnings[1]
        fake.snapshot = a_snapshot()
        assert [
            item.problem and item.problem.text for item in (await plan_topics_back(fake, entry(PLAN))).plan.items
        ] == [
            "topic orders was not deleted",
            "topic payments was not deleted",
        ]
