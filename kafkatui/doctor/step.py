"""One step of an examination and how it went. How steps are found is in the modules beside; how they look, in `cli`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

NAMED = 5
"""Names that a sentence tells; of more it tells how many."""


class Outcome(StrEnum):
    """The words a person and a script read; from best to worst, what was not tried beside them."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_TRIED = "not tried"


class Part(StrEnum):
    """What a step belongs to. Only steps of the connection can fail an examination: advice is advice."""

    CONNECTION = "connection"
    CLUSTER = "cluster"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Step:
    """What was tried and what was found. Texts may hold text from the cluster: show them through `safe_text`."""

    part: Part
    name: str
    """`dns`, `tls`, `min_insync`: promised to scripts."""
    outcome: Outcome
    found: str
    """One sentence; for `NOT_TRIED` it says why."""
    about: str = ""
    """The address, the broker; empty where it is about the whole cluster."""
    advice: str = ""
    """One sentence about what to do where it is not ok."""
    seconds: float | None = None
    """How long it took; None where nothing was waited for."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What scripts may want of it, as JSON has it."""

    @property
    def is_ok(self) -> bool:
        return self.outcome is Outcome.OK

    def took(self, seconds: float) -> Step:
        return replace(self, seconds=seconds)


def named(names: Collection[Any], most: int = NAMED) -> str:
    """`orders-1, orders-2 and 7 more`."""
    shown: Sequence[str] = [str(each) for each in names][:most]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
