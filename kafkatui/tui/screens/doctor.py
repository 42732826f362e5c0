"""What the doctor finds, step by step as it comes, over a place. What is examined, and how, is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from kafkatui.doctor.step import Outcome, Part, Step
from kafkatui.model.connection import Connection
from kafkatui.safe_text import safe_text
from kafkatui.tui.examining import OpenDoctor
from kafkatui.tui.keys import bindings
from kafkatui.tui.screens.modal import Modal

SIGNS = {
    Outcome.OK: ("✓", "$success"),
    Outcome.WARNING: ("!", "$warning"),
    Outcome.FAILED: ("✗", "$error"),
    Outcome.NOT_TRIED: ("-", "$muted"),
}
"""A shape beside the colour, and the outcome's word beside both."""
_HEADS = {Part.CONNECTION: "Connection", Part.CLUSTER: "Cluster", Part.ADVICE: "Advice"}
_NAME = 18
"""Cells of the longest name and a gap."""
_WORD = max(map(len, Outcome)) + 4
_LEAST = 20
"""Cells a text gets at least."""


class Steps(Widget):
    """Every step in one widget, as in the help."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: list[Step] = []

    def show(self, steps: list[Step]) -> None:
        self._steps = steps
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(list(self._lines(width)))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> Iterator[Content]:
        part = None
        for step in self._steps:
            if step.part is not part:
                if part is not None:
                    yield Content("")
                yield Content.styled(_HEADS[step.part], "$primary bold")
                part = step.part
            yield from _lines(step, width)


def _lines(step: Step, width: int) -> Iterator[Content]:
    """What was found behind its outcome and name; beneath it what to do."""
    sign, style = SIGNS[step.outcome]
    indent = _WORD + _NAME
    room = max(_LEAST, width - indent)
    about = f"{step.about}: " if step.about else ""
    muted = "$muted" if step.outcome is Outcome.NOT_TRIED else ""
    first, *others = Content.styled(safe_text(f"{about}{step.found}"), muted).wrap(room)
    yield Content.assemble((f" {sign} {step.outcome}".ljust(_WORD), style), step.name.ljust(_NAME), first)
    if step.advice:
        others += Content.styled(f"→ {safe_text(step.advice)}", "$primary").wrap(room)
    for line in others:
        yield line.pad_left(indent)


class DoctorScreen(Modal[None]):
    """Begins at once, and goes on until it is closed."""

    BINDINGS = bindings("doctor")

    def __init__(self, connection: Connection, examine: OpenDoctor) -> None:
        super().__init__()
        self._connection = connection
        self._examine = examine
        self.steps: list[Step] = []
        self.is_done = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="doctor") as pane:
            name = self._connection.context or ", ".join(self._connection.bootstrap)
            pane.border_title = Content(f" doctor ▸ {safe_text(name)} ")
            yield Steps()
        yield Static(id="doctor-said", markup=False)

    def on_mount(self) -> None:
        self.action_again()

    def action_again(self) -> None:
        self.steps, self.is_done = [], False
        self._look()

    @work(exclusive=True, group="doctor")
    async def _look(self) -> None:
        async with aclosing(self._examine(self._connection)) as steps:
            async for step in steps:
                self.steps.append(step)
                self._paint()
        self.is_done = True
        self._paint()

    def _paint(self) -> None:
        if not self.is_running:
            return
        self.query_one(Steps).show(list(self.steps))
        counts = {outcome: sum(step.outcome is outcome for step in self.steps) for outcome in Outcome}
        text = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
        self.query_one("#doctor-said", Static).update(Content(text if self.is_done else f"{text} … goes on"))

    def action_scroll(self, by: int) -> None:
        self.query_one("#doctor").scroll_relative(y=by, animate=False)

    def action_end(self, last: int) -> None:
        pane = self.query_one("#doctor")
        if last:
            pane.scroll_end(animate=False)
        else:
            pane.scroll_home(animate=False)

    def action_close(self) -> None:
        self.close()
