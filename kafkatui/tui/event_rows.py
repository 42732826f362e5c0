"""What the screens show of an event, and what it leads to. How events are found is in `kafkatui.model`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.model.events import Event, Subject
from kafkatui.model.moments import local
from kafkatui.tui.messages import Open

STATUS_HELP = "● good, ▲ look at it, ✖ bad."
SEEN = "Seen between two readings."

LATELY: tuple[Column[Event], ...] = (
    Column("time", "time", lambda event: cells.text(_clock(event.at), Tone.MUTED), width=8, help="Local time."),
    Column("status", "", lambda event: cells.health_cell(event.health), width=1, help=STATUS_HELP),
    Column("event", "what happened", lambda event: cells.text(event.text), width=40, help=SEEN),
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it looks from the moment that is shown."""

    event: Event
    time: str
    """Local, with the date where it is not today's."""
    is_later: bool = False
    """Whether it had not happened yet at that moment."""


EVENTS: tuple[Column[EventRow], ...] = (
    Column(
        "time",
        "time",
        lambda row: _toned(row, Cell(row.time, Tone.MUTED, (0, row.event.at, ""), raw=row.time)),
        width=8,
        help="Local time; with its date when that is not today's.",
    ),
    Column("status", "", lambda row: cells.health_cell(row.event.health), width=1, help=STATUS_HELP),
    Column(
        "kind",
        "kind",
        lambda row: cells.text(row.event.subject.value, Tone.MUTED),
        rank=2,
        width=9,
        help="The kind of thing it happened to; enter opens it.",
    ),
    Column(
        "subject",
        "subject",
        lambda row: _toned(row, cells.text(row.event.name)),
        rank=1,
        width=14,
        help="What it happened to; of many partitions the first.",
    ),
    Column(
        "event",
        "what happened",
        lambda row: _toned(row, cells.text(row.event.text)),
        width=30,
        help=f"{SEEN} h shows everything as it was then.",
    ),
)


def _toned(row: EventRow, cell: Cell) -> Cell:
    return cell._replace(tone=Tone.MUTED) if row.is_later else cell


def event_key(event: Event) -> str:
    return f"{event.at}/{event.subject}/{event.name}/{event.text}"


def moment_words(at: float, now: float) -> str:
    """The local time of a moment, epoch seconds; with its date where that is another than the one of `now`."""
    then, today = local(at), local(now)
    return then.strftime("%H:%M:%S" if then.date() == today.date() else "%Y-%m-%d %H:%M:%S")


def rows_of(events: tuple[Event, ...], now: float, shown_at: float | None) -> list[EventRow]:
    """`shown_at`: the moment that is shown, epoch seconds; None: now."""
    words = _remembered(lambda at: moment_words(at, now))
    return [EventRow(each, words(each.at), shown_at is not None and each.at > shown_at) for each in events]


def _remembered(words: Callable[[float], str]) -> Callable[[float], str]:
    """What one reading saw has one time; 2,000 of them take a while to write."""
    known: dict[float, str] = {}

    def look(at: float) -> str:
        if at not in known:
            known[at] = words(at)
        return known[at]

    return look


def _clock(at: float) -> str:
    return local(at).strftime("%H:%M:%S")


def opening(event: Event) -> Open:
    """What shows the thing it happened to."""
    if event.subject is Subject.PARTITION:
        topic, _, partition = event.name.rpartition("-")
        return Open(Subject.TOPIC, topic, int(partition)) if partition.isdecimal() else Open(Subject.TOPIC, event.name)
    return Open(Subject.BROKER if event.subject is Subject.CLUSTER else event.subject, event.name)
