"""One record as lines: its key, its headers with their types, the views to choose from, the value in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rich.cells import cell_len

from kafkatui.columns.cells import bytes_text
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.record import DecodedRecord
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.reading.topic_decoders import Choices
from kafkatui.safe_text import shorten
from kafkatui.tui.records.bodies import Body, HexBody, SourceBody, TextBody, TreeBody
from kafkatui.tui.records.brief import MOST, brief, brief_field
from kafkatui.tui.records.clip import Clip, clip_bytes
from kafkatui.tui.records.line import Line, Piece, piece

_LABEL = 9
_LONGEST_NAME = 28


class View(Enum):
    """How the value is shown."""

    TREE = "Tree"
    TEXT = "Text"
    HEX = "Hex"
    SOURCE = "Source"

    @property
    def next(self) -> View:
        views = list(View)
        return views[(views.index(self) + 1) % len(views)]


@dataclass(frozen=True, slots=True)
class Field:
    """A line above the value, and what copying takes from it."""

    line: Line
    clip: Clip | None = None


class Sheet:
    """The lines of one record. The cursor is on the number of a line."""

    def __init__(self, record: Record, decoded: DecodedRecord, choices: Choices, view: View = View.TREE) -> None:
        self.record = record
        self.view = view
        self.cursor = 0
        self._decoded = decoded
        self._fields = _fields(record, decoded)
        self.cursor = len(self._fields) + 1
        self._bodies: dict[View, Body] = {
            View.TREE: TreeBody(decoded.value),
            View.TEXT: TextBody(record.value),
            View.HEX: HexBody(record.value),
            View.SOURCE: SourceBody(record, choices.key, choices.value),
        }

    @property
    def problem(self) -> str:
        """Why something of it can not be read; empty: all can."""
        parts = [("key", self._decoded.key), ("value", self._decoded.value), *self._decoded.headers]
        return "; ".join(f"{name}: {part.problem.text}" for name, part in parts if part.problem is not None)

    @property
    def body(self) -> Body:
        return self._bodies[self.view]

    @property
    def head(self) -> int:
        """Lines above the value, with the one of the views."""
        return len(self._fields) + 1

    def count(self, width: int) -> int:
        return self.head + self.body.count(width)

    def line(self, number: int, width: int) -> Line:
        if number < len(self._fields):
            return self._fields[number].line
        if number == len(self._fields):
            return self._views()
        return self.body.line(number - self.head, width)

    def _views(self) -> Line:
        names = [
            each
            for view in View
            for each in (Piece(f" {view.value} ", "title" if view is self.view else "muted"), Piece(" "))
        ]
        value = self._decoded.value
        size = "null" if value.raw is None else bytes_text(value.size)
        if self.record.masked is not None and self.record.masked.value is not None:
            size = f"{size} as shown"
        return (*names, piece(f" {_how(value)}  {size}", "muted"))

    def clip(self) -> Clip | None:
        """What is under the cursor; None: nothing of its own, so the whole value is meant."""
        if self.cursor < len(self._fields):
            return self._fields[self.cursor].clip
        text = self.body.copied(self.cursor - self.head) if self.cursor >= self.head else ""
        return Clip("the line", text) if text else None

    def choose(self, view: View) -> None:
        self.view = view
        self.cursor = min(self.cursor, self.head)

    def fold(self, want: bool | None = None) -> bool:
        """Fold or unfold the line under the cursor; False: it is none that folds."""
        body = self.body
        if not isinstance(body, TreeBody) or body.tree is None:
            return False
        branch = body.branch(self.cursor - self.head)
        return branch is not None and body.tree.toggle(branch, want)

    def fold_all(self, folded: bool) -> bool:
        body = self.body
        if not isinstance(body, TreeBody) or body.tree is None:
            return False
        body.tree.fold_all() if folded else body.tree.unfold_all()
        return True

    def turn(self, by: int) -> bool:
        """To another part of a long text; False: there is none."""
        body = self.body
        if not isinstance(body, TextBody) or not body.turn(by):
            return False
        self.cursor = self.head
        return True


def _fields(record: Record, decoded: DecodedRecord) -> list[Field]:
    names = [piece(name, "name") for name, _ in record.headers]
    width = min(_LONGEST_NAME, max((cell_len(name.text) for name in names), default=0))
    fields = [Field((Piece("key".ljust(_LABEL), "muted"), *_value(decoded.key)), clip_bytes("the key", record.key))]
    for label, (name, raw), (_, header) in zip(names, record.headers, decoded.headers, strict=True):
        pad = " " * (max(0, width - cell_len(label.text)) + 2)
        line = (Piece("header".ljust(_LABEL), "muted"), label, Piece(pad), *_value(header))
        fields.append(Field(line, clip_bytes(f"header {name}", raw)))
    return [*fields, Field(())]


def _value(decoded: Decoded) -> Line:
    """What it says and how it was read, with what to know about it."""
    notes = [piece(f"  ▲ {note}", "warn") for note in decoded.notes]
    value = decoded.value
    if not decoded.raw or isinstance(value, Problem) or decoded.decoder in {"text", "json"}:
        said = brief_field(decoded.raw, decoded)
    else:
        shown = value if isinstance(value, str) else brief(value)
        said = (piece(shown[:MOST], "number" if isinstance(value, int) else "text"),)
    kind = () if decoded.decoder == "text" else (piece(f"  {_how(decoded)}", "faint"),)
    return (*said, *kind, *notes)


def _how(decoded: Decoded) -> str:
    """The decoder, and the schema it read by."""
    return f"{decoded.decoder} {shorten(decoded.schema, 60)}" if decoded.schema else decoded.decoder
