"""Looking at records: one scope, the rows it gives, a search or a tail in it. It paints nothing and owns no task."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from kafkatui.filters import EVERYTHING, Filter, compile_filter
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.positions import Position, Range
from kafkatui.model.spans import Span
from kafkatui.reading.late import needs_decoders
from kafkatui.reading.request import Plan
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.tui.records.browse import Browse, Source
from kafkatui.tui.records.hunt import Found, Hunt, records_of
from kafkatui.tui.records.scope import Scope
from kafkatui.tui.records.tail import Tail
from kafkatui.tui.records.window import Row, Window, offsets_of, where_of

Clock: TypeAlias = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Opened:
    """What reads one cluster."""

    source: Source
    decoders: TopicDecoders
    """For what is shown: a large value must not hold the screen up."""
    deep: TopicDecoders
    """For what is searched, in threads of its own."""


class Looking:
    """Every coroutine may raise `Unreachable`; then nothing has changed."""

    def __init__(self, opened: Opened, scope: Scope, clock: Clock = time.monotonic) -> None:
        self.scope = scope
        self._clock = clock
        self._deep = opened.deep
        self.source = opened.source
        self.decoders = opened.decoders
        self.plan: Plan | None = None
        self.browse: Browse | None = None
        self.found: Found | None = None
        """Instead of the window, when there is a filter."""
        self.hunt: Hunt | None = None
        self.tail: Tail | None = None
        self.chosen: Filter = EVERYTHING
        self.dropped = 0
        """Rows that a tail pushed out of the window."""
        self._late_decoders: TopicDecoders | None = None

    @property
    def rows(self) -> Window | Found | None:
        """What the list shows."""
        if self.found is not None:
            return self.found
        return None if self.browse is None else self.browse.window

    # Opening

    async def open(self, scope: Scope) -> None:
        """Resolve the scope anew; with a filter a search is ready to run, without one the first page is there."""
        plan = await self.source.plan(scope.request)
        chosen = compile_filter(scope.selection)
        is_deep = await needs_decoders(self.source.older(plan), plan.partitions, self._deep, chosen.reads)
        if is_deep:
            chosen = compile_filter(scope.selection, self._deep.decode)
        self._late_decoders = self._deep if is_deep else None
        browse, found, hunt = Browse(self.source, self.decoders, plan), None, None
        if chosen.conditions:
            found, hunt = (
                Found(scope.newest_first, origin=scope.origin),
                Hunt(plan, chosen, scope.selection, self._clock, self._late_decoders),
            )
        elif scope.offset is not None:
            await browse.show_at({span.where: scope.offset for span in plan.spans})
        else:
            await (browse.show_newest() if scope.newest_first else browse.show_oldest())
        self.scope, self.plan, self.chosen = scope, plan, chosen
        self.browse, self.found, self.hunt, self.tail = browse, found, hunt, None
        self.dropped = 0

    async def jump(self, position: Position) -> bool:
        """Put the cursor on the first record at or after a position; False: there is none, it is on the last one."""
        plan = await self.source.plan(replace(self.scope.request, range=Range(position)))
        firsts = {span.where: span.first for span in plan.spans}
        if self.found is not None:
            return self._jump_in(self.found, firsts)
        if self.browse is None:
            return False
        await self.browse.show_at(firsts)
        row = self.browse.window.row
        return row is not None and offsets_of(row)[1] > firsts.get(where_of(row), 0)

    def _jump_in(self, found: Found, firsts: dict[TopicPartition, int]) -> bool:
        for number, row in enumerate(found.rows):
            if offsets_of(row)[0] >= firsts.get(where_of(row), 0):
                found.cursor = number
                return True
        found.cursor = max(0, len(found.rows) - 1)
        return False

    async def go_to_end(self, newest: bool) -> None:
        """The cursor to the first or the last row there is."""
        if self.found is not None:
            self.found.cursor = max(0, len(self.found.rows) - 1) if newest else 0
        elif self.browse is not None:
            browse, window = self.browse, self.browse.window
            if newest and not browse.newer_done:
                await browse.show_newest()
            elif not newest and not browse.older_done:
                await browse.show_oldest()
            window.cursor = max(0, len(window.rows) - 1) if newest else 0

    async def fill(self) -> bool:
        """Load what lies next to the cursor; True when rows came."""
        browse = self.browse
        if browse is None or self.found is not None:
            return False
        if browse.wants_older:
            await browse.load_older()
        elif browse.wants_newer:
            await browse.load_newer()
        else:
            return False
        return True

    @property
    def wants_more(self) -> bool:
        browse = self.browse
        if browse is None or self.found is not None:
            return False
        return browse.wants_older or browse.wants_newer

    # A search and a tail

    async def take_found(self) -> bool:
        """What a search found since the last time becomes rows; True when there is something new."""
        if self.hunt is None or self.found is None or not self.hunt.found:
            return False
        rows = self.hunt.take()
        await self.decoders.prepare(records_of(rows))
        self.found.add(rows)
        return True

    async def begin_tail(self) -> Tail:
        """From now on. The rows begin with the newest ones there are, so that nothing lies between."""
        plan = await self.source.plan(self.scope.request)
        ends = {span.where: span.until for span in plan.spans}
        if self.found is None:
            browse = Browse(self.source, self.decoders, replace(plan, spans=tuple(map(_unclipped, plan.spans))))
            await browse.show_newest()
            browse.newer_done = True
            self.browse, self.plan = browse, plan
        spans = tuple(Span(where, end, end) for where, end in ends.items())
        self.dropped = 0
        self.tail = Tail(replace(plan, spans=spans), self.chosen, self._late_decoders)
        return self.tail

    async def take_arrived(self) -> bool:
        """What the tail brought becomes rows, unless it is paused; True when there is something new."""
        tail = self.tail
        if tail is None or tail.is_paused:
            return False
        rows, overflowed = tail.take()
        if not rows:
            return False
        await self.decoders.prepare(records_of(rows))
        if self.found is not None:
            self.found.add(rows)
        elif self.browse is not None:
            self._add_newest(self.browse, rows, overflowed)
        return True

    def _add_newest(self, browse: Browse, rows: list[Row], overflowed: bool) -> None:
        window = browse.window
        was_newest = window.cursor >= len(window.rows) - 1
        if overflowed:
            # What the tail could not keep lies between: it is read again when one goes there.
            self.dropped += len(window.rows)
            browse.stand_before(rows)
            was_newest = True
        self.dropped += browse.add_newest(rows)
        if was_newest:
            window.cursor = max(0, len(window.rows) - 1)
            self.dropped += browse.add_newest(())


def _unclipped(span: Span) -> Span:
    """A tail will read what lies behind an open transaction."""
    return replace(span, clipped=tuple(gap for gap in span.clipped if gap.until <= span.first))
