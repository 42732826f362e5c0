"""The four views of a value as lines that are made when they are looked at: tree, text, hex, source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rich.cells import cell_len, chop_cells

from kafkatui.columns.cells import bytes_text, thousands
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.guess import Choice
from kafkatui.model.moments import local
from kafkatui.model.problems import Problem
from kafkatui.model.records import BatchFacts, Record, TimestampType
from kafkatui.safe_text import safe_text
from kafkatui.tui.records.line import Line, Piece, piece
from kafkatui.tui.records.tree import Branch, Tree

PORTION = 64 << 10
"""Bytes of a text that are shown at once."""
_WHO_SET_IT = {TimestampType.CREATE: "set by the producer", TimestampType.LOG_APPEND: "set by the broker on arrival"}


class Body(Protocol):
    """Lines by number. `width` is what a line may take, in terminal cells."""

    def count(self, width: int) -> int: ...

    def line(self, number: int, width: int) -> Line: ...

    def copied(self, number: int) -> str:
        """What copying takes from that line; empty: the whole value."""
        ...


class TreeBody:
    """What was decoded; without that the reason."""

    def __init__(self, decoded: Decoded) -> None:
        value = decoded.value
        self.tree = None if isinstance(value, Problem) or decoded.raw is None else Tree(value)
        self._notes: list[Line] = [(piece(f"▲ {note}", "warn"),) for note in decoded.notes]
        if decoded.problem is not None:
            self._notes += [
                (Piece("✖ ", "bad"), piece(decoded.problem.text, "warn")),
                (Piece("the views Text and Hex show the bytes as they are stored", "muted"),),
            ]
        elif decoded.raw is None:
            self._notes.append(
                (Piece("null", "word"), Piece("  no value: in a compacted topic it deletes the key", "muted"))
            )

    def _lines(self) -> int:
        return len(self.tree.branches) if self.tree else 0

    @property
    def _cut(self) -> int:
        return int(self.tree is not None and self.tree.is_cut)

    def count(self, width: int) -> int:
        return len(self._notes) + self._lines() + self._cut

    def branch(self, number: int) -> Branch | None:
        at = number - len(self._notes)
        return self.tree.branches[at] if self.tree and 0 <= at < len(self.tree.branches) else None

    def line(self, number: int, width: int) -> Line:
        branch = self.branch(number)
        if self.tree and branch is not None:
            return self.tree.line(branch)
        if number < len(self._notes):
            return self._notes[number]
        return (Piece("… not all is unfolded: enter unfolds a line", "muted"),)

    def copied(self, number: int) -> str:
        branch = self.branch(number)
        value = None if branch is None or branch.more else branch.value
        return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


class TextBody:
    """As stored, in portions: a value may have megabytes in one line."""

    def __init__(self, raw: bytes | None) -> None:
        self._raw = raw or b""
        self._width = 0
        self._lines: list[str] = []
        self.portion = 0

    @property
    def portions(self) -> int:
        return max(1, -(-len(self._raw) // PORTION))

    def turn(self, by: int) -> bool:
        """To another portion; False when there is none."""
        to = self.portion + by
        if not 0 <= to < self.portions:
            return False
        self.portion, self._width = to, 0
        return True

    def count(self, width: int) -> int:
        self._wrap(width)
        return len(self._lines) + (self.portions > 1)

    def line(self, number: int, width: int) -> Line:
        self._wrap(width)
        if self.portions > 1:
            if number == 0:
                return (self._note(),)
            number -= 1
        return (piece(self._lines[number]),) if number < len(self._lines) else ()

    def copied(self, number: int) -> str:
        return ""

    def _note(self) -> Piece:
        first = self.portion * PORTION
        until = min(len(self._raw), first + PORTION)
        text = f"part {self.portion + 1} of {self.portions}: bytes {first:,} to {until:,} of {len(self._raw):,}"
        return piece(f"{text}; ] next part, [ the one before", "warn")

    def _wrap(self, width: int) -> None:
        width = max(8, width)
        if width == self._width:
            return
        self._width = width
        first, until = self.portion * PORTION, (self.portion + 1) * PORTION
        self._lines = [
            row
            for line in _lines(self._raw[_start(self._raw, first) : _start(self._raw, until)])
            for row in _rows(line, width)
        ]


def _start(raw: bytes, at: int) -> int:
    """Where the UTF-8 character begins that `at` lies in."""
    for back in range(min(4, at)):
        if at - back < len(raw) and raw[at - back] & 0xC0 != 0x80:
            return at - back
    return at


def _lines(part: bytes) -> list[str]:
    return part.decode(errors="replace").replace("\t", "    ").split("\n")


def _rows(line: str, width: int) -> Sequence[str]:
    shown = safe_text(line.removesuffix("\r"))
    if cell_len(shown) <= width:
        return [shown]
    if shown.isascii():
        return [shown[at : at + width] for at in range(0, len(shown), width)]
    return chop_cells(shown, width)


class HexBody:
    """Offset, bytes, ASCII; as many bytes in a row as fit."""

    def __init__(self, raw: bytes | None) -> None:
        self._raw = raw or b""

    def count(self, width: int) -> int:
        return -(-len(self._raw) // self._row(width))

    def line(self, number: int, width: int) -> Line:
        row = self._row(width)
        part = self._raw[number * row : (number + 1) * row]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in part)
        halves = "  ".join(part[at : at + 8].hex(" ").ljust(23) for at in range(0, row, 8))
        return Piece(f"{number * row:08x}  ", "faint"), Piece(halves), Piece(f"  {shown}", "name")

    @staticmethod
    def _row(width: int) -> int:
        return 16 if width >= 10 + 48 + 2 + 16 else 8

    def copied(self, number: int) -> str:
        return ""


class SourceBody:
    """Where it lies, how large it is, when it was written, and who decoded it."""

    def __init__(self, record: Record, key: Choice, value: Choice) -> None:
        headers = sum(len(name.encode(errors="replace")) + len(raw or b"") for name, raw in record.headers)
        moment = moment_of(record)
        as_shown = "" if record.masked is None else " as shown"
        rows = [
            ("topic", record.topic),
            ("partition", str(record.partition)),
            ("offset", str(record.offset)),
            ("timestamp", "none" if moment is None else moment.isoformat(sep=" ", timespec="milliseconds")),
            ("", f"{moment.tzname()}, {record.timestamp_ms} ms" if moment else f"{record.timestamp_ms} ms"),
            ("", f"{record.timestamp_type.value}: {_WHO_SET_IT[record.timestamp_type]}"),
            ("key", f"{_size(record.key)}{as_shown}"),
            ("value", f"{_size(record.value)}{as_shown}"),
            ("headers", f"{len(record.headers)}, {bytes_text(headers)}{as_shown}"),
            ("key read as", f"{key.decoder}: {key.why}"),
            ("value read as", f"{value.decoder}: {value.why}"),
        ]
        if record.masked is not None:
            rows += [("masked", record.masked.text), *(("", path) for path in record.masked.paths)]
        self._rows = rows + _batch_rows(record.batch) if record.batch.is_known else rows

    def count(self, width: int) -> int:
        return len(self._rows)

    def line(self, number: int, width: int) -> Line:
        name, text = self._rows[number]
        return Piece(name.ljust(14), "muted"), piece(text)

    def copied(self, number: int) -> str:
        return self._rows[number][1]


def _batch_rows(batch: BatchFacts) -> list[tuple[str, str]]:
    how_many = f"{thousands(batch.records)} records" if batch.records != 1 else "1 record"
    codec = "not compressed" if batch.codec == "none" else batch.codec
    rows = [
        ("batch", f"{how_many}, {bytes_text(batch.size)}, {codec}"),
        ("", f"offsets {batch.first} to {batch.last}"),
        ("producer", f"id {batch.producer_id}, epoch {batch.producer_epoch}, sequence from {batch.base_sequence} on"),
        ("", "in a transaction" if batch.transactional else "in no transaction"),
    ]
    if batch.producer_id < 0:
        rows[2:] = [("producer", "without an id: neither idempotent nor in a transaction")]
    return rows


def _size(raw: bytes | None) -> str:
    if raw is None:
        return "null"
    return f"{bytes_text(len(raw))}, {thousands(len(raw))} bytes" if len(raw) >= 1000 else f"{len(raw)} bytes"


def moment_of(record: Record) -> datetime | None:
    """When, in the zone of the cluster's context; None where there is no timestamp or none a calendar has."""
    try:
        return local(record.timestamp_ms / 1000) if record.timestamp_ms >= 0 else None
    except (OverflowError, ValueError, OSError):
        return None
