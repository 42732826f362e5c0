"""The second line: the places one can go to, and the way down from the one that is open."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widget import Widget

from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.messages import Go

GAP = "  "


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place as the keys and the second line know it."""

    key: str
    place: str
    title: str


PLACES = (
    PlaceName("1", "overview", "Overview"),
    PlaceName("2", "topics", "Topics"),
    PlaceName("3", "groups", "Groups"),
    PlaceName("4", "messages", "Messages"),
    PlaceName("5", "letters", "Dead letters"),
    PlaceName("6", "jobs", "Jobs"),
    PlaceName("7", "brokers", "Brokers"),
)


class PlacesLine(Widget):
    """A click goes there, like the number."""

    def __init__(self, place: str, trail: str = "") -> None:
        super().__init__()
        self.place = place
        self.trail = trail
        """The name of the thing shown, when it is not the place itself."""

    def render(self) -> Content:
        pieces = [piece for _, piece in self._pieces()]
        if self.trail:
            pieces.append(self._trail())
        return Content.assemble(" ", Content(GAP).join(pieces)).truncate(self.size.width, ellipsis=True)

    def _trail(self) -> Content:
        return Content.styled(f"▸ {shorten(safe_text(self.trail), 60)}", "bold")

    def _pieces(self) -> list[tuple[PlaceName, Content]]:
        """With their names; the numbers alone where the way down would not fit beside them."""
        whole = [(name, self._piece(name)) for name in PLACES]
        if not self.trail:
            return whole
        needed = 1 + sum(piece.cell_length + len(GAP) for _, piece in whole) + self._trail().cell_length
        if needed <= self.size.width:
            return whole
        return [(name, self._piece(name, short=name.place != self.place)) for name in PLACES]

    def _piece(self, name: PlaceName, *, short: bool = False) -> Content:
        if name.place == self.place:
            return Content.assemble((f" {name.key} {name.title} ", "$background on $primary bold"))
        return Content.assemble((f" {name.key}", "$primary"), (" " if short else f" {name.title} ", "$muted"))

    def on_click(self, event: events.Click) -> None:
        x = 1
        for name, piece in self._pieces():
            if x <= event.x < x + piece.cell_length:
                self.post_message(Go(name.place))
            x += piece.cell_length + len(GAP)
