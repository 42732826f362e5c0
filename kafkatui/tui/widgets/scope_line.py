"""The line that says exactly what is looked at, and beside it, or below where it is narrow, what goes on in it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from kafkatui.tui.widgets.line import Part, line


class ScopeLine(Widget):
    """Parts in, one or two lines out."""

    def __init__(self) -> None:
        super().__init__()
        self._scope: Sequence[Part] = ()
        self._activity: Sequence[Part] = ()

    def show(self, scope: Sequence[Part], activity: Sequence[Part]) -> None:
        self._scope, self._activity = scope, activity
        self.refresh()

    def render(self) -> Content:
        width = self.size.width
        if self.size.height < 2:
            return line(self._scope, self._activity, width)
        return Content("\n").join([line(self._scope, [], width), line(self._activity, [], width)])
