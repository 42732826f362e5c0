"""What each kind of change has to know: how it is undone, and what became of one cut off. No kind lives here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kafkatui.undo.journal import Entry, Journal, Result


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a change, as the cluster shows it now."""

    result: Result
    """`UNKNOWN` where some of it is there and some is not."""
    counts: Mapping[str, int]
    """`changed`: parts that are as they were planned."""
    problem: str
    """One sentence for a person."""


@dataclass(frozen=True, slots=True)
class Undone:
    """How taking back a change went."""

    entry: Entry
    """Its own."""
    failed: Sequence[str]
    """A sentence for each part that was refused."""
    document: Mapping[str, Any]
    """The same as JSON."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """How one change would be taken back."""

    plan: Sequence[str]
    """Lines for a person."""
    question: str
    """Without its mark: `give back 3 offsets of billing`."""
    document: Mapping[str, Any]
    """The plan as JSON."""
    is_empty: bool
    """All is as it was before the change already."""
    left_out: Sequence[str]
    """A sentence for each part that can not be given back."""
    carry_out: Callable[[Any, Journal, str], Awaitable[Undone]]
    """With a cluster opened for changes, the journal, and the command line for the audit. Keeps an entry of its own."""


class Kind(Protocol):
    """One kind of change: the name is `Change.kind`. `source` is a cluster, opened for reading only."""

    async def plan(self, source: Any, entry: Entry, place: str) -> Undoing:
        """How `entry` would be taken back; `place` is what a person calls the cluster. Raises `Impossible`."""
        ...

    async def look(self, source: Any, entry: Entry) -> Found:
        """What became of `entry`, whose process was killed before it could say so. Raises `Impossible`."""
        ...


class Impossible(Exception):
    """It can not be undone, or looked at, now; each sentence tells a person why."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


def why_not(entry: Entry, kinds: Mapping[str, object]) -> str | None:
    """Why it can not be undone, as far as the journal tells; None: it can be tried."""
    if entry.result is None:
        return "it is still running" if entry.is_running else "it was cut off; the next change looks what became of it"
    if entry.undone_by is not None:
        return f"undone by {entry.undone_by}"
    if entry.change.cannot_undo is not None:
        return entry.change.cannot_undo
    if entry.change.kind not in kinds:
        return f"this version knows no way back for {entry.change.kind}"
    if entry.result in (Result.FAILED, Result.CANCELLED) and not entry.counts.get("changed"):
        return "it changed nothing"
    return None
