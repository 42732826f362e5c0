"""Dead letters on real brokers: which topics hold them, and what became of the records they came from."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import count

import pytest
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as Partition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from kafkatui.dead_letters import dialects
from kafkatui.dead_letters.causes import key_of
from kafkatui.dead_letters.finding import Finding, Found, find
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.origin import Fetched, fetch_origins
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redrive import LeftOut, Planned, Redrive, Send, plan
from kafkatui.dead_letters.redriving import Back
from kafkatui.dead_letters.topic_names import Kind
from kafkatui.kafka.cluster import Cluster
from kafkatui.minicluster.cluster import Status
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record
from kafkatui.reading.records import Records
from kafkatui.reading.request import Request
from tests import dead_letters
from tests.making_topics import make_topics
from tests.waiting import until

PARTITIONS = 2
BEGAN = 1_795_000_000_000
FOREVER = {"retention.ms": "-1"}
Wanted = Sequence[tuple[bytes | None, bytes | None, Sequence[Header]]]


@contextmanager
def topics(mini_cluster: Status, *names: str, config: dict[str, str] | None = None) -> Iterator[None]:
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    wanted = [NewTopic(name, PARTITIONS, 3, config={**FOREVER, **(config or {})}) for name in names]
    make_topics(mini_cluster.bootstrap, *wanted)
    yield
    for gone in admin.delete_topics(list(names)).values():
        gone.result(20)


def write(mini_cluster: Status, topic: str, records: Wanted, partition: int = 0, at: int = BEGAN) -> None:
    producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
    for number, (key, value, headers) in enumerate(records):
        producer.produce(topic, value, key, partition, timestamp=at + number, headers=list(headers))
    assert producer.flush(20) == 0


@asynccontextmanager
async def opened(mini_cluster: Status) -> AsyncIterator[Cluster]:
    async with Cluster.open(Connection(tuple(mini_cluster.bootstrap.split(",")))) as cluster:
        yield cluster


async def found_in(mini_cluster: Status, most_partitions: int = 1_000) -> Finding:
    async with opened(mini_cluster) as cluster:
        topology = await cluster.topology()
        return await find(Records(cluster.nodes), topology, Recogniser(), most_partitions)


@pytest.fixture(scope="module")
def prefix(mini_cluster: Status) -> Iterator[str]:
    prefix = f"f{uuid.uuid4().hex[:6]}"
    spring, connect = dead_letters.SPRING_HEADERS, (*dead_letters.APP, *dead_letters.CONNECT_HEADERS)
    own = tuple(
        (name, prefix.encode() + b"-back" if name == "kafka_dlt-original-topic" else raw) for name, raw in spring
    )
    retried = dead_letters.SPRING_RETRY.headers
    plain: tuple[Header, ...] = ()
    filled: dict[str, list[tuple[Header, ...]]] = {
        "{}-dlt": [spring] * 3,
        "{}-broken": [plain, connect, connect],
        "{}-half": [plain, plain, connect],
        "error.{}.billing": [dead_letters.CLOUD_STREAM.headers],
        "error.{}.app": [plain] * 3,
        "{}-retry-0": [retried] * 2,
        "{}-back": [own] * 3,
        "{}-empty-dlq": [],
        "{}": [plain] * 3,
    }
    names = {form: form.format(prefix) for form in filled}
    with topics(mini_cluster, *names.values()):
        for form, records in filled.items():
            write(mini_cluster, names[form], [(b"k", b"v", headers) for headers in records], partition=1)
        yield prefix


class TestFinding:
    async def test_by_name_by_headers_and_by_both(self, mini_cluster: Status, prefix: str) -> None:
        finding = await found_in(mini_cluster)
        mine = {each.topic: each for each in finding.found if prefix in each.topic}
        assert {name: (each.kind, each.how, each.dialect) for name, each in mine.items()} == {
            f"{prefix}-dlt": (Kind.DEAD_LETTERS, "name+headers", dialects.SPRING),
            f"{prefix}-broken": (Kind.DEAD_LETTERS, "headers", dialects.CONNECT),
            f"error.{prefix}.billing": (Kind.DEAD_LETTERS, "name+headers", dialects.SPRING_CLOUD_STREAM),
            f"{prefix}-retry-0": (Kind.RETRY, "name+headers", dialects.SPRING_RETRY),
            f"{prefix}-empty-dlq": (Kind.DEAD_LETTERS, "name", None),
        }
        assert mine[f"{prefix}-dlt"] == Found(
            f"{prefix}-dlt", Kind.DEAD_LETTERS, True, True, dialects.SPRING, 3, BEGAN + 2
        )
        assert mine[f"{prefix}-empty-dlq"].newest_ms is None
        assert f"{prefix}-retry-0" not in finding.names
        assert finding.passed_over == ()

    async def test_names_go_first_where_there_are_too_many_partitions(self, mini_cluster: Status, prefix: str) -> None:
        finding = await found_in(mini_cluster, most_partitions=0)
        mine = {each.topic for each in finding.found if prefix in each.topic}
        assert mine == {f"{prefix}-dlt", f"{prefix}-retry-0", f"{prefix}-empty-dlq"}
        assert finding.looked_at == 0
        assert {f"{prefix}-broken", f"{prefix}-half", prefix} <= set(finding.passed_over)

    async def test_what_is_not_read_for_its_size_is_said(self, mini_cluster: Status, prefix: str) -> None:
        async with opened(mini_cluster) as cluster:
            finding = await find(Records(cluster.nodes), await cluster.topology(), Recogniser(), most_bytes=0)
        mine = {each.topic for each in finding.found if prefix in each.topic}
        assert finding.looked_at >= 1
        assert {f"{prefix}-dlt", f"{prefix}-retry-0", f"{prefix}-empty-dlq"} <= mine
        unnamed = {f"{prefix}-broken", f"{prefix}-half", f"{prefix}-back", prefix}
        assert len(unnamed & set(finding.passed_over)) >= 3, "one answer was looked at"


def a_pointer(topic: str, partition: int, offset: int, number: int, at: int = BEGAN + 10_000) -> DeadLetter:
    place = (("topic", topic), ("partition", str(partition)), ("offset", str(offset)), ("group", "g"))
    headers = tuple((f"__dlq.errors.{name}", text.encode()) for name, text in place)
    letter = Recogniser().read(Record("dlq.g", 0, number, at, None, None, headers))
    assert letter is not None
    return letter


async def origins(mini_cluster: Status, *wanted: tuple[str, int, int]) -> list[Fetched]:
    """What became of these places, each by a pointer of a share group."""
    letters = [a_pointer(*place, number) for number, place in enumerate(wanted)]
    async with opened(mini_cluster) as cluster:
        found = await fetch_origins(cluster.nodes, letters)
    assert list(found) == [letter.place for letter in letters]
    return list(found.values())


def code(fetched: Fetched) -> str:
    assert isinstance(fetched, Problem), fetched
    return fetched.code


class TestOrigins:
    async def test_retained_records_of_all_partitions_at_once_with_every_byte(self, mini_cluster: Status) -> None:
        name = f"kept-{uuid.uuid4().hex[:8]}"
        with topics(mini_cluster, name):
            for partition in range(PARTITIONS):
                odd: Wanted = [(b"k%d" % n, None if n % 3 else b"v%d" % n, dead_letters.APP) for n in range(3_000)]
                write(mini_cluster, name, odd, partition)
            places = [
                (name, partition, offset) for partition in range(PARTITIONS) for offset in (0, 1, 600, 601, 2_999)
            ]
            found = await origins(mini_cluster, *places)
        expected = [
            (*place, BEGAN + place[2], b"k%d" % place[2], None if place[2] % 3 else b"v%d" % place[2], dead_letters.APP)
            for place in places
        ]
        assert [record[:7] for record in found if isinstance(record, Record)] == expected

    async def test_deleted_and_beyond_the_end(self, mini_cluster: Status) -> None:
        name = f"cut-{uuid.uuid4().hex[:8]}"
        with topics(mini_cluster, name):
            write(mini_cluster, name, [(b"k", b"v", ())] * 10)
            admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
            for each in admin.delete_records([Partition(name, 0, 4)]).values():
                each.result(20)
            deleted, kept, beyond, nowhere = await origins(
                mini_cluster, (name, 0, 3), (name, 0, 4), (name, 0, 10), (name, 9, 0)
            )
            assert deleted == Problem("deleted", "deleted by retention or by request: the log starts at 4")
            assert isinstance(kept, Record)
            assert code(beyond) == code(nowhere) == "other_topic"
            (gone,) = await origins(mini_cluster, (f"{name}-never", 0, 0))
            assert gone == Problem("unknown_topic_or_partition", "the topic does not exist any more")
            assert f"{name}-never" not in admin.list_topics(timeout=20).topics, "nothing was made by asking for it"

    async def test_compacted_away(self, mini_cluster: Status) -> None:
        name = f"compact-{uuid.uuid4().hex[:8]}"
        eager = {"cleanup.policy": "compact", "segment.ms": "50", "min.cleanable.dirty.ratio": "0.001"}
        eager |= {"max.compaction.lag.ms": "100", "file.delete.delay.ms": "10"}
        with topics(mini_cluster, name, config=eager):
            write(mini_cluster, name, [(b"same", b"%d" % n, ()) for n in range(5)])
            later = count(BEGAN + 1_000, 1_000)

            async def is_compacted() -> bool:
                # A segment is only closed when something of a later time comes after it.
                write(mini_cluster, name, [(b"same", b"new", ())], at=next(later))
                (first,) = await origins(mini_cluster, (name, 0, 0))
                return isinstance(first, Problem)

            await until(is_compacted, seconds=90)
            (first,) = await origins(mini_cluster, (name, 0, 0))
        assert code(first) == "compacted"

    async def test_another_topic_of_that_name_shows_in_times_and_ids(self, mini_cluster: Status) -> None:
        name = f"again-{uuid.uuid4().hex[:8]}"
        with topics(mini_cluster, name):
            write(mini_cluster, name, [(b"k", b"old", ())])
            async with opened(mini_cluster) as cluster:
                before = (await cluster.topology()).topics[name].topic_id or ""
            await recreate(mini_cluster, name)
            write(mini_cluster, name, [(b"k", b"new", ())], at=BEGAN + 500_000)
            (younger,) = await origins(mini_cluster, (name, 0, 0))
            assert code(younger) == "other_topic"
            assert "younger" in str(getattr(younger, "text", ""))
            streams = a_streams_letter(name, at=BEGAN)
            connect = a_connect_letter(name, at=BEGAN)
            exact = a_connect_letter(name, at=BEGAN + 500_000)
            async with opened(mini_cluster) as cluster:
                assert code((await fetch_origins(cluster.nodes, [connect]))[connect.place]) == "other_topic"
                assert isinstance((await fetch_origins(cluster.nodes, [exact]))[exact.place], Record)
                found = (await fetch_origins(cluster.nodes, [streams]))[streams.place]
                assert isinstance(found, Record), "its timestamp may come from anywhere, so it tells nothing"
                by_id = await fetch_origins(cluster.nodes, [exact], known_ids={name: before})
            assert by_id[exact.place] == Problem(
                "other_topic", "the topic was deleted and made anew: it has another id now"
            )

    async def test_records_of_aborted_transactions_are_found_and_markers_are_not(self, mini_cluster: Status) -> None:
        name = f"aborted-{uuid.uuid4().hex[:8]}"
        with topics(mini_cluster, name):
            producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "transactional.id": name, "log_level": 2})
            producer.init_transactions(20)
            producer.begin_transaction()
            producer.produce(name, b"never", partition=0, timestamp=BEGAN)
            producer.flush(20)
            producer.abort_transaction(20)
            admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})

            async def is_marked() -> bool:
                where = Partition(name, 0)
                return bool(admin.list_offsets({where: OffsetSpec.latest()})[where].result(20).offset == 2)

            await until(is_marked)
            write(mini_cluster, name, [(b"k", b"v", ())])
            aborted, marker, after = await origins(mini_cluster, (name, 0, 0), (name, 0, 1), (name, 0, 2))
        assert isinstance(aborted, Record)
        assert aborted.value == b"never"
        assert code(marker) == "compacted"
        assert isinstance(after, Record)

    async def test_pointers_are_sent_where_the_record_is_and_lost_where_it_is_not(self, mini_cluster: Status) -> None:
        name = f"pointed-{uuid.uuid4().hex[:8]}"
        with topics(mini_cluster, name):
            write(mini_cluster, name, [(b"k", b"v%d" % n, dead_letters.APP) for n in range(6)])
            admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
            for each in admin.delete_records([Partition(name, 0, 3)]).values():
                each.result(20)
            letters = [a_pointer(name, 0, offset, offset) for offset in (1, 4)]
            async with opened(mini_cluster) as cluster:
                found = await fetch_origins(cluster.nodes, letters)
            lost, sent = plan(letters, Redrive("j", {name: PARTITIONS}), found)
        assert isinstance(lost, LeftOut)
        assert lost.problem.code == "payload_lost"
        assert isinstance(sent, Send)
        assert (sent.record.key, sent.record.value, sent.record.headers[:5]) == (b"k", b"v4", dead_letters.APP)


class TestSelection:
    """What `dlq redrive` will send: read, planned and written here by another producer, and planned again."""

    async def test_what_is_sent_once_is_not_sent_again(self, mini_cluster: Status) -> None:
        name = f"redrive-{uuid.uuid4().hex[:8]}"
        letters = f"{name}-dlt"
        spring = dead_letters.SPRING_HEADERS
        mine = {"kafka_dlt-original-topic": name.encode(), "kafka_dlt-original-partition": b"\x00\x00\x00\x01"}
        headers = tuple((name_, mine.get(name_, raw)) for name_, raw in spring)
        other = tuple((n, b"another" if n == "kafka_dlt-exception-message" else raw) for n, raw in headers)
        pointer = a_pointer(name, 1, 0, 0).record.headers
        with topics(mini_cluster, name, letters):
            write(mini_cluster, name, [(b"pointed at", b"v", dead_letters.APP)], partition=1)
            records: Wanted = [(b"k%d" % n, b"v%d" % n, headers if n % 2 else other) for n in range(10)]
            write(mini_cluster, letters, [*records, (b"plain", b"v", ()), (None, None, pointer), (None, None, pointer)])
            redrive = Redrive("j", {name: PARTITIONS, letters: PARTITIONS})
            all_ = await selected(mini_cluster, letters, redrive)
            sent = [each for each in all_ if isinstance(each, Send)]
            left_out = [each.problem.code for each in all_ if isinstance(each, LeftOut)]
            assert (len(sent), left_out) == (11, ["duplicate"])
            assert {each.record.partition for each in sent} == {1}
            cause = key_of(sent[0].letter).id
            some = await selected(mini_cluster, letters, redrive, {cause})
            assert [each.letter.record.key for each in some] == [b"k0", b"k2", b"k4", b"k6", b"k8"]
            write(
                mini_cluster, name,
                [(each.record.key, each.record.value, each.record.headers) for each in sent], partition=1,
            )  # fmt: skip
            ledger = {each.letter.place for each in sent}
            again = await selected(mini_cluster, letters, replace(redrive, sent_already=ledger))
            assert not [each for each in again if isinstance(each, Send)]
            async with opened(mini_cluster) as cluster:
                back = [a_pointer(name, 1, 1 + number, number) for number in range(11)]
                found = list((await fetch_origins(cluster.nodes, back)).values())
        assert [record.key for record in found if isinstance(record, Record)] == [each.record.key for each in sent]
        assert all(record.headers[:5] == dead_letters.APP for record in found if isinstance(record, Record))


async def selected(mini_cluster: Status, topic: str, redrive: Redrive, causes: Collection[str] = ()) -> list[Planned]:
    found: list[Planned] = []
    async with opened(mini_cluster) as cluster:
        wanted = await Records(cluster.nodes).plan(Request((topic,)))
        route = Back(cluster, Recogniser(), redrive, causes)
        async for step in Records(cluster.nodes).search(wanted):
            await route.prepare(step.found)
            found += route.planned(step.found)
    return found


async def recreate(mini_cluster: Status, name: str) -> None:
    """The same name, another topic. A broker takes a moment to forget the old one."""
    admin = AdminClient({"bootstrap.servers": mini_cluster.bootstrap})
    admin.delete_topics([name])[name].result(20)

    async def is_made() -> bool:
        made = admin.create_topics([NewTopic(name, PARTITIONS, 3, config=FOREVER)])[name]
        return made.exception(20) is None

    await until(is_made)


def a_connect_letter(topic: str, at: int) -> DeadLetter:
    return a_letter("__connect.errors.", topic, at)


def a_streams_letter(topic: str, at: int) -> DeadLetter:
    return a_letter("__streams.errors.", topic, at)


def a_letter(prefix: str, topic: str, at: int) -> DeadLetter:
    place = (("topic", topic), ("partition", "0"), ("offset", "0"))
    headers = tuple((f"{prefix}{name}", text.encode()) for name, text in place)
    letter = Recogniser().read(Record("dlq.sink", 0, 0, at, b"k", b"v", headers))
    assert letter is not None
    assert letter.last_origin.place == Place(topic, 0, 0)
    return letter
