"""Lines with a label each, in which a person types or chooses. What the answers mean is not known here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label

from kafkatui.safe_text import safe_text
from kafkatui.tui.widgets.line_input import LineInput


class Form(Vertical):
    """Tells of every answer that is another one."""

    @dataclass
    class Changed(Message):
        """Something else was typed or chosen."""

    def lines(self) -> Iterator[tuple[str, Widget]]:
        """Each label, and what stands behind it."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        for label, widget in self.lines():
            with Horizontal():
                yield Label(label, markup=False)
                yield widget


def put(line: LineInput, value: str) -> None:
    """Into a line; a value that a terminal can not show as it is stays out: an input paints what it holds."""
    line.value = value if safe_text(value) == value else ""
    line.cursor_position = len(line.value)
