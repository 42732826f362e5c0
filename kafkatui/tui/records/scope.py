"""What is looked at: topics, partitions, a range, a filter, an order; and the words that say it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from kafkatui.columns.cells import thousands
from kafkatui.filters import Selection
from kafkatui.model.connection import Connection
from kafkatui.model.moments import in_zone
from kafkatui.model.positions import AtTime, Position, Range
from kafkatui.reading.request import WHOLE, Plan, Request
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.records.clip import read_command
from kafkatui.tui.records.window import Key
from kafkatui.tui.widgets.line import Part, part


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that decides which records are seen."""

    topics: tuple[str, ...]
    partitions: frozenset[int] | None = None
    range: Range = WHOLE
    range_text: str = ""
    """As it was typed; empty: the whole log."""
    query: str = ""
    """The filter as it was typed."""
    selection: Selection = field(default_factory=Selection)
    newest_first: bool = True
    is_timeline: bool = False
    """Whether it follows one thing through topics."""
    origin: Key | None = None
    """The row to stand on, when it is found."""
    offset: int | None = None
    """Where to stand in every partition when there is no filter: a reader's next offset."""
    note: str = ""
    """What is to be said of it; may hold text from the cluster."""

    @property
    def request(self) -> Request:
        return Request(self.topics, self.partitions, self.range)

    def command(self, connection: Connection | None = None) -> str:
        """The words of a shell that print the same."""
        range_text = "" if self.range == WHOLE else str(self.range)
        return read_command(self.topics, self.partitions, range_text, self.selection.flags(), connection)


def scope_parts(scope: Scope, plan: Plan | None) -> list[Part]:
    """The line that says exactly what is looked at."""
    name = scope.topics[0] if len(scope.topics) == 1 else f"{len(scope.topics)} topics"
    parts = [part(shorten(safe_text(name), 48), "bold"), part(_partitions(scope, plan), "$muted", rank=3)]
    parts.append(part(range_words(scope.range), "$muted" if scope.range == WHOLE else "$primary", rank=2))
    if plan is not None:
        count = sum(span.until - span.first for span in plan.spans)
        parts.append(part(f"~{thousands(count)} records", "$muted", rank=4))
    parts.append(part("newest first" if scope.newest_first else "oldest first", "$muted", rank=5))
    if scope.query:
        parts.append(part(f"/ {shorten(safe_text(scope.query), 60)}", "$warning"))
    return parts


def _partitions(scope: Scope, plan: Plan | None) -> str:
    if scope.partitions is not None:
        numbers = ", ".join(str(each) for each in sorted(scope.partitions))
        return f"partition {numbers}" if len(scope.partitions) == 1 else f"partitions {numbers}"
    if plan is None:
        return ""
    count = sum(plan.partitions.values())
    return "1 partition" if count == 1 else f"{count} partitions"


def range_words(range_: Range) -> str:
    if range_ == WHOLE:
        return "whole log"
    first, until = (position_words(each) for each in (range_.first, range_.until))
    if range_.until == WHOLE.until:
        return f"from {first}"
    return f"up to {until}" if range_.first == WHOLE.first else f"from {first} to {until}"


def position_words(position: Position) -> str:
    """A time always with its date and zone."""
    if isinstance(position, AtTime):
        return _moment(position.at)
    return str(position)


def _moment(at: datetime) -> str:
    local = in_zone(at)
    return f"@{local.strftime('%Y-%m-%d %H:%M:%S')} {local.tzname()}"


def unread_words(plan: Plan) -> Iterator[str]:
    """What of the request nothing can be read of, and why."""
    for each in plan.unread:
        which = "" if each.partition is None else f", partition {each.partition}"
        yield safe_text(f"{shorten(each.topic, 24)}{which}: {each.problem.text}")
