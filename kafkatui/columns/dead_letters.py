"""Columns of topics with dead letters and of the causes in them. What a cause is, is not known here."""

from __future__ import annotations

from dataclasses import dataclass

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.columns.sparkline import count_line
from kafkatui.model.moments import local
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Place


@dataclass(frozen=True, slots=True)
class LetterTopicRow:
    """A topic with dead letters, or with records that are tried again."""

    topic: str
    kind: str
    dialect: str | None
    """None: no record tells."""
    how: str
    """How it was recognised: `name`, `headers`, `name+headers`."""
    records: Reading
    causes: Reading | None
    """None: nobody looked for them."""
    newest_ms: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CauseRow:
    """Dead letters that fail for one reason."""

    source: str
    """The topic they lie in."""
    id: str
    count: int
    exception: str | Problem
    message: str | Problem
    topic: str | Problem
    group: str | Problem
    first_ms: int
    last_ms: int
    attempts: str | None
    """`3` or `1-5`; None: not told."""
    sent: int
    when: tuple[int, ...]
    example: Place


def moment(epoch_ms: int | None) -> Cell:
    """With its zone; a timestamp that is no time is shown as the number it is."""
    if epoch_ms is None:
        return Cell(cells.NOTHING, Tone.MUTED)
    try:
        shown = local(epoch_ms / 1000).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        shown = str(epoch_ms)
    return Cell(shown, sort=(0, epoch_ms, ""), raw=shown)


def _told(value: str | Problem | None) -> Cell:
    """A text; `–` where the dialect does not tell, `?` where it should and can not be read."""
    if isinstance(value, Problem) and value.code != "not_told":
        return cells.unknown(value)
    if not isinstance(value, str):
        return Cell(cells.NOTHING, Tone.MUTED)
    return cells.text(value)


def _short(value: str | Problem) -> str | Problem:
    """A class without its package."""
    return value.rpartition(".")[2] if isinstance(value, str) else value


def _message(value: str | Problem) -> Cell:
    return cells.text(f"({value.text})") if isinstance(value, Problem) else cells.text(value)


LETTER_TOPICS: list[Column[LetterTopicRow]] = [
    Column("topic", "topic", lambda row: cells.text(row.topic)),
    Column("kind", "kind", lambda row: cells.text(row.kind), rank=1, width=12),
    Column("dialect", "dialect", lambda row: _told(row.dialect), rank=3, width=13),
    Column("by", "by", lambda row: cells.text(row.how), rank=4),
    Column("records", "records", lambda row: cells.reading(row.records), right=True),
    Column("causes", "causes", lambda row: cells.reading(row.causes), right=True),
    Column("newest", "newest", lambda row: moment(row.newest_ms), rank=2, width=25),
    Column("problem", "problem", lambda row: cells.text(row.problem)),
]
SOURCE: Column[CauseRow] = Column("topic", "topic", lambda row: cells.text(row.source), width=16)
"""Only where causes of several topics stand together."""
CAUSES: list[Column[CauseRow]] = [
    Column("cause", "cause", lambda row: cells.text(row.id), width=10),
    Column("count", "count", lambda row: cells.number(row.count), right=True),
    Column("exception", "exception", lambda row: _told(row.exception), width=30),
    Column("origin", "origin", lambda row: _told(row.topic), rank=2, width=16),
    Column("group", "group", lambda row: _told(row.group), rank=4, width=12),
    Column("first", "first", lambda row: moment(row.first_ms), rank=6, width=25),
    Column("last", "last", lambda row: moment(row.last_ms), rank=1, width=25),
    Column("attempts", "attempts", lambda row: _told(row.attempts), rank=3, right=True),
    Column("sent", "sent", lambda row: cells.number(row.sent), rank=8, right=True),
    Column("when", "when", lambda row: cells.text(count_line(row.when)), rank=5, width=12),
    Column("example", "example", lambda row: cells.text(str(row.example)), rank=7, width=20),
    Column("message", "message", lambda row: _message(row.message), width=30),
]
SHORT_CAUSES: list[Column[CauseRow]] = [
    Column(each.key, each.title, lambda row: _told(_short(row.exception)), each.rank, each.right, 24)
    if each.key == "exception"
    else each
    for each in CAUSES
]
"""For a terminal: classes without their packages."""
