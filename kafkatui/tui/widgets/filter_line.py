"""The line a filter is typed into. Which table it filters is the screen's to know."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from kafkatui.tui.keys import bindings
from kafkatui.tui.widgets.line_input import LineInput


class FilterInput(LineInput):
    """The input itself: enter keeps the filter, escape ends it."""

    BINDINGS = bindings("filter")

    @dataclass
    class Closed(Message):
        """Back to the rows; `keep` says whether the filter stays."""

        keep: bool

    def action_close(self) -> None:
        self.post_message(self.Closed(keep=True))

    def action_clear(self) -> None:
        self.post_message(self.Closed(keep=False))


class FilterLine(Horizontal):
    """Hidden while there is no filter."""

    def compose(self) -> ComposeResult:
        yield Label("/", markup=False)
        yield FilterInput()

    @property
    def input(self) -> FilterInput:
        return self.query_one(FilterInput)

    def open(self, text: str) -> None:
        self.show(text)
        self.display = True
        self.input.cursor_position = len(text)
        self.input.focus()

    def show(self, text: str) -> None:
        """Stand for the filter of the table that has the focus now."""
        with self.prevent(Input.Changed):
            self.input.value = text
        self.display = bool(text)
