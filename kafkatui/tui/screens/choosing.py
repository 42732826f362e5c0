"""A few things to choose one of, over a place. What is chosen, and what happens then, is the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from kafkatui.columns import cells
from kafkatui.columns.cells import Tone
from kafkatui.columns.column import Column
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.screens.modal import Modal
from kafkatui.tui.widgets.table import Table

Thing = TypeVar("Thing")
SHOWN = 200
"""Characters of a note: more than any terminal shows in one line."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[Thing]):
    """One line of the list."""

    name: str
    note: str
    thing: Thing


COLUMNS: tuple[Column[tuple[int, Choice[object]]], ...] = (
    Column("name", "", lambda each: cells.text(each[1].name), width=34),
    Column("note", "", lambda each: cells.text(each[1].note[:SHOWN], Tone.MUTED), rank=1, width=30),
)


class ChooseScreen(Modal[Thing | None], Generic[Thing]):
    """Gives back what was chosen, or None."""

    BINDINGS = bindings("choose")

    def __init__(self, title: str, choices: Sequence[Choice[Thing]]) -> None:
        super().__init__()
        self._heading = title
        self._choices = choices

    def compose(self) -> ComposeResult:
        with Vertical(id="choose") as pane:
            pane.border_title = Content(f" {safe_text(self._heading)} ")
            yield Table(COLUMNS, lambda each: str(each[0]), name_of="name", nothing="there is nothing")

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.styles.height = min(len(self._choices), 16) + 1
        table.show(list(enumerate(self._choices)))
        table.focus()

    @on(Table.Opened)
    def _chosen(self, event: Table.Opened) -> None:
        self.close(self._choices[int(event.key)].thing)

    def action_close(self) -> None:
        self.close(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.close(None)
