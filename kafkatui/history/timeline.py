"""Readings in the order they were seen: what one scrubs through, be it in memory or in a file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kafkatui.model.snapshot import Snapshot


class Timeline(Protocol):
    """Some readings, the oldest first."""

    @property
    def moments(self) -> Sequence[float]:
        """When each was seen, epoch seconds; never falling."""
        ...

    def snapshot(self, number: int) -> Snapshot:
        """The reading with this number in `moments`. Raises FrameError where it can not be shown."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """A reading that is shown instead of the newest."""

    seen: float
    """When it was seen, epoch seconds."""
    number: int
    """Counted from 0, among those that were there when one came to it."""
    count: int
    is_recorded: bool = False
    """Whether it comes from a file, and there is no now."""
    recorded_of: str = ""
    """What the file calls the cluster; may hold anything."""


def at_or_after(moments: Sequence[float], seen: float) -> int:
    """The number of the first that was seen then or later; of the last where none was. There is at least one."""
    return min(bisect_left(moments, seen), len(moments) - 1)


def stepped(moments: Sequence[float], seen: float, steps: int) -> int:
    """The number of the one that lies so many steps before (negative) or after what was seen then.

    One that is not there any more counts as lying between its neighbours. May lie outside of `moments`.
    """
    return bisect_left(moments, seen) + steps if steps < 0 else bisect_right(moments, seen) - 1 + steps


def minute(moments: Sequence[float], seen: float, minutes: int) -> int:
    """The number of the one that lies so many minutes before or after, at least one away. May lie outside."""
    if minutes < 0:
        return min(stepped(moments, seen, -1), bisect_right(moments, seen + 60 * minutes) - 1)
    return max(stepped(moments, seen, 1), bisect_left(moments, seen + 60 * minutes))
