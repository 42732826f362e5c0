"""Paging through what a plan covers: keeps a window of it filled around the cursor. It paints nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from kafkatui.filters import Selection
from kafkatui.kafka.search import Step, Wanted
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.spans import Span
from kafkatui.reading.late import LateFilter
from kafkatui.reading.pages import Page
from kafkatui.reading.request import Plan, Request
from kafkatui.reading.side_process import SideProcess
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.tui.records.window import USUAL, Bounds, Row, Window, offsets_of, where_of

if TYPE_CHECKING:
    from kafkatui.reading.masking import Masking

PAGE = 200
"""Records that are loaded at once."""
AHEAD = 100
"""Rows the cursor may come near an end before more are loaded."""
LARGE_PAGE = 4 << 20
"""Bytes: with records so large that a page has more, the next page has fewer of them."""


class Pages(Protocol):
    """Records page by page, in one direction; see `reading.pages`."""

    async def more(self, count: int) -> Page: ...


class Source(Protocol):
    """Where records come from; see `reading.records`. Every method may raise `Unreachable`."""

    masking: Masking | None
    """What every record went through, so that it may be shown."""

    async def plan(self, request: Request) -> Plan: ...

    def search(self, plan: Plan, wanted: Wanted = ..., late: LateFilter | None = ...) -> AsyncGenerator[Step, None]: ...

    def apart(self, plan: Plan, selection: Selection) -> SideProcess | None: ...

    def follow(self, plan: Plan, wanted: Wanted = ..., late: LateFilter | None = ...) -> AsyncGenerator[Step, None]: ...

    def older(self, plan: Plan, wanted: Wanted = ...) -> Pages: ...

    def newer(self, plan: Plan, wanted: Wanted = ...) -> Pages: ...


class Browse:
    """A window on a plan and the pages that fill it. One load at a time."""

    def __init__(self, source: Source, decoders: TopicDecoders, plan: Plan, bounds: Bounds = USUAL) -> None:
        self.plan = plan
        self.window = Window(plan.spans, bounds)
        self.older_done = self.newer_done = False
        """Whether the window reaches to the first, and to the last record there is."""
        self._source = source
        self._decoders = decoders
        self._older: Pages | None = None
        self._newer: Pages | None = None
        self._loading = asyncio.Lock()
        self._count = PAGE
        self._planned: tuple[Span, ...] = ()
        """What the pages of newer records are to give."""

    # Where it stands

    async def show_newest(self) -> None:
        self._stand_at({span.where: span.until for span in self.window.spans})
        await self.load_older()

    async def show_oldest(self) -> None:
        self._stand_at({span.where: span.first for span in self.window.spans})
        await self.load_newer()
        self.window.cursor = 0

    async def show_at(self, offsets: Mapping[TopicPartition, int]) -> None:
        """The cursor on the first record at or after these offsets, with what is before and after it around it."""
        self._stand_at({
            span.where: min(max(offsets.get(span.where, span.until), span.first), span.until)
            for span in self.window.spans
        })  # fmt: skip
        await self.load_newer()
        has_newer = bool(self.window.rows)
        self.window.cursor = 0
        await self.load_older()
        if not has_newer:
            self.window.cursor = max(0, len(self.window.rows) - 1)

    def stand_before(self, rows: Sequence[Row]) -> None:
        """Empty, just before the first of these rows in each partition."""
        self.window.meet(rows)
        offsets = {span.where: self.window.high[span.where] for span in self.window.spans}
        for row in reversed(rows):
            offsets[where_of(row)] = offsets_of(row)[0]
        self.window.stand_at(offsets)
        self._older = self._newer = None
        self.older_done, self.newer_done = False, True

    def _stand_at(self, offsets: dict[TopicPartition, int]) -> None:
        self.window.stand_at(offsets)
        self._older = self._newer = None
        self.older_done = self.newer_done = False
        if all(span.is_empty for span in self.window.newer):
            self._reach_newest()
        if all(span.is_empty for span in self.window.older):
            self._reach_oldest()

    def _reach_newest(self) -> None:
        """Nothing newer is there; what was asked for beyond it is said in its place."""
        self.newer_done = True
        ends = {span.where: span.until for span in self.plan.spans}
        self.window.add_newer([gap for gap in self.plan.clipped if gap.first >= ends[gap.where]])

    def _reach_oldest(self) -> None:
        self.older_done = True
        firsts = {span.where: span.first for span in self.plan.spans}
        self.window.add_older([gap for gap in self.plan.clipped if gap.until <= firsts[gap.where]])

    # Loading

    @property
    def wants_older(self) -> bool:
        return not self.older_done and self.window.cursor < AHEAD

    @property
    def wants_newer(self) -> bool:
        return not self.newer_done and len(self.window.rows) - self.window.cursor <= AHEAD

    async def load_older(self) -> None:
        async with self._loading:
            if self.older_done:
                return
            self._older = self._older or self._source.older(replace(self.plan, spans=self.window.older))
            page = await self._read(self._older)
            if self.window.add_older(_rows(page, is_older=True)):
                self._newer, self.newer_done = None, False
            if page.is_last:
                self._reach_oldest()

    async def load_newer(self) -> None:
        async with self._loading:
            if self.newer_done:
                return
            if self._newer is None:
                self._planned = self.window.newer
                self._newer = self._source.newer(replace(self.plan, spans=self._planned))
            page = await self._read(self._newer)
            self._note_dropped(self.window.add_newer(_rows(page, is_older=False)))
            if page.is_last:
                # A tail may have brought more meanwhile than these pages were to give.
                self._newer = None
                if self.window.pass_over(self._planned):
                    self._reach_newest()

    def add_newest(self, rows: Sequence[Row]) -> int:
        """What a tail brought; how many rows fell out of the window, and can be read again.

        Where the window does not reach to the newest they are only noted: reading goes on to them.
        """
        if not self.newer_done:
            self.window.note_newer(rows)
            return len(rows)
        dropped = self.window.add_newer(rows)
        self._note_dropped(dropped)
        if self.window.is_full() and (behind := self.window.drop_newer()):
            self.newer_done = False
            dropped += behind
        return dropped

    def _note_dropped(self, older: int) -> None:
        if older:
            self._older, self.older_done = None, False

    async def _read(self, pages: Pages) -> Page:
        page = await pages.more(self._count)
        size = sum(len(record.key or b"") + len(record.value or b"") for record in page.records)
        if page.records:
            self._count = max(1, min(PAGE, LARGE_PAGE * len(page.records) // max(1, size)))
        await self._decoders.prepare(page.records)
        return page


def _rows(page: Page, is_older: bool) -> list[Row]:
    """A gap stands where one comes to it: behind the last record of its partition that is met before it."""
    rows: list[Row] = list(page.records)
    for gap in page.gaps:
        at = 0
        for index, row in enumerate(rows, 1):
            if where_of(row) == gap.where and (offsets_of(row)[0] > gap.first) == is_older:
                at = index
        rows.insert(at, gap)
    return rows
