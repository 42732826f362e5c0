"""How much is written to which topic: the busiest topics, each with its rate and a sparkline."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from kafkatui.columns.cells import NOTHING as NONE
from kafkatui.columns.cells import SKELETON, rate_text
from kafkatui.columns.sparkline import rate_line
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.model.trends import Series
from kafkatui.safe_text import display_width, safe_text, shorten

RATE, TREND, GAP = 7, 12, 3
ENTRY = 44
"""Terminal cells one topic should have; the name takes what the rest leaves."""


class FlowBox(Widget):
    """Fills columns from the top, the busiest topic first."""

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = NOTHING

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.border_title = flow_title(snapshot)
        self.refresh()

    def render(self) -> Content:
        series = busiest(self._snapshot)
        if not series:
            waiting = self._snapshot.stage < Stage.GROUPS or not self._snapshot.trends.cluster
            return Content.styled(f" {SKELETON}" if waiting else " no topics", "$muted")
        height = max(1, self.size.height)
        columns = max(1, (self.size.width - 2 + GAP) // (ENTRY + GAP))
        name = max(8, (self.size.width - 2 + GAP) // columns - GAP - RATE - TREND - 2)
        lines = [series[row : columns * height : height] for row in range(min(height, len(series)))]
        rendered = [Content(" " * GAP).join(_entry(*each, min(name, 28)) for each in line) for line in lines]
        return Content("\n").join(Content.assemble(" ", line).truncate(self.size.width) for line in rendered)


def busiest(snapshot: Snapshot) -> Sequence[tuple[str, Series]]:
    """Topics of users, the one written to most over the time shown first, so that the order is calm."""
    internal = {name for name, topic in snapshot.topics.items() if topic.internal}
    rates = [(name, series) for name, series in snapshot.trends.topics.items() if name not in internal]
    return sorted(rates, key=lambda each: (-sum(value or 0 for value in each[1]), each[0]))


def flow_title(snapshot: Snapshot) -> Content:
    series = snapshot.trends.cluster
    now = series[-1] if series else None
    return Content.assemble("Flow, records/s", "" if now is None else f"  {rate_text(now)} in all")


def _entry(name: str, series: Series, width: int) -> Content:
    rate = series[-1] if series else None
    shown = shorten(safe_text(name), width)
    return Content.assemble(
        shown + " " * (width - display_width(shown)),
        f" {NONE if rate is None else rate_text(rate):>{RATE}} ",
        (rate_line(series, TREND), "$spark"),
    )
