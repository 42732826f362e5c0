"""The contexts one can switch to, over a place. What a switch does is the app's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from kafkatui.config.listing import Listed
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.badges import CARE, DANGER, name_content
from kafkatui.tui.keys import bindings
from kafkatui.tui.screens.modal import Modal

LONGEST_NAME = 24
WIDE = 118
"""Columns from which on addresses stand below each other."""


class ContextsScreen(Modal[str | None]):
    """Gives back the name of one, or None."""

    BINDINGS = bindings("contexts")

    def __init__(self, contexts: Sequence[Listed], wrong: str = "", here: str | None = None) -> None:
        """`wrong`: why there is no list. `here`: the one that is shown."""
        super().__init__()
        self._contexts = contexts
        self._here = here
        self._wrong = wrong

    def compose(self) -> ComposeResult:
        with Vertical(id="contexts-list") as pane:
            pane.border_title = Content(" Contexts ")
            yield OptionList(*map(Option, self._lines()), markup=False, compact=True)
            yield Static(self._said(), id="contexts-said", markup=False)

    def _lines(self) -> Iterator[Content]:
        """Name, marks, address: what is dangerous is never pushed out by a long address."""
        names = [name_content(shorten(safe_text(each.name), LONGEST_NAME), each.color) for each in self._contexts]
        marks = [Content("  ").join(_marks(each)) for each in self._contexts]
        name_width, mark_width = _widest(names), _widest(marks)
        if self.app.size.width < WIDE:
            mark_width = 0
        for context, name, marked in zip(self._contexts, names, marks, strict=True):
            sign = Content.styled("▸ " if context.name == self._here else "  ", "$primary bold")
            pad = " " * (max(0, mark_width - marked.cell_length) + 2) if marked or mark_width else ""
            address = (safe_text(context.bootstrap), "$muted")
            yield Content.assemble(sign, name, " " * (name_width - name.cell_length + 2), marked, pad, address)

    def _said(self) -> Content:
        if self._wrong:
            return Content.styled(f"✖ {safe_text(self._wrong)}", "$error")
        if not self._contexts:
            return Content.styled("no context yet: kafkatui config add writes one into the config file", "$muted")
        return Content.styled("enter switch   esc stay", "$muted")

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        choices.display = bool(self._contexts)
        names = [each.name for each in self._contexts]
        if names:
            choices.highlighted = names.index(self._here) if self._here in names else 0
        choices.focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.close(self._contexts[event.option_index].name)

    def action_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_close(self) -> None:
        self.close(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.close(None)


def _widest(contents: Sequence[Content]) -> int:
    return max((each.cell_length for each in contents), default=0)


def _marks(context: Listed) -> list[Content]:
    found = []
    if context.production:
        found.append(Content.styled(" PRODUCTION ", CARE))
    if context.insecure:
        found.append(Content.styled(" TLS NOT VERIFIED ", DANGER))
    if context.read_only:
        found.append(Content.styled("read-only", "$muted"))
    if context.needs_terminal:
        found.append(Content.styled("asks at the terminal", "$muted"))
    if context.problem:
        found = [Content.styled(f"✖ {safe_text(context.problem)}", "$error")]
    return found
