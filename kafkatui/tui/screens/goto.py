"""The go-to line: a few letters of a name, and what they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from kafkatui.columns import cells
from kafkatui.columns.cells import Tone
from kafkatui.columns.column import Column
from kafkatui.tui.find import closest
from kafkatui.tui.keys import bindings
from kafkatui.tui.screens.modal import Modal
from kafkatui.tui.targets import Target
from kafkatui.tui.widgets.line_input import LineInput
from kafkatui.tui.widgets.table import Table

LIMIT = 200
"""More than anyone reads; the rest is found by one more letter."""

CONTEXT = ("context", "ctx")
"""Only behind one of these words a name means a context: no slip of a finger leads to another cluster."""
FOUND: tuple[Column[Target], ...] = (
    Column("kind", "kind", lambda target: cells.text(target.kind, Tone.MUTED), width=8),
    Column("name", "name", lambda target: cells.text(target.name), width=20),
    Column("note", "", lambda target: cells.text(target.note, Tone.MUTED), rank=1, width=20),
)


def _key(target: Target) -> str:
    return f"{target.kind}/{target.name}"


class GoToScreen(Modal[Target | None]):
    """Gives back where to go, or None."""

    BINDINGS = bindings("goto")

    def __init__(self, targets: Iterable[Target], contexts: Callable[[], Iterable[Target]] = tuple) -> None:
        """`contexts`: what is meant behind the word `context`; looked for when it is typed."""
        super().__init__()
        self._contexts = contexts
        self._query = ""
        """What the list shows."""
        self._named = [(target.name, target) for target in targets]

    def compose(self) -> ComposeResult:
        with Vertical(id="goto"):
            yield Table(FOUND, _key, name_of="name", nothing="nothing has these letters")
            with Horizontal():
                yield Label(":", markup=False)
                yield LineInput()

    def on_mount(self) -> None:
        self._find("")
        self.set_focus(self.query_one(Input))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._find(event.value)

    def _find(self, query: str) -> None:
        self._query = query
        table = self.query_one(Table)
        word, space, name = query.lstrip().partition(" ")
        if space and word in CONTEXT:
            found = [(each.name, each) for each in self._contexts()]
            table.show(closest(name, found, LIMIT) or [each for _, each in found if each.kind == "problem"])
        else:
            table.show(closest(query, self._named, LIMIT))
        table.action_end(0)

    @on(Input.Submitted)
    def action_open(self) -> None:
        # Typed quickly, enter comes before the list shows what the last letters fit.
        typed = self.query_one(Input).value
        if typed != self._query:
            self._find(typed)
        self.close(self.query_one(Table).rows.row)

    @on(Table.Opened)
    def _clicked(self, event: Table.Opened) -> None:
        self.close(event.table.rows.row)

    def action_move(self, by: int) -> None:
        self.query_one(Table).action_move(by)

    def action_close(self) -> None:
        self.close(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.close(None)
