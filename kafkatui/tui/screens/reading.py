"""Reading for a screen: opens a scope, keeps list and record filled, runs its search and its tail. It has no keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from textual import on, work
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from kafkatui.columns.cells import thousands
from kafkatui.decoding.decoded import Decoded
from kafkatui.model.errors import Unreachable
from kafkatui.model.moments import local
from kafkatui.model.records import Record
from kafkatui.model.snapshot import Snapshot
from kafkatui.model.spans import Gap
from kafkatui.safe_text import safe_text
from kafkatui.tui.records.activity import activity_parts
from kafkatui.tui.records.explained import WORDS
from kafkatui.tui.records.hunt import Hunt
from kafkatui.tui.records.looking import Looking, Opened
from kafkatui.tui.records.row_lines import RowLines, decode_brief
from kafkatui.tui.records.scope import Scope, scope_parts, unread_words
from kafkatui.tui.records.sheet import Sheet, View
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.widgets.bottom_lines import ReasonLine
from kafkatui.tui.widgets.line import part
from kafkatui.tui.widgets.prompt import Histories, Prompt
from kafkatui.tui.widgets.record_list import NoRows, RecordList
from kafkatui.tui.widgets.record_view import RecordView
from kafkatui.tui.widgets.scope_line import ScopeLine
from kafkatui.tui.words import Word

OpenReading = Callable[[], Awaitable[Opened]]
"""Gives what reads the cluster that is shown. Raises `Unreachable`."""
REST = 0.03
"""Seconds after the last move until the record under the cursor is shown."""
UPDATES = 0.1
"""Seconds between two looks at what a search or a tail brought."""


class ReadingScreen(Place):
    """List and record beside each other; where it is narrow enter shows the record instead of the list."""

    present = "messages are read as they are now"

    def __init__(
        self,
        scope: Scope,
        open_reading: OpenReading,
        histories: Histories,
        place: str,
        trail: str,
        clock: Clock,
    ) -> None:
        super().__init__(place, trail, clock)
        self.scope = scope
        self.looking: Looking | None = None
        self.view = View.TREE
        self._open_reading = open_reading
        self._histories = histories
        self._said = "reading …"
        self._resting: Timer | None = None
        self._can: tuple[object, ...] = ()
        """What keys can act on now."""
        now = local(clock())
        self._zone = now.tzname() or ""
        self.lines = RowLines(self._decode, now, with_topic=scope.is_timeline, with_step=scope.is_timeline)

    # The frame

    def body(self) -> Iterable[Widget]:
        yield ScopeLine()
        with Container(classes="reading"):
            yield RecordList(self.lines, self._zone, id="records")
            yield RecordView(id="record")
        yield Prompt(self._histories)

    @property
    def records(self) -> RecordList:
        return self.query_one(RecordList)

    @property
    def record_view(self) -> RecordView:
        return self.query_one(RecordView)

    def on_mount(self) -> None:
        super().on_mount()
        self.records.newest_first = self.scope.newest_first
        self.records.focus()
        self.set_interval(UPDATES, self._look)
        self.open(self.scope)

    def show(self, snapshot: Snapshot) -> None:
        """Records are not part of a snapshot."""

    def command(self) -> str:
        return self.scope.command().removeprefix("kafkatui ")

    def words(self) -> list[Word]:
        return WORDS

    # Reading

    @work(exclusive=True, group="open")
    async def open(self, scope: Scope) -> None:
        """Look at a scope from its beginning."""
        self.stop("hunt", "tail", "fill")
        self.say_state("reading …")
        try:
            looking = self.looking
            if looking is None:
                looking = Looking(await self._open_reading(), scope, self.clock)
            await looking.open(scope)
        except Unreachable as error:
            self.say_state(f"{error.problem.text}; r tries again")
            return
        self.looking, self.scope = looking, scope
        self.records.newest_first = scope.newest_first
        self.lines.words = looking.chosen.highlights
        self.lines.forget()
        unread = unread_words(looking.plan) if looking.plan else ()
        self.say_state("; ".join(filter(None, [scope.note, *unread])))
        self.take_rows()
        if looking.hunt is not None:
            self._hunt(looking, looking.hunt)

    def take_rows(self) -> None:
        rows = self.looking.rows if self.looking else None
        self.records.take(rows or NoRows())
        self._show_record()

    def say_state(self, text: str) -> None:
        self._said = text
        self.show_scope()

    def show_scope(self) -> None:
        looking = self.looking
        plan = looking.plan if looking else None
        said = part(safe_text(self._said), "$warning")
        activity = [said] if looking is None else activity_parts(looking, self._said)
        self.query_one(ScopeLine).show(scope_parts(self.scope, plan), activity)
        nothing = self._nothing()
        if nothing != self.records.nothing:
            self.records.nothing = nothing
            self.records.refresh()
        self._explain()

    def _nothing(self) -> str:
        looking = self.looking
        if looking is None or looking.plan is None or looking.rows is None:
            return ""
        if looking.hunt is not None:
            return "nothing found" if looking.hunt.is_over else "nothing found so far"
        return "no records here" if looking.tail is None else "no records yet"

    @work(exclusive=True, group="hunt")
    async def _hunt(self, looking: Looking, hunt: Hunt) -> None:
        try:
            await hunt.run(looking.source)
        except Unreachable as error:
            self.say_state(error.problem.text)

    @work(exclusive=True, group="fill")
    async def _fill(self, looking: Looking) -> None:
        try:
            while looking is self.looking and looking.wants_more and await looking.fill():
                self.records.update_rows()
        except Unreachable as error:
            self.say_state(error.problem.text)

    @work(exclusive=True, group="tail")
    async def follow(self, looking: Looking) -> None:
        try:
            tail = await looking.begin_tail()
            self.take_rows()
            await tail.run(looking.source)
            self.say_state("nothing is left to follow")
        except Unreachable as error:
            looking.tail = None
            self.say_state(error.problem.text)

    async def _look(self) -> None:
        """At most ten times a second: what a search or a tail brought."""
        looking = self.looking
        if looking is None or (looking.hunt is None and looking.tail is None):
            return
        changed = await looking.take_found()
        if await looking.take_arrived() or changed:
            self.records.update_rows()
            if self.record_view.sheet is None:
                self._show_record()
        if looking.tail is not None:
            self._said = looking.tail.why_it_waits()
        if self.is_current:
            self.show_scope()

    def stop(self, *groups: str) -> None:
        for group in groups:
            self.workers.cancel_group(self, group)

    # What is under the cursor

    @property
    def table(self) -> None:
        """There is none, which need not be looked for at every key."""
        return

    @on(RecordList.Moved)
    def _moved(self) -> None:
        self._explain()
        self._load()
        # The record follows when the keys rest: painting it takes longer than painting the row.
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._show_record)

    def _load(self) -> None:
        looking = self.looking
        is_filling = any(worker.group == "fill" and worker.is_running for worker in self.workers)
        if looking is not None and looking.wants_more and not is_filling:
            self._fill(looking)

    def _show_record(self) -> None:
        row, looking = self.records.row, self.looking
        view = self.record_view
        if isinstance(row, Record) and looking is not None:
            if view.sheet is None or view.sheet.record is not row:
                decoders = looking.decoders
                sheet = Sheet(row, decoders.decode(row), decoders.choices(row.topic), self.view)
                view.show(sheet, self.lines.words)
        else:
            view.show(None, nothing="" if row is None else "these offsets can not be read")
        self._explain()

    def _decode(self, record: Record) -> tuple[Decoded | None, Decoded | None]:
        return (None, None) if self.looking is None else decode_brief(self.looking.decoders, record)

    def _explain(self) -> None:
        """The reason line speaks of the row under the cursor."""
        row, view = self.records.row, self.record_view
        reason = ""
        if isinstance(row, Gap):
            reason = str(row)
        elif view.sheet is not None and view.sheet.record is row:
            masked = view.sheet.record.masked
            reason = "; ".join(filter(None, (view.sheet.problem, masked.text if masked else "")))
        self.query_one(ReasonLine).show(safe_text(reason), self._count())
        looking = self.looking
        can = (type(row), looking and looking.tail is None, looking and looking.found is None, not self.records.marked)
        if can != self._can:
            self._can = can
            self.refresh_bindings()

    def _count(self) -> str:
        rows = self.records.source.rows
        if not rows:
            return ""
        marked = f"{len(self.records.marked)} marked   " if self.records.marked else ""
        return f"{marked}{thousands(self.records.at + 1)} of {thousands(len(rows))} loaded"

    @on(RecordList.Opened)
    def _enter(self) -> None:
        self._show_record()
        self.set_class(True, "-record")
        self.record_view.focus()

    @on(RecordList.EndAsked)
    @work(exclusive=True, group="fill")
    async def _go_to_end(self, event: RecordList.EndAsked) -> None:
        if self.looking is None:
            return
        try:
            await self.looking.go_to_end(event.newest)
        except Unreachable as error:
            self.say_state(error.problem.text)
        self.take_rows()
