"""The fifth place: the topics with dead letters. Enter on one opens its desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual import on, work
from textual.widget import Widget

from kafkatui.dead_letters.finding import Finding
from kafkatui.dead_letters.topic_names import Kind
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.snapshot import Snapshot
from kafkatui.tui.keys import bindings
from kafkatui.tui.letters.rows import TOPICS, TopicRow
from kafkatui.tui.letters.source import Letters, Source
from kafkatui.tui.letters.state import finding_parts
from kafkatui.tui.messages import OpenDesk
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.widgets.line import part
from kafkatui.tui.widgets.scope_line import ScopeLine
from kafkatui.tui.widgets.table import Table

LISTED = 1_000
"""Newest records of each topic that the list looks at for causes."""


class LettersScreen(Place):
    """Looked for when the place is opened first, and with `r`: it reads the newest records of every topic."""

    present = "dead letters are read as they are now"
    BINDINGS = bindings("letters")

    def __init__(self, letters: Letters, place: str, trail: str, clock: Clock) -> None:
        super().__init__(place, trail, clock)
        self._letters = letters
        self._finding: Finding | None = None
        self._rows: dict[str, TopicRow] = {}
        self._said = ""
        self._problem = ""
        self._was_read = False
        self._read_of: Connection | None = None

    def body(self) -> Iterable[Widget]:
        yield ScopeLine()
        yield Table(
            TOPICS,
            lambda row: row.found.topic,
            name_of="topic",
            quiet=("causes",),
            nothing="no topic holds dead letters, by its name or by the headers of its newest records",
            id="letter-topics",
        )

    def command(self) -> str:
        return "dlq"

    def show(self, snapshot: Snapshot) -> None:
        """What is found is not part of a snapshot."""
        self.show_now()

    def show_now(self) -> None:
        table = self.query_one("#letter-topics", Table)
        table.unread = self._problem
        table.show(None if self._finding is None else self._rows.values())
        said = [part(self._said, "$primary")] if self._said else []
        self.query_one(ScopeLine).show(finding_parts(self._finding), said)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if not self._was_read or self._read_of != self.connection:
            self.read()

    @work(exclusive=True, group="letters")
    async def read(self) -> None:
        self._was_read, self._read_of = True, self.connection
        self._problem, self._said = "", "looks at the newest records of all topics …"
        self.show_now()
        try:
            opened = await self._letters.open()
            finding = await opened.source.find()
        except Unreachable as error:
            self._finding, self._said = None, ""
            self._problem = f"{error.problem.text}; r tries again"
            self.show_now()
            return
        self._finding = finding
        self._letters.names = finding.names
        self._rows = {each.topic: TopicRow(each) for each in finding.found}
        for each in finding.found:
            if each.kind is Kind.DEAD_LETTERS:
                await self._look(opened.source, each.topic)
        self._said = ""
        self.show_now()

    async def _look(self, source: Source, topic: str) -> None:
        """For its causes."""
        self._said = "groups them by cause …"
        try:
            look = await source.look(topic, LISTED, keep=False)
            if look.plan.unread:
                raise Unreachable(look.plan.unread[0].problem)
            while not look.is_over:
                await look.more()
            self._rows[topic] = replace(self._rows[topic], look=look)
        except Unreachable as error:
            self._rows[topic] = replace(self._rows[topic], problem=error.problem)
        self.show_now()

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        self.post_message(OpenDesk(event.key))

    # Keys

    @property
    def _is_reading(self) -> bool:
        return any(worker.group == "letters" and worker.is_running for worker in self.workers)

    def why_not(self, action: str) -> str:
        if action == "back" and self._is_reading:
            return ""
        return super().why_not(action)

    def action_again(self) -> None:
        self.read()

    def action_back(self) -> None:
        """What is being read ends first."""
        table = self.table
        if self._is_reading and not (table is not None and table.filter):
            self.workers.cancel_group(self, "letters")
            self._said = "stopped; r looks anew"
            self.show_now()
        else:
            super().action_back()
