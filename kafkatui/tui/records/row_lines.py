"""The rows of the list as lines: time, partition, offset, key and value, each in the width it has. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, set_cell_size

from kafkatui.decoding.decoded import Decoded
from kafkatui.model.records import Record
from kafkatui.model.spans import Gap
from kafkatui.reading.topic_decoders import TopicDecoders
from kafkatui.safe_text import display_width, shorten
from kafkatui.tui.records.bodies import moment_of
from kafkatui.tui.records.brief import brief_field
from kafkatui.tui.records.line import Line, Piece, lit, piece, shifted
from kafkatui.tui.records.window import Key, Row, key_of

GAP = 2
LONGEST_KEY = 28
LONGEST_TOPIC = 28
MOST_DECODED = 4 << 10
"""Bytes of a value that are decoded for one line of the list."""
_KEPT = 2_000
"""Rows whose lines are remembered."""


@dataclass
class Widths:
    """Of the columns; they only grow, so that nothing jumps."""

    time: int = 12
    step: int = 0
    topic: int = 0
    partition: int = 1
    offset: int = 6
    key: int = 3

    def see(self, row: Row, key: Line, time: str) -> bool:
        """Make room for a row; True when something grew."""
        before = (self.time, self.topic, self.partition, self.offset, self.key)
        self.time = max(self.time, len(time))
        offset = row.offset if isinstance(row, Record) else row.first
        partition = row.partition if isinstance(row, Record) else row.where.partition
        self.offset = max(self.offset, len(str(offset)))
        self.partition = max(self.partition, len(str(partition)))
        self.key = max(self.key, min(LONGEST_KEY, sum(cell_len(each.text) for each in key)))
        if self.topic:
            topic = row.topic if isinstance(row, Record) else row.where.topic
            self.topic = max(self.topic, min(LONGEST_TOPIC, display_width(topic)))
        return before != (self.time, self.topic, self.partition, self.offset, self.key)


def decode_brief(decoders: TopicDecoders, record: Record) -> tuple[Decoded | None, Decoded | None]:
    """Key and value for one line; None where that would take too long."""
    key = decoders.decode_key(record) if len(record.key or b"") <= MOST_DECODED else None
    value = decoders.decode_value(record) if len(record.value or b"") <= MOST_DECODED else None
    return key, value


class RowLines:
    """Makes the line of a row and remembers it. `today` decides whether times need their date."""

    def __init__(
        self,
        decode: Callable[[Record], tuple[Decoded | None, Decoded | None]],
        today: datetime,
        *,
        with_topic: bool = False,
        with_step: bool = False,
    ) -> None:
        """`with_step`: how long after the row before it, for a timeline."""
        self._decode = decode
        self._today = today.date()
        self.words: tuple[str, ...] = ()
        """What is lit up."""
        self.widths = Widths(step=9 if with_step else 0, topic=5 if with_topic else 0)
        self._made: OrderedDict[Key, tuple[Line, Line, str]] = OrderedDict()

    def forget(self) -> None:
        """Everything is made anew: the decoders or what is lit up have changed."""
        self._made.clear()

    def _parts(self, row: Row) -> tuple[Line, Line, str]:
        """Key, value and time of a row."""
        key = key_of(row)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(row)
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return found

    def _make(self, row: Row) -> tuple[Line, Line, str]:
        if isinstance(row, Gap):
            count = row.until - row.first
            offsets = f"offsets {row.first} to {row.until - 1}" if count > 1 else f"offset {row.first}"
            return (), (Piece("✖ ", "bad"), piece(f"{offsets}: {row.problem.text}", "warn")), ""
        key, value = self._decode(row)
        shown = brief_field(row.value, value)
        return lit(brief_field(row.key, key), self.words), lit(shown, self.words), self._time(row)

    def _time(self, record: Record) -> str:
        moment = moment_of(record)
        if moment is None:
            return "–"
        layout = "%H:%M:%S" if moment.date() == self._today else "%m-%d %H:%M:%S"
        if moment.year != self._today.year:
            layout = "%Y-%m-%d %H:%M:%S"
        return f"{moment.strftime(layout)}.{moment.microsecond // 1000:03}"

    def measure(self, rows: Sequence[Row]) -> bool:
        """Make room for the rows on screen; True when a column grew."""
        grown = [self.widths.see(row, *self._parts(row)[::2]) for row in rows]
        return any(grown)

    def header(self, zone: str) -> Line:
        widths = self.widths
        cells = [f"time {zone}".ljust(widths.time)[: max(widths.time, 8)]]
        if widths.step:
            cells.append("after".rjust(widths.step))
        if widths.topic:
            cells.append("topic".ljust(widths.topic))
        cells += ["p".rjust(widths.partition), "offset".rjust(widths.offset), "key".ljust(widths.key), "value"]
        return (Piece("  " + (" " * GAP).join(cells), "muted"),)

    def line(self, row: Row, width: int, marked: bool = False, before: Row | None = None) -> Line:
        """For `width` cells. `before` is the row that is older by one, for the time between them."""
        key, value, time = self._parts(row)
        widths, gap = self.widths, Piece(" " * GAP)
        pieces: list[Piece] = [Piece("◆ " if marked else "  ", "accent"), Piece(time.ljust(widths.time), "muted"), gap]
        if widths.step:
            pieces += [Piece(_step(row, before).rjust(widths.step), "faint"), gap]
        if widths.topic:
            topic = row.topic if isinstance(row, Record) else row.where.topic
            name = piece(shorten(topic, widths.topic), "name").text
            pieces += [Piece(set_cell_size(name, widths.topic), "name"), gap]
        if isinstance(row, Gap):
            number = Piece(str(row.where.partition).rjust(widths.partition), "faint")
            return (*pieces, number, gap, *value)
        pieces += [
            Piece(str(row.partition).rjust(widths.partition), "muted"),
            gap,
            Piece(str(row.offset).rjust(widths.offset), "muted"),
            gap,
            *_sized(key, widths.key),
            gap,
        ]
        used = sum(cell_len(each.text) for each in pieces)
        return (*pieces, *shifted(value, width - used - 1))


def _sized(line: Line, width: int) -> Line:
    """Exactly `width` cells; a longer one ends in an ellipsis."""
    length = sum(cell_len(each.text) for each in line)
    if length <= width:
        return (*line, Piece(" " * (width - length)))
    pieces, room = [], width - 1
    for each in line:
        text = each.text if cell_len(each.text) <= room else set_cell_size(each.text, room)
        pieces.append(Piece(text, each.part))
        room -= cell_len(text)
        if room <= 0:
            break
    return (*pieces, Piece("…", "muted"))


def _step(row: Row, before: Row | None) -> str:
    if not isinstance(row, Record) or not isinstance(before, Record):
        return ""
    return f"+{span_text(row.timestamp_ms - before.timestamp_ms)}"


def span_text(ms: int) -> str:
    """A time between two records, in at most two units."""
    if ms < 1_000:
        return f"{ms} ms"
    if ms < 60_000:
        return f"{ms / 1000:.2f} s"
    if ms < 3_600_000:
        return f"{ms // 60_000} m {ms % 60_000 // 1000} s"
    return f"{ms // 3_600_000} h {ms % 3_600_000 // 60_000} m"
