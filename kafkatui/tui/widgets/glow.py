"""Which cells of a table changed just now, and until when they show it. It paints nothing and holds no timer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from kafkatui.columns.cells import Cell
from kafkatui.tui.widgets.rows import At

GLOW_SECONDS = 1.0


class Glow:
    """Cells that changed within the last second."""

    def __init__(self) -> None:
        self._until: dict[At, float] = {}

    def __contains__(self, at: At) -> bool:
        return at in self._until

    def light(self, before: Mapping[At, Cell], now: Mapping[At, Cell]) -> bool:
        """Note what says something else now; True when nothing glowed before. What was not known does not glow."""
        until = time.monotonic() + GLOW_SECONDS
        changed = [at for at, cell in now.items() if before[at].raw is not None and cell.text != before[at].text]
        was_dark = not self._until
        self._until.update(dict.fromkeys(changed, until))
        return was_dark and bool(changed)

    def fade(self) -> float:
        """Forget what glowed long enough; the seconds until the next look, 0 when all is dark."""
        now = time.monotonic()
        self._until = {at: until for at, until in self._until.items() if until > now}
        return max(0.0, max(self._until.values(), default=now) - now)
