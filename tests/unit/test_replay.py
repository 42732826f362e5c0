"""Replays without a cluster: what is written down, what a plan warns of, how copies are made and compared."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from kafkatui.filters import Selection
from kafkatui.kafka.building import Building
from kafkatui.kafka.compression import Codec
from kafkatui.kafka.partitioners import Partitioner
from kafkatui.kafka.search import Chunk, Search, Wanted
from kafkatui.kafka.transaction_calls import Position, Producer
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.partitioning import PartitionBy
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record
from kafkatui.model.spans import Gap, Isolation, Span
from kafkatui.replay.fingerprint import Fingerprint, fingerprint
from kafkatui.replay.plan import Level, Limits, Plan, Reader, Seen, plan_of
from kafkatui.replay.progress import MOST_CARRIED, AnotherPlan, Progress, carrier, committed, read_progress
from kafkatui.replay.route import route_of
from kafkatui.replay.spec import Headers, Spec, SpecError, Target, Timestamps, check_job, document, spec_of
from kafkatui.replay.stamps import attempt_of, source_of, stamped
from kafkatui.replay.verification import hash_of

P0, P1 = TopicPartition("orders", 0), TopicPartition("orders", 1)
DAY = 86_400_000


def a_spec(**changes: object) -> Spec:
    spans = (Span(P0, 10, 110), Span(P1, 0, 50))
    spec = Spec("nightly", "cluster", "orders", "id-1", spans, Target("copies", "id-2", 2))
    return replace(spec, **changes)  # type: ignore[arg-type]


def a_seen(**changes: object) -> Seen:
    known = Fingerprint(500, {Partitioner.MURMUR2: 1.0, Partitioner.CRC32: 0.5})
    limits = Limits(1_000_000, -1, False, True, False, None, 3_600_000)
    seen = Seen(2, (), known, limits, {}, False, (), {0: 0, 1: 0})
    return replace(seen, **changes)  # type: ignore[arg-type]


def a_plan(
    spec: Spec | None = None, seen: Seen | None = None, rate: float | None = None, *, allow_lost: bool = False
) -> Plan:
    return plan_of(spec or a_spec(), seen or a_seen(), rate, allow_lost=allow_lost, allow_old=False)


def codes(plan: Plan) -> list[tuple[Level, str]]:
    return [(each.level, each.code) for each in plan.findings]


def a_random_record(chance: random.Random, offset: int) -> Record:
    """Anything a log may hold."""
    many = chance.choice([0, 0, 1, 3, 1_000])
    headers: tuple[Header, ...] = tuple(
        (chance.choice(["a", "", "é", "a", "\udcff\udcfe"]), chance.choice([None, b"", b"x", chance.randbytes(9)]))
        for _ in range(many)
    )
    sizes = [None, 0, 1, 300, 1 << 20 if offset % 50 == 7 else 40]
    key, value = (None if size is None else chance.randbytes(size) for size in chance.choices(sizes, k=2))
    return Record("orders", 0, offset, chance.choice([-1, 0, chance.randrange(1 << 42)]), key, value, headers)


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("seed", range(4))
def test_batches_give_back_what_was_put_into_them(codec: Codec, seed: int) -> None:
    chance = random.Random(seed)
    records = [a_random_record(chance, offset) for offset in range(120)]
    left, batches = list(records), []
    while left:
        building = Building(codec, 900_000)
        if not building.append(left[0], left[0]):
            building = Building(codec, 900_000, odd=True)
            assert building.append(left[0], left[0])
        for record in left[1:]:
            if not building.append(record, record):
                break
        assert building.sources == left[: len(building.sources)]
        del left[: len(building.sources)]
        batches.append((len(building.sources), bytes(building.seal(Producer(4_001, 3), 17))))
    read: list[Record] = []
    for count, data in batches:
        step = Search(Wanted()).look(Chunk(P0, 0, count, count, data))
        assert (step.gaps, len(step.found)) == ((), count)
        assert {each.batch.producer_id for each in step.found} == {4_001}
        assert all(each.batch.transactional and each.batch.base_sequence == 17 for each in step.found)
        read += step.found
    assert [(each.timestamp_ms, each.key, each.value, each.headers) for each in read] == [
        (each.timestamp_ms, each.key, each.value, each.headers) for each in records
    ]


def test_a_plan_is_the_same_once_it_was_written_down() -> None:
    spec = a_spec(
        selection=Selection(("a\udcff",), "", ("h=1",), ("value.x > 1",)),
        picked=frozenset({(0, 17), (1, 3)}),
        isolation=Isolation.UNCOMMITTED,
        partition_by=PartitionBy.KEY_CRC32,
        timestamps=Timestamps.NOW,
        headers=Headers.STAMP,
        most=7,
        codec="zstd",
    )
    again = spec_of(json.loads(json.dumps(document(spec))))
    assert again == spec
    assert again.hash == spec.hash


@pytest.mark.parametrize(
    "changes",
    [
        {"job": "other"},
        {"source_id": "id-3"},
        {"spans": (Span(P0, 10, 111), Span(P1, 0, 50))},
        {"target": Target("copies", "id-2", 3)},
        {"selection": Selection(grep=("x",))},
        {"picked": frozenset({(0, 17)})},
        {"partition_by": PartitionBy.KEY},
        {"timestamps": Timestamps.NOW},
        {"headers": Headers.DROP},
        {"most": 5},
    ],
    ids=str,
)
def test_whatever_decides_what_is_written_changes_the_hash(changes: dict[str, object]) -> None:
    assert a_spec(**changes).hash != a_spec().hash


@pytest.mark.parametrize("name", ["", "a b", "-x", "../x", "x" * 121, "a/b", "é"])
def test_a_name_that_is_no_file_is_no_job(name: str) -> None:
    with pytest.raises(SpecError):
        check_job(name)


def test_progress_is_what_the_group_says() -> None:
    spec = a_spec()
    progress = Progress(spec, {P0: 60}, {P0: 41})
    held = committed(progress, {P0: 60})
    again = read_progress(spec, held)
    assert (again.positions, again.sent, again.records) == ({P0: 60}, {P0: 41}, 41)
    assert (again.offsets, again.is_done, again.position(P1)) == (50, False, 0)


def test_the_progress_of_another_plan_is_refused() -> None:
    held = committed(Progress(a_spec(most=3)), {P0: 60})
    for found in (held, {P0: Position(60, "")}, committed(Progress(a_spec()), {TopicPartition("orders", 9): 1})):
        with pytest.raises(AnotherPlan):
            read_progress(a_spec(), found)


def across(partitions: int, target: int, **changes: object) -> Spec:
    spans = tuple(Span(TopicPartition("orders", each), 10, 10**15) for each in range(partitions))
    return a_spec(spans=spans, target=Target("copies", "id-2", target), source_cluster_id="other", **changes)


@pytest.mark.parametrize(("partitions", "target"), [(3, 3), (3, 1), (7, 3), (MOST_CARRIED, 1)])
def test_across_clusters_the_target_holds_the_progress_of_every_partition(partitions: int, target: int) -> None:
    spec = across(partitions, target)
    assert spec_of(document(spec)) == spec
    chance = random.Random(partitions)
    progress, held = Progress(spec), dict[TopicPartition, Position]()
    for _ in range(200):
        moved = chance.sample([span.where for span in spec.spans], chance.randint(1, partitions))
        for where in moved:
            progress.positions[where] = progress.position(where) + chance.randint(1, 10**12)
            progress.sent[where] = progress.sent.get(where, 0) + chance.randint(0, 10**11)
        held.update(committed(progress, {where: progress.positions[where] for where in moved}))
        again = read_progress(spec, held)
        assert all(again.position(span.where) == progress.position(span.where) for span in spec.spans)
        assert again.records == progress.records
    assert set(held) == {carrier(spec, span.where) for span in spec.spans}
    # Brokers take so much (offset.metadata.max.bytes).
    assert max(len(each.metadata) for each in held.values()) <= 4_096


def test_across_clusters_the_progress_of_another_plan_is_refused() -> None:
    spec, at = across(3, 2), TopicPartition("copies", 0)
    held = committed(Progress(across(3, 2, most=4)), {TopicPartition("orders", 0): 60})
    foreign = f"kafkatui/elsewhere/1 {spec.hash} 1:60:9"
    for found in (held, {at: Position(60, "")}, {at: Position(9, foreign)}, {at: Position(9, foreign + " 9:1:1")}):
        with pytest.raises(AnotherPlan):
            read_progress(spec, found)


def test_a_plan_across_clusters_says_how_it_counts() -> None:
    """And a topic of the same name there is another one."""
    plan = a_plan(replace(across(2, 2), target=Target("orders", "id-2", 2)))
    assert (Level.NOTE, "across") in codes(plan)
    assert (Level.WARN, "same_topic") not in codes(plan)


def test_it_is_done_when_all_is_read_or_enough_is_sent() -> None:
    assert Progress(a_spec(), {P0: 110, P1: 50}).is_done
    assert not Progress(a_spec(), {P0: 110, P1: 49}).is_done
    assert Progress(a_spec(most=4), {P0: 20}, {P0: 4}).is_done
    assert Progress(a_spec(spans=(Span(P0, 5, 5),))).is_done


def test_copies_of_the_same_partition_are_the_records_themselves() -> None:
    records = [Record("orders", 1, offset, 1, b"k", b"v") for offset in range(3)]
    (dealt,) = route_of(a_spec()).deal(records)
    assert (dealt.where, dealt.records is records) == (TopicPartition("copies", 1), True)
    assert list(route_of(a_spec()).deal([])) == []


def test_copies_by_key_lie_where_the_partitioner_puts_them() -> None:
    records = [Record("orders", 0, number, 1, b"k%d" % number, None) for number in range(100)]
    for by, partitioner in ((PartitionBy.KEY, Partitioner.MURMUR2), (PartitionBy.KEY_CRC32, Partitioner.CRC32)):
        route = route_of(a_spec(partition_by=by, target=Target("copies", None, 7)))
        for dealt in route.deal(records):
            assert {partitioner.place(each.key or b"", 7) for each in dealt.records} == {dealt.where.partition}
            assert list(dealt.sources) == list(dealt.records)


def test_a_copy_says_where_it_came_from_and_how_often() -> None:
    route = route_of(a_spec(headers=Headers.STAMP))
    record = Record("orders", 0, 5, 1, b"k", b"v", (("a", None), ("a", b"")))
    (once,) = (each for dealt in route.deal([record]) for each in dealt.records)
    assert once.headers[:2] == record.headers
    assert dict(once.headers[2:]) == {
        "kafkatui-replay-id": b"nightly", "kafkatui-source": b"orders-0@5", "kafkatui-attempt": b"2"
    }  # fmt: skip
    (twice,) = (each for dealt in route.deal([once._replace(topic="a-b-1", offset=9)]) for each in dealt.records)
    assert source_of(twice.headers) == Place("a-b-1", 0, 9)
    assert attempt_of(twice.headers) == 3
    assert len(twice.headers) == 5


@pytest.mark.parametrize("raw", [None, b"", b"x", b"-1", b"1" * 30])
def test_a_stamp_that_makes_no_sense_is_no_number(raw: bytes | None) -> None:
    assert isinstance(attempt_of([("kafkatui-attempt", raw)]), Problem)
    assert source_of([("kafkatui-source", raw)]) is None
    assert stamped([("kafkatui-attempt", raw)], "j", Place("t", 0, 0))[-1] == ("kafkatui-attempt", b"2")


def test_headers_can_be_dropped_and_times_made_new() -> None:
    route = route_of(a_spec(headers=Headers.DROP, timestamps=Timestamps.NOW), clock=lambda: 99.5)
    (dealt,) = route.deal([Record("orders", 0, 5, 1, b"k", b"v", (("a", b"1"),))])
    assert [(each.headers, each.timestamp_ms) for each in dealt.records] == [((), 99_500)]


@pytest.mark.parametrize("partitioner", Partitioner)
def test_the_partitioner_of_a_topic_is_told_from_its_keys(partitioner: Partitioner) -> None:
    keys = [b"key-%d" % number for number in range(300)]
    records = [Record("t", partitioner.place(key, 12), 0, 0, key, None) for key in keys]
    assert fingerprint(records, 12).partitioner is partitioner
    elsewhere = [record._replace(partition=(record.partition + 1) % 12) for record in records]
    assert fingerprint(elsewhere, 12).partitioner is None
    assert fingerprint(records[:10], 12).partitioner is None
    assert fingerprint([Record("t", 0, 0, 0, None, None)], 12).sampled == 0


def test_a_plan_without_a_fault_says_nothing() -> None:
    plan = a_plan(rate=50)
    assert (plan.findings, plan.most_records, plan.seconds) == ((), 150, 3.0)
    assert a_plan(a_spec(most=20)).most_records == 20
    assert a_plan(seen=a_seen(selected={P0: 3, P1: 4})).most_records == 7


@pytest.mark.parametrize(
    ("spec", "seen", "expected"),
    [
        (a_spec(target=Target("copies", None, 1)), a_seen(), (Level.BLOCK, "too_few_partitions")),
        (a_spec(target=Target("copies", None, 5)), a_seen(), (Level.WARN, "other_partitions")),
        (a_spec(partition_by=PartitionBy.ROUND_ROBIN), a_seen(), (Level.WARN, "no_order")),
        (a_spec(partition_by=PartitionBy.KEY_CRC32), a_seen(), (Level.WARN, "other_partitioner")),
        (a_spec(isolation=Isolation.UNCOMMITTED), a_seen(), (Level.WARN, "uncommitted")),
        (a_spec(headers=Headers.DROP), a_seen(), (Level.WARN, "no_headers")),
        (a_spec(), a_seen(limits=Limits(problem=Problem("x", "no"))), (Level.WARN, "unknown_limits")),
        (a_spec(), a_seen(readers=(Reader("billing", "Stable", 2),)), (Level.NOTE, "readers")),
        (a_spec(target=Target("orders", "id-1", 2)), a_seen(), (Level.WARN, "same_topic")),
        (a_spec(), a_seen(limits=Limits(1, -1, True, False, False), has_null_keys=True), (Level.WARN, "null_keys")),
        (a_spec(), a_seen(limits=Limits(1, -1, True, False, False)), (Level.NOTE, "compacted")),
        (a_spec(), a_seen(limits=Limits(1, -1, False, True, True)), (Level.WARN, "log_append_time")),
        (
            a_spec(),
            a_seen(limits=Limits(1, DAY, False, True, False), older_than={DAY: 40}),
            (Level.BLOCK, "deleted_at_once"),
        ),
        (
            a_spec(),
            a_seen(limits=Limits(1, DAY, False, True, False), older_than={DAY: None}),
            (Level.WARN, "deleted_at_once"),
        ),
        (
            a_spec(),
            a_seen(limits=Limits(1, -1, False, True, False, DAY), older_than={DAY: 40}),
            (Level.BLOCK, "too_old"),
        ),
        (
            a_spec(),
            a_seen(clipped=(Gap(P0, 0, 10, Problem("before_start", "gone")),)),
            (Level.BLOCK, "before_start"),
        ),
        (a_spec(picked=frozenset({(0, 17), (0, 18)})), a_seen(selected={P0: 1}), (Level.BLOCK, "not_there")),
        (
            a_spec(),
            a_seen(clipped=(Gap(P0, 90, 99, Problem("open_transaction", "open")),)),
            (Level.WARN, "open_transaction"),
        ),
    ],
    ids=lambda each: each[1] if isinstance(each, tuple) else "",
)
def test_what_may_go_wrong_is_said_before(spec: Spec, seen: Seen, expected: tuple[Level, str]) -> None:
    assert codes(a_plan(spec, seen)) == [expected]


def test_what_is_known_and_wanted_blocks_no_more() -> None:
    seen = a_seen(clipped=(Gap(P0, 0, 10, Problem("before_start", "gone")),))
    assert codes(a_plan(seen=seen, allow_lost=True)) == [(Level.WARN, "before_start")]
    old = a_seen(limits=Limits(1, DAY, False, True, False), older_than={DAY: 40})
    assert not plan_of(a_spec(), old, None, allow_lost=False, allow_old=True).blocked
    assert not a_plan(a_spec(timestamps=Timestamps.NOW), old).findings
    kept = a_seen(limits=Limits(1, DAY, True, False, False), older_than={DAY: 40})
    assert codes(a_plan(seen=kept)) == [(Level.NOTE, "compacted")]


def test_a_plan_is_a_document() -> None:
    plan = a_plan(seen=a_seen(selected={P0: 3, P1: 4}))
    made = json.loads(json.dumps(plan.document()))
    assert (made["schema"], made["hash"], made["records"]) == ("kafkatui.replay-plan/1", plan.spec.hash, 7)
    assert made["selected"] == {"0": 3, "1": 4}
    assert json.loads(json.dumps(a_plan().document()))["records"] is None


def test_a_hash_is_of_all_that_a_copy_must_have() -> None:
    record = Record("t", 0, 5, 7, b"k", b"v", (("a", b"1"), ("b", None)))
    assert hash_of(record._replace(topic="u", partition=3, offset=9)) == hash_of(record)
    others = [
        record._replace(key=None),
        record._replace(key=b""),
        record._replace(value=None),
        record._replace(headers=record.headers[::-1]),
        record._replace(headers=(("a", b"1"), ("b", b""))),
        record._replace(timestamp_ms=8),
    ]
    assert len({hash_of(each) for each in [record, *others]}) == 7
    assert hash_of(record, with_time=False) == hash_of(record._replace(timestamp_ms=8), with_time=False)
