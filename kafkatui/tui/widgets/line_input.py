"""An input of one line without a frame, whose cursor stands still. What is typed into it is the owner's."""

from __future__ import annotations

from textual.widgets import Input

from kafkatui.tui.keys import bindings


class LineInput(Input):
    """A cursor that blinks is the one thing that moves on a calm screen. Ctrl-C leaves from here too."""

    BINDINGS = bindings("line")

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        self.cursor_blink = False
