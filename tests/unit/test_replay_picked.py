"""Records picked one by one: how they are written, what is read for them, and that they alone come through."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import pytest

from kafkatui.kafka.search import Step
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap, Span
from kafkatui.reading.request import Request
from kafkatui.replay.picked import parse_picked, picked_request, picked_search, picked_spans, picked_text
from kafkatui.replay.spec import SpecError

P0, P3 = TopicPartition("orders", 0), TopicPartition("orders", 3)
PICKED = frozenset({(0, 17), (3, 5), (3, 6), (3, 7), (3, 90_000)})
TEXT = "0@17,3@5-7,3@90000"


def test_what_is_written_is_what_is_read() -> None:
    assert picked_text(PICKED) == TEXT
    assert parse_picked(TEXT) == PICKED
    assert parse_picked(" 3@5-7 ,0@17,3@90000,0@17") == PICKED


@pytest.mark.parametrize("text", ["", "0", "17", "@17", "0@", "0@x", "-1@3", "0@7-5", "0@1,", "0@0-1000000", "a@1"])
def test_what_names_no_records_says_how_to_write_them(text: str) -> None:
    with pytest.raises(SpecError, match="write PARTITION@OFFSET"):
        parse_picked(text)


def test_no_more_is_asked_for_than_lies_between_them() -> None:
    wanted = picked_request(Request(("orders",)), PICKED)
    assert (wanted.partitions, str(wanted.range)) == (frozenset({0, 3}), "5:90001")
    spans = picked_spans([Span(P0, 5, 90_001), Span(P3, 5, 400)], PICKED)
    assert spans == (Span(P0, 17, 18), Span(P3, 5, 400))


def test_of_what_is_gone_only_picked_records_count() -> None:
    gone = Problem("before_start", "gone")
    spans = picked_spans([Span(P0, 100, 200, (Gap(P0, 5, 100, gone),))], frozenset({(0, 17), (0, 60), (0, 150)}))
    assert spans == (Span(P0, 100, 151, (Gap(P0, 17, 61, gone),)),)
    (nothing,) = picked_spans([Span(P0, 100, 200, (Gap(P0, 5, 100, gone),))], frozenset({(0, 17)}))
    assert (nothing.is_empty, nothing.clipped) == (True, (Gap(P0, 17, 18, gone),))
    (untouched,) = picked_spans([Span(P0, 100, 200, (Gap(P0, 5, 100, gone),))], frozenset({(0, 150)}))
    assert untouched == Span(P0, 150, 151)


async def test_they_alone_come_in_their_order_and_what_lies_far_from_them_is_not_read() -> None:
    asked: list[Span] = []

    async def everything(spans: Sequence[Span]) -> AsyncGenerator[Step, None]:
        asked.extend(spans)
        for span in spans:
            number = span.where.partition
            records = tuple(Record("orders", number, offset, 0, None, None) for offset in range(span.first, span.until))
            yield Step(span.where, span.until, records)

    search = picked_search(everything, PICKED)
    spans = [Span(P0, 17, 18), Span(P3, 5, 90_001)]
    steps = [step async for step in search(spans)]
    found = [(record.partition, record.offset) for step in steps for record in step.found]
    assert found == sorted(PICKED)
    assert asked == [Span(P0, 17, 18), Span(P3, 5, 8), Span(P3, 90_000, 90_001)]
    # Each span is known to be read to its end; on from the middle only the rest is read.
    assert {step.where: step.position for step in steps} == {P0: 18, P3: 90_001}
    asked.clear()
    assert [record.offset async for step in search([Span(P3, 7, 90_001)]) for record in step.found] == [7, 90_000]
    assert asked == [Span(P3, 7, 8), Span(P3, 90_000, 90_001)]
