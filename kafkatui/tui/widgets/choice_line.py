"""A few words in a line, one of them chosen. What they mean is the owner's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from kafkatui.tui.keys import bindings


class ChoiceLine(Widget, can_focus=True):
    """Left and right, or space, choose another one; a click chooses the one under it."""

    BINDINGS = bindings("option")

    @dataclass
    class Changed(Message):
        """Another one is chosen."""

        line: ChoiceLine

    def __init__(self, options: Sequence[str], id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self.value = self.options[0]

    def action_turn(self, by: int) -> None:
        self.choose(self.options[(self.options.index(self.value) + by) % len(self.options)])

    def choose(self, option: str) -> None:
        self.value = option
        self.refresh()
        self.post_message(self.Changed(self))

    def render(self) -> Content:
        return Content("  ").join([self._piece(option) for option in self.options])

    def _piece(self, option: str) -> Content:
        if option != self.value:
            return Content.styled(f" {option} ", "$muted")
        return Content.styled(f" {option} ", "$background on $primary bold" if self.has_focus else "$primary bold")

    def on_click(self, event: events.Click) -> None:
        x = 0
        for option in self.options:
            if x <= event.x < x + len(option) + 2:
                self.choose(option)
            x += len(option) + 4

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
