"""The tables of the place of dead letters as columns and rows: topics, causes, letters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.columns.dead_letters import CauseRow
from kafkatui.columns.sparkline import count_line
from kafkatui.dead_letters.cause_rows import PARTS, cause_row, span_of
from kafkatui.dead_letters.finding import Found
from kafkatui.dead_letters.letter import DeadLetter, Text
from kafkatui.dead_letters.look import Look
from kafkatui.dead_letters.topic_names import Kind
from kafkatui.decoding.decoded import Decoded
from kafkatui.model.moments import local
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.records import Place, Record
from kafkatui.tui.records.brief import brief_field
from kafkatui.tui.records.line import plain
from kafkatui.tui.records.row_lines import MOST_DECODED

MARK = "●"
_LONGEST_KEY = 60
_NO_CAUSES = Problem("retry", "it holds records that wait to be tried again by themselves, not dead letters")


def moment(epoch_ms: int | None) -> Cell:
    """To the second, in the zone of the cluster's context."""
    if epoch_ms is None:
        return Cell(cells.NOTHING, Tone.MUTED, reason="none of its newest records could be read")
    try:
        shown = local(epoch_ms / 1000).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        shown = str(epoch_ms)
    return Cell(shown, sort=(0, epoch_ms, ""))


def told(value: Text | Reading) -> Cell:
    """`–` where the dialect does not tell, `?` where it should and can not be read; both with the reason."""
    if isinstance(value, Problem):
        if value.code != "not_told":
            return cells.unknown(value)
        return Cell(cells.NOTHING, Tone.MUTED, reason=cells.text(value.text).text)
    return cells.text(value) if isinstance(value, str) else cells.number(value)


# Topics


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic that was found, and what was looked at of it."""

    found: Found
    look: Look | None = None
    """None: not looked at yet."""
    problem: Problem | None = None
    """Why it could not be looked at."""


def _dialect(row: TopicRow) -> Cell:
    if row.found.dialect is not None:
        return cells.text(row.found.dialect.title)
    return Cell(cells.NOTHING, Tone.MUTED, reason="no header of its newest records tells who wrote them")


def _causes(row: TopicRow) -> Cell:
    if row.found.kind is Kind.RETRY:
        return Cell(cells.NOTHING, Tone.MUTED, reason=_NO_CAUSES.text)
    if row.problem is not None:
        return cells.unknown(row.problem)
    if row.look is None or not row.look.is_over:
        return Cell(cells.SKELETON, Tone.MUTED)
    count = len(row.look.causes)
    made = cells.number(count)
    return made if row.look.is_whole else made._replace(text=f"≥{made.text}")


TOPICS: tuple[Column[TopicRow], ...] = (
    Column("topic", "topic", lambda row: cells.text(row.found.topic), width=24, help="A topic of this cluster."),
    Column(
        "kind", "kind", lambda row: cells.text(row.found.kind.value), rank=4, width=12,
        help="dead-letters, or retry: records that are tried again by themselves.",
    ),
    Column("dialect", "dialect", _dialect, rank=2, width=16, help="Who wrote most of its newest records."),
    Column(
        "by", "known by", lambda row: cells.text(row.found.how), rank=3, width=12,
        help="How it was recognised: its name, the headers of its newest records, or both.",
    ),
    Column(
        "records", "records", lambda row: cells.reading(row.found.records), right=True, width=9,
        help="Offsets between start and end of its partitions; compaction may leave fewer records.",
    ),
    Column(
        "causes", "causes", _causes, right=True, width=7,
        help="Reasons for failing among its newest records; ≥ where older ones were not looked at.",
    ),
    Column(
        "newest", "newest", lambda row: moment(row.found.newest_ms), rank=1, width=19,
        help="The latest timestamp of its newest records.",
    ),
)  # fmt: skip

# Causes


@dataclass(frozen=True, slots=True)
class CauseLine:
    """A cause, and whether it is marked."""

    row: CauseRow
    is_marked: bool = False


def cause_lines(look: Look, marked: Collection[str]) -> Iterator[CauseLine]:
    first, last = span_of(look.causes)
    for cause in look.causes.sorted():
        yield CauseLine(cause_row("", cause, first, last), cause.id in marked)


def _mark(line: CauseLine | LetterLine) -> Cell:
    return Cell(MARK if line.is_marked else "", Tone.WARN, sort=(0, -int(line.is_marked), ""))


def _short(row: CauseRow) -> Cell:
    """A class without its package."""
    value = row.exception
    return told(value.rpartition(".")[2] or value if isinstance(value, str) else value)


def _message(row: CauseRow) -> Cell:
    return told(row.message)


CAUSES: tuple[Column[CauseLine], ...] = (
    Column("mark", "", _mark, width=1, help=""),
    Column(
        "count", "count", lambda line: cells.number(line.row.count), right=True, width=5,
        help="Dead letters that failed for this reason, of those that were looked at.",
    ),
    Column("exception", "exception", lambda line: _short(line.row), width=20, help="The class, without its package."),
    Column(
        "message", "message", lambda line: _message(line.row), rank=1, width=12,
        help="What it said, without ids, numbers and what is quoted.",
    ),
    Column(
        "when", "when", lambda line: cells.text(count_line(line.row.when)), rank=2, width=PARTS,
        help="When they failed, over the time in which all of the topic did.",
    ),
    Column(
        "last", "last seen", lambda line: moment(line.row.last_ms), rank=3, width=19,
        help="The timestamp of the newest one.",
    ),
    Column("origin", "from", lambda line: told(line.row.topic), rank=4, width=14, help="The topic they came from."),
    Column("group", "group", lambda line: told(line.row.group), rank=5, width=12, help="The group that failed."),
)  # fmt: skip

# Letters


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A dead letter, and whether it is marked."""

    letter: DeadLetter
    decode_key: Callable[[Record], Decoded]
    is_marked: bool = False


def key_of_line(line: LetterLine) -> str:
    return str(line.letter.place)


def _origin(line: LetterLine) -> Cell:
    origin = line.letter.last_origin
    place = origin.place
    if isinstance(place, Place):
        return cells.text(str(place))
    if isinstance(origin.topic, str):
        return cells.text(f"{origin.topic} {cells.UNKNOWN}", Tone.STALE, place.text)
    return told(place)


def _key(line: LetterLine) -> Cell:
    record = line.letter.record
    decoded = line.decode_key(record) if len(record.key or b"") <= MOST_DECODED else None
    return cells.text(plain(brief_field(record.key, decoded, _LONGEST_KEY)))


LETTERS: tuple[Column[LetterLine], ...] = (
    Column("mark", "", _mark, width=1, help=""),
    Column(
        "time", "time", lambda line: moment(line.letter.record.timestamp_ms), rank=2, width=19,
        help="The timestamp of the dead letter.",
    ),
    Column("p", "p", lambda line: cells.number(line.letter.record.partition), right=True, width=2, help="Partition."),
    Column("offset", "offset", lambda line: cells.number(line.letter.record.offset), right=True, width=7, help=""),
    Column(
        "origin", "origin", _origin, width=20, help="Where the record lay when it failed the last time.",
    ),
    Column(
        "attempts", "attempts", lambda line: told(line.letter.attempts), rank=3, right=True, width=8,
        help="Deliveries that failed before it was given up.",
    ),
    Column("key", "key", _key, rank=1, width=10, help="The key of the record."),
)  # fmt: skip
