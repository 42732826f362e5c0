"""Going back and forth in what was seen: which moment a key leads to. What shows it is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kafkatui.history.errors import FrameError
from kafkatui.history.timeline import Moment, Timeline, at_or_after, minute, stepped
from kafkatui.model.snapshot import Snapshot
from kafkatui.tui.event_rows import moment_words

NOTHING_KEPT = "nothing is kept yet: the first reading is not complete"

RECORDED = "this is a recording: no cluster is asked"


def why_recorded(moment: Moment | None) -> str:
    """Why nothing can be asked of the cluster that is shown; empty: it can."""
    return RECORDED if moment is not None and moment.is_recorded else ""


@dataclass(frozen=True, slots=True)
class View:
    """What is to be shown."""

    moment: Moment | None
    """None: what is newest."""
    snapshot: Snapshot | None
    """None: the newest, or the one that is shown already."""
    said: str = ""
    """What a person must know of it."""


class Past:
    """Of a session that goes on, where the newest reading is now; or of a recording, which has no now."""

    def __init__(self, timeline: Timeline, clock: Callable[[], float], recorded_of: str | None = None) -> None:
        """`recorded_of`: what a recording calls its cluster; None: it is no recording."""
        self._timeline = timeline
        self._clock = clock
        self._recorded_of = recorded_of

    def scrub(self, before: Moment | None, by: int, *, minutes: bool) -> View:
        """So many readings or minutes away from what is shown."""
        moments = self._timeline.moments
        if not moments:
            return View(before, None, NOTHING_KEPT)
        seen = moments[-1] if before is None else before.seen
        number = minute(moments, seen, by) if minutes else stepped(moments, seen, by)
        said = f"this is the first reading: nothing before {self._words(moments[0])} is kept" if number < 0 else ""
        if self._recorded_of is not None and number >= len(moments):
            said = "this is the last reading of the recording"
        return self._view(before, max(0, number), said)

    def at(self, before: Moment | None, at: float) -> View:
        """What was seen then, epoch seconds, or the first reading after it."""
        moments = self._timeline.moments
        if not moments or at > moments[-1]:
            return self.last(before)
        said = f"that was before the first reading that is kept, {self._words(moments[0])}" if at < moments[0] else ""
        return self._view(before, at_or_after(moments, at), said)

    def last(self, before: Moment | None = None) -> View:
        """Now, or the last reading of a recording."""
        return self._view(before, len(self._timeline.moments) - 1, "")

    def _view(self, before: Moment | None, number: int, said: str) -> View:
        moments = self._timeline.moments
        if self._recorded_of is None and number >= len(moments) - 1:
            return View(None, None, said)
        number = min(number, len(moments) - 1)
        seen = moments[number]
        try:
            snapshot = self._timeline.snapshot(number)
        except FrameError as error:
            return View(before, None, f"the reading of {self._words(seen)} can not be shown: {error}")
        is_recorded = self._recorded_of is not None
        return View(Moment(seen, number, len(moments), is_recorded, self._recorded_of or ""), snapshot, said)

    def _words(self, moment: float) -> str:
        return moment_words(moment, self._clock())
