"""What of a record is to be followed, through which topics and how long: the question before a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from kafkatui.columns.cells import thousands
from kafkatui.model.records import Record
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.records.scope import Scope
from kafkatui.tui.records.trace import Clue, clues_of, span_of, timeline
from kafkatui.tui.screens.choosing import COLUMNS, Choice
from kafkatui.tui.screens.modal import Modal
from kafkatui.tui.widgets.line_input import LineInput
from kafkatui.tui.widgets.table import Table

AROUND = "1h"
"""Before and after the record."""


class TraceScreen(Modal[Scope | None]):
    """Gives back what to look at as one timeline, or None."""

    BINDINGS = bindings("trace")

    def __init__(self, record: Record, topics: Sequence[str], now: datetime) -> None:
        """`topics`: all that a timeline may go through."""
        super().__init__()
        self._record = record
        self._topics = topics
        self._now = now
        self._clues = clues_of(record)

    def compose(self) -> ComposeResult:
        with Vertical(id="trace") as pane:
            pane.border_title = Content(" Follow through topics ")
            yield Table(COLUMNS, lambda each: str(each[0]), name_of="name", nothing="the record has no key or header")
            with Horizontal():
                yield Label("in topics", markup=False)
                yield LineInput()
            with Horizontal():
                yield Label("around it", markup=False)
                yield LineInput()
            yield Static("", id="trace-said", markup=False)
            yield Static(Content.styled("enter follows it   tab next   esc closes", "$muted"), classes="hint")

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.styles.height = min(len(self._clues), 10) + 1
        table.show([(number, Choice(clue.name, clue.text, clue)) for number, clue in enumerate(self._clues)])
        topics, around = self.query(Input)
        topics.value, around.value = "*", AROUND
        table.focus()
        self._tell()

    @on(Input.Changed)
    def _tell(self) -> None:
        """What will be looked through, or what is wrong with it."""
        said = self.query_one("#trace-said", Static)
        names, span = self._names(), span_of(self.query(Input).last().value)
        if not names:
            said.update(Content.styled("no topic has such a name; * stands for any letters", "$warning"))
        elif span is None:
            said.update(Content.styled("how long before and after it: 30s, 10m, 2h, 1d", "$warning"))
        else:
            what = "1 topic" if len(names) == 1 else f"{thousands(len(names))} topics"
            said.update(Content.styled(safe_text(f"{what}: {', '.join(names)}"), "$muted"))

    def _names(self) -> list[str]:
        globs = self.query(Input).first().value.split()
        return [name for name in self._topics if any(fnmatchcase(name, glob) for glob in globs)]

    @on(Table.Opened)
    @on(Input.Submitted)
    def action_go(self) -> None:
        row = self.query_one(Table).rows.row
        names, span = self._names(), span_of(self.query(Input).last().value)
        if row is None or not names or span is None:
            return
        clue: Clue = row[1].thing
        self.close(timeline(clue, self._record, names, span, self._now))

    def action_close(self) -> None:
        self.close(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.close(None)
