"""The second line: the places one can go to, and the way down from the one that is open."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widget import Widget

from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.messages import Go

GAP = "  "
HERE = "$background on $primary bold"


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place as the keys and the second line know it."""

    key: str
    place: str
    title: str
    short: str = ""
    """The title where there is little room; empty: the same."""


PLACES = (
    PlaceName("1", "overview", "Overview"),
    PlaceName("2", "topics", "Topics"),
    PlaceName("3", "groups", "Groups"),
    PlaceName("4", "messages", "Messages"),
    PlaceName("5", "letters", "Dead letters", "Letters"),
    PlaceName("6", "jobs", "Jobs"),
    PlaceName("7", "brokers", "Brokers"),
    PlaceName("8", "events", "Events"),
)


class PlacesLine(Widget):
    """A click goes there, like the number."""

    def __init__(self, place: str, trail: str = "") -> None:
        super().__init__()
        self.place = place
        self.trail = trail
        """The name of the thing shown, when it is not the place itself."""

    def render(self) -> Content:
        gap, placed = self._placed()
        pieces = [piece for _, piece in placed]
        if self.trail:
            pieces.append(self._trail())
        return Content.assemble(" ", Content(gap).join(pieces)).truncate(self.size.width, ellipsis=True)

    def _trail(self) -> Content:
        return Content.styled(f"▸ {shorten(safe_text(self.trail), 60)}", "bold")

    def _placed(self) -> tuple[str, list[tuple[PlaceName, Content]]]:
        """With their names, closer together where there is little room, and at last the numbers alone."""
        looks = (
            (GAP, [(name, self._piece(name, name.title, " ")) for name in PLACES]),
            (" ", [(name, self._piece(name, name.short or name.title, "")) for name in PLACES]),
            (GAP, [(name, self._piece(name, "", " ")) for name in PLACES]),
        )
        return next((look for look in looks if self._needed(*look) <= self.size.width), looks[-1])

    def _needed(self, gap: str, placed: list[tuple[PlaceName, Content]]) -> int:
        trail = [self._trail()] if self.trail else []
        return 1 + Content(gap).join([*(piece for _, piece in placed), *trail]).cell_length

    def _piece(self, name: PlaceName, title: str, pad: str) -> Content:
        if name.place == self.place:
            return Content.assemble((f" {name.key} {title or name.title} ", HERE))
        return Content.assemble((f"{pad}{name.key}", "$primary"), (f" {title}{pad}" if title else pad, "$muted"))

    def on_click(self, event: events.Click) -> None:
        x = 1
        gap, placed = self._placed()
        for name, piece in placed:
            if x <= event.x < x + piece.cell_length:
                self.post_message(Go(name.place))
            x += piece.cell_length + len(gap)
