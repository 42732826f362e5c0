"""Finding a name by a few of its letters: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

SEPARATORS = " .-_/:"
Found = TypeVar("Found")


def closeness(query: str, name: str) -> float | None:
    """How well `query` fits; None when its letters are not there in this order. Both in lower case."""
    at = name.find(query)
    shorter = 1 / (1 + len(name))
    if at == 0:
        return (4 if name == query else 3) + shorter
    if at > 0:
        return (2 if name[at - 1] in SEPARATORS else 1) + shorter
    return shorter if _in_order(query, name) else None


def _in_order(query: str, name: str) -> bool:
    at = -1
    for letter in query:
        at = name.find(letter, at + 1)
        if at < 0:
            return False
    return True


def closest(query: str, named: Iterable[tuple[str, Found]], limit: int) -> Sequence[Found]:
    """The best fits, the closest first; without a query the first ones."""
    wanted = query.strip().casefold()
    if not wanted:
        return [what for _, what in islice(named, limit)]
    scored = [(fit, what) for name, what in named if (fit := closeness(wanted, name.casefold())) is not None]
    scored.sort(key=lambda each: -each[0])
    return [what for _, what in scored[:limit]]
