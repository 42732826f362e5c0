"""The name of the file a recording is saved to. What is written is decided elsewhere."""

from __future__ import annotations

from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.screens.modal import Modal
from kafkatui.tui.widgets.line_input import LineInput

HINT = "a new file that only you can read; enter saves   esc leaves"


class SavingScreen(Modal[Path | None]):
    """Gives back a path that was free when it was typed, or None."""

    BINDINGS = bindings("saving")

    def __init__(self, proposed: Path, readings: int) -> None:
        super().__init__()
        self._proposed = proposed
        self._readings = readings

    def compose(self) -> ComposeResult:
        with Vertical(id="saving") as pane:
            pane.border_title = Content(f" Save {self._readings} readings ")
            with Horizontal():
                yield Label("into", markup=False)
                yield LineInput()
            yield Static("", id="saving-said", markup=False)

    def on_mount(self) -> None:
        line = self.query_one(Input)
        line.value = str(self._proposed)
        line.cursor_position = len(line.value)
        self.set_focus(line)
        self._tell(HINT, "$muted")

    def _tell(self, text: str, style: str) -> None:
        self.query_one("#saving-said", Static).update(Content.styled(safe_text(text), style))

    @on(Input.Changed)
    def _typed(self) -> None:
        self._tell(HINT, "$muted")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        path = Path(event.value.strip()).expanduser()
        wrong = _wrong(event.value.strip(), path)
        if wrong:
            self._tell(wrong, "$warning")
        else:
            self.close(path)

    def action_close(self) -> None:
        self.close(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.close(None)


def _wrong(typed: str, path: Path) -> str:
    if not typed:
        return "write the name of a file that is not there yet"
    try:
        return f"{path} is there already: choose another name" if path.exists() or path.is_symlink() else ""
    except OSError as error:
        return str(error)
