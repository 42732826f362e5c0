"""Records in memory that answer as `reading.records` does, for the screen: plans, pages, searches, a tail one feeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace

from kafkatui.filters import Selection
from kafkatui.kafka.search import Step, Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.errors import Unreachable
from kafkatui.model.positions import Anchor, AtTime, Position
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Record
from kafkatui.model.spans import Gap, Span
from kafkatui.reading.late import LateFilter, behind
from kafkatui.reading.masking import Masking
from kafkatui.reading.pages import Direction, Pages
from kafkatui.reading.request import Plan, Request, Unread
from tests.builders import AT

EVERYTHING = Wanted()
CHUNK = 1_000
"""Offsets a search looks through in one step."""


def a_record(
    offset: int = 0,
    value: bytes | None = b'{"order_id":"o-1","amount":12.5}',
    key: bytes | None = b"o-1",
    topic: str = "orders",
    partition: int = 0,
    headers: tuple[Header, ...] = (),
    at: float | None = None,
) -> Record:
    """Ten milliseconds after the one before it."""
    moment = round((AT - 3_600 if at is None else at) * 1000) + offset * 10
    return Record(topic, partition, offset, moment, key, value, headers)


def some_records(count: int, topic: str = "orders", partitions: int = 3) -> list[Record]:
    """By time over all partitions, each with its own number in key and value."""
    return [
        Record(
            topic,
            number % partitions,
            number // partitions,
            round((AT - 3_600) * 1000) + number * 10,
            f"o-{number}".encode(),
            f'{{"order_id":"o-{number}","status":"{"failed" if number % 97 == 5 else "created"}"}}'.encode(),
            (("trace-id", f"t-{number % 50}".encode()),),
        )
        for number in range(count)
    ]


def some_orders(count: int, topic: str = "orders.created") -> list[Record]:
    """Orders as the sample world writes them, with a tombstone, a poisoned one and one of binary."""
    return [_an_order(number, topic) for number in range(count)]


def _an_order(number: int, topic: str) -> Record:
    status = "failed" if number % 23 == 5 else "created"
    value: bytes | None = (
        f'{{"order_id":"ord-{number:06}","status":"{status}","amount":{number % 190 + 0.5},"currency":"EUR",'
        f'"customer":{{"id":"c-{number % 57}","country":"{("DE", "FR", "IT")[number % 3]}"}},'
        f'"lines":[{{"sku":"sku-{number % 31}","quantity":{number % 4 + 1}}},{{"sku":"sku-7","quantity":1}}]}}'
    ).encode()
    if number % 41 == 7:
        value = None
    elif number % 53 == 9:
        value = b'{"order_id":"ord-' + bytes([0xFF, 0xFE])
    headers: tuple[Header, ...] = (
        ("trace-id", f"{number * 7919:032x}".encode()),
        ("attempt", str(number % 3).encode()),
    )
    if number % 61 == 4:
        headers += (("kafka_dlt-original-offset", (41 + number).to_bytes(8, "big")), ("signature", bytes(range(12))))
    moment = round((AT - 900) * 1000) + number * 137
    return Record(topic, number % 6, number // 6 + 1_204, moment, f"ord-{number:06}".encode(), value, headers)


class FakeRecords:
    """Set `problem` and nothing answers; `gaps` are offsets that can not be read."""

    def __init__(
        self, records: Iterable[Record] = (), gaps: Iterable[Gap] = (), masking: Masking | None = None
    ) -> None:
        self.masking = masking
        self.logs: dict[TopicPartition, list[Record]] = {}
        for record in records:
            self.logs.setdefault(record.source, []).append(record)
        self.gaps = list(gaps)
        self.problem: Problem | None = None
        self.go_on = asyncio.Event()
        """A search waits for it before each step."""
        self.go_on.set()
        self.asked: list[Request] = []
        self.followed_from: dict[TopicPartition, int] = {}
        self._arrived: asyncio.Queue[Step] = asyncio.Queue()

    async def plan(self, request: Request) -> Plan:
        self.asked.append(request)
        if self.problem is not None:
            raise Unreachable(self.problem)
        wanted = [
            where
            for where in sorted(self.logs)
            if where.topic in request.topics and (request.partitions is None or where.partition in request.partitions)
        ]
        there = {where.topic for where in self.logs}
        missing = [
            Unread(name, None, Problem("unknown_topic_or_partition", "no such topic"))
            for name in request.topics
            if name not in there
        ]
        spans = tuple(self._span(where, request) for where in wanted)
        counts = {topic: sum(where.topic == topic for where in self.logs) for topic in request.topics}
        return Plan(request, spans, counts, tuple(missing))

    def _span(self, where: TopicPartition, request: Request) -> Span:
        first, until = self._offset(where, request.range.first), self._offset(where, request.range.until)
        return Span(where, first, max(first, until))

    def _offset(self, where: TopicPartition, position: Position) -> int:
        records = self.logs[where]
        start, end = records[0].offset, records[-1].offset + 1
        if isinstance(position, AtTime):
            return next((record.offset for record in records if record.timestamp_ms >= position.epoch_ms), end)
        base = {Anchor.OFFSET: 0, Anchor.START: start, Anchor.END: end}[position.anchor]
        found = base - position.count if position.anchor is Anchor.END else base + position.count
        return min(max(found, start), end)

    def apart(self, plan: Plan, selection: Selection) -> None:
        """A search here takes no time, so it needs no process."""

    def search(
        self, plan: Plan, wanted: Wanted = EVERYTHING, late: LateFilter | None = None
    ) -> AsyncGenerator[Step, None]:
        steps = self._search(plan, wanted)
        return behind(steps, late, self.masking)

    async def _search(self, plan: Plan, wanted: Wanted) -> AsyncGenerator[Step, None]:
        for span in plan.spans:
            for first in range(span.first, span.until, CHUNK):
                await self.go_on.wait()
                await asyncio.sleep(0)
                yield self._look(Span(span.where, first, min(first + CHUNK, span.until)), wanted)

    def _look(self, span: Span, wanted: Wanted) -> Step:
        records = [record for record in self.logs[span.where] if span.first <= record.offset < span.until]
        bad = [gap for gap in self.gaps if gap.where == span.where and span.first <= gap.first < span.until]
        readable = [record for record in records if not any(gap.first <= record.offset < gap.until for gap in bad)]
        found = tuple(record for record in readable if _fits(record, wanted))
        return Step(span.where, span.until, found, tuple(bad), looked=len(readable), size=len(records) * 100)

    def older(self, plan: Plan, wanted: Wanted = EVERYTHING) -> Pages:
        return Pages(plan.spans, Direction.OLDER, lambda spans: self.search(replace(plan, spans=tuple(spans)), wanted))

    def newer(self, plan: Plan, wanted: Wanted = EVERYTHING) -> Pages:
        return Pages(plan.spans, Direction.NEWER, lambda spans: self.search(replace(plan, spans=tuple(spans)), wanted))

    def follow(
        self, plan: Plan, wanted: Wanted = EVERYTHING, late: LateFilter | None = None
    ) -> AsyncGenerator[Step, None]:
        steps = self._follow(plan, wanted)
        return behind(steps, late, self.masking)

    async def _follow(self, plan: Plan, wanted: Wanted) -> AsyncGenerator[Step, None]:
        self.followed_from = {span.where: span.first for span in plan.spans}
        while True:
            step = await self._arrived.get()
            yield replace(step, found=tuple(record for record in step.found if _fits(record, wanted)))

    def arrive(self, *records: Record) -> None:
        """The tail brings them, one step for each."""
        for record in records:
            self.logs.setdefault(record.source, []).append(record)
            self._arrived.put_nowait(Step(record.source, record.offset + 1, (record,), looked=1))

    def tell(self, step: Step) -> None:
        """The tail brings this."""
        self._arrived.put_nowait(step)


def _fits(record: Record, wanted: Wanted) -> bool:
    held = b"\n".join(
        [
            record.key or b"",
            record.value or b"",
            *(name.encode(errors="surrogateescape") + b" " + (raw or b"") for name, raw in record.headers),
        ]
    )
    return all(each in held for each in wanted.required) and (wanted.matches is None or wanted.matches(record))
