"""The last two lines: why the thing under the cursor is as it is, and below it the keys and the worst problem."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from kafkatui.safe_text import safe_text
from kafkatui.tui.status import Alarm
from kafkatui.tui.widgets.line import STYLES, Part, line, part

FORGOTTEN_FIRST = (
    "messages.export",
    "jobs.copy",
    "messages.mark",
    "messages.trace",
    "messages.copy",
    "messages.pause",
    "messages.view",
    "messages.replay",
    "table.copy",
    "app.quit",
    "messages.order",
    "table.sort",
    "messages.jump",
    "place.back",
    "events.then",
)
"""Hints that go first when there is no room; the others stay as long as they can."""


class ReasonLine(Widget):
    """One sentence on the left, how many rows on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.count = ""
        self.said = ""
        """An answer to a key; stands before the reason until the next one."""

    def show(self, text: str, count: str) -> None:
        if (text, count) != (self.text, self.count):
            self.text, self.count = text, count
            self.refresh()

    def say(self, text: str) -> None:
        if text or self.said:
            self.said = safe_text(text)
            self.refresh()

    def render(self) -> Content:
        left = part(self.said or self.text, "$primary" if self.said else "$warning")
        return line([left], [part(self.count, "$muted", rank=1)], self.size.width)


class KeyLine(Widget):
    """The keys that act here; one that can not act now is dimmed."""

    def __init__(self) -> None:
        super().__init__()
        self._alarm: Alarm | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def show(self, alarm: Alarm | None) -> None:
        if alarm != self._alarm:
            self._alarm = alarm
            self.refresh()

    def render(self) -> Content:
        alarm = self._alarm
        right = [] if alarm is None else [part(alarm.text, STYLES[alarm.tone])]
        return line(self._hints(), right, self.size.width, gap=2)

    def _hints(self) -> list[Part]:
        hints: dict[str, Part] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or binding.description in hints:
                continue
            rank = 3 + len(FORGOTTEN_FIRST) - FORGOTTEN_FIRST.index(binding.id) if binding.id in FORGOTTEN_FIRST else 2
            key = self.app.get_key_display(binding)
            hints[binding.description] = Part(_hint(key, binding.description, active.enabled), rank)
        return list(hints.values())


def _hint(key: str, word: str, enabled: bool) -> Content:
    if enabled:
        return Content.assemble((key, "$primary"), " ", (word, "$muted"))
    return Content.styled(f"{key} {word}", "$faint")
