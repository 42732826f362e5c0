"""A dead letter and the record it came from as lines beside each other: what is equal muted, what differs lit. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TypeAlias

from rich.cells import cell_len, chop_cells

from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.origin import Fetched
from kafkatui.dead_letters.stacktrace import fold
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.record import DecodedRecord
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record
from kafkatui.safe_text import safe_text
from kafkatui.tui.letters.rows import moment
from kafkatui.tui.records.brief import brief_field
from kafkatui.tui.records.line import Line, Piece, piece, plain, shifted
from kafkatui.tui.records.tree import Tree, is_node

MOST_LINES = 400
"""Lines of a value that are compared; comparing takes the square of it at worst."""
MOST_TEXT = 64 << 10
"""Bytes of a text that are compared, and characters of a stack trace."""
_LABEL = 12
_BRIEF = 300
Decode: TypeAlias = Callable[[Record], DecodedRecord]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `right` is beside `left`, or not there, or, with `is_wide`, `left` has the whole width."""

    left: Line = ()
    right: Line = ()
    is_wide: bool = False
    is_equal: bool = False
    """Both say the same."""


class Comparison:
    """The rows of one dead letter, with its origin as far as it is known."""

    def __init__(self, letter: DeadLetter, origin: Fetched | None, decode: Decode) -> None:
        """`origin`: None while it is being read."""
        self.letter = letter
        self.is_whole = origin is not None
        """Whether the origin is read, or known to be gone."""
        self.is_unfolded = False
        """The stack trace."""
        self._why = tuple(_why(letter))
        self._beside = tuple(_beside(letter, origin, decode))

    def rows(self) -> list[Row]:
        return [*self._why, *self._beside, *_stack(self.letter, self.is_unfolded)]

    def lines(self, width: int, *, is_narrow: bool) -> list[Row]:
        """As they fit: wide ones are wrapped, and where it is narrow what differs stands below each other."""
        made: list[Row] = []
        for row in self.rows():
            if row.is_wide:
                made += [Row(line, is_wide=True) for line in _wrapped(row.left, width)]
            elif is_narrow:
                made += [Row(line, is_wide=True) for line in _stacked(row, width)]
            else:
                half = (width - 3) // 2
                made.append(Row(_seen(row.left, half), _seen(row.right, half), is_equal=row.is_equal))
        return made


def _label(text: str) -> Piece:
    return Piece(text.ljust(_LABEL), "muted")


def _seen(line: Line, room: int) -> Line:
    """From further on where what is lit up would begin beyond the middle."""
    before = 0
    for each in line:
        if each.part == "lit":
            break
        before += len(each.text)
    else:
        return line
    return line if before <= room // 2 else (*line[:1], *shifted(line[1:], room - _LABEL))


def _wrapped(line: Line, width: int) -> Iterator[Line]:
    """A message may be longer than the screen is wide; what follows stands under its beginning."""
    label, rest = line[:1], line[1:]
    text = plain(rest)
    if len(rest) != 1 or cell_len(text) <= width - _LABEL:
        yield line
        return
    for number, part in enumerate(chop_cells(text, max(8, width - _LABEL))):
        yield (*(label if not number else (_label(""),)), Piece(part, rest[0].part))


def _stacked(row: Row, width: int) -> Iterator[Line]:
    if row.is_equal or not (row.left and row.right):
        sign = "  " if row.is_equal else "+ " if row.left else "− "
        yield (Piece(sign, "muted"), *_seen(row.left or row.right, width - 2))
        return
    yield (Piece("− ", "warn"), *_seen(row.right, width - 2))
    yield (Piece("+ ", "warn"), *_seen(row.left, width - 2))


# Why it failed


def _why(letter: DeadLetter) -> Iterator[Row]:
    yield _wide("exception", letter.exception, "bad")
    message = letter.message
    lines: Sequence[str | Problem] = [message] if isinstance(message, Problem) else message.splitlines() or [""]
    for number, text in enumerate(lines[:MOST_LINES]):
        yield _wide("" if number else "message", text)
    yield _wide("attempts", f"{_words(letter.attempts)}   sent {_times(letter.sent)}")
    if letter.passes > 1:
        first = letter.first_origin.place
        text = f"{first}, {letter.passes} times a dead letter" if isinstance(first, Place) else first
        yield _wide("first from", text)
    group = letter.last_origin.group
    yield _wide("group", group)
    if isinstance(letter.connector, str):
        yield _wide("connector", f"{letter.connector}   task {_words(letter.task)}   {_words(letter.stage)}")
    yield Row(is_wide=True)


def _wide(label: str, value: str | Problem, part: str = "normal") -> Row:
    if isinstance(value, Problem):
        return Row((_label(label), piece(f"({value.text})", "muted")), is_wide=True)
    return Row((_label(label), piece(value.expandtabs(4), part)), is_wide=True)


def _words(value: object) -> str:
    return f"({value.text})" if isinstance(value, Problem) else str(value)


def _times(sent: int | Problem) -> str:
    return _words(sent) if isinstance(sent, Problem) else f"{sent} time{'' if sent == 1 else 's'}"


# What lies beside what


def _beside(letter: DeadLetter, origin: Fetched | None, decode: Decode) -> Iterator[Row]:
    record = letter.record
    title = (Piece(" failed ", "title"), piece(f" {letter.place}"))
    hidden = [each.masked for each in (record, origin) if isinstance(each, Record) and each.masked is not None]
    if hidden:
        yield Row((_label("masked"), piece(f"{hidden[0].text}; what is hidden is not compared", "warn")), is_wide=True)
    if not isinstance(origin, Record):
        yield _no_origin(letter, origin)
        yield Row(title, is_wide=True)
        yield from _alone(letter, decode(record))
        return
    one, other = decode(record), decode(origin)
    yield Row(title, (Piece(" origin ", "title"), piece(f" {letter.last_origin.place}")))
    yield Row(_written(record), _written(origin))
    yield _pair("key", record.key == origin.key, _brief(one.key), _brief(other.key))
    yield from _headers(letter, record, origin, one, other)
    yield from _value(letter, record, origin, one.value, other.value)
    yield from _own(letter, one)


def _no_origin(letter: DeadLetter, origin: Problem | None) -> Row:
    """Its place, as far as it is told, and why the record is not here."""
    place = letter.last_origin.place
    where = f"{place}   " if isinstance(place, Place) else ""
    if origin is None:
        return Row((_label("origin"), piece(f"{where}is being read …", "muted")), is_wide=True)
    return Row((_label("origin"), piece(f"{where}not there: {origin.text}", "warn")), is_wide=True)


def _alone(letter: DeadLetter, decoded: DecodedRecord) -> Iterator[Row]:
    """There is nothing to compare with."""
    yield Row(_written(letter.record), is_wide=True)
    yield Row((_label("key"), piece(_brief(decoded.key))), is_wide=True)
    for (name, _), (_, header) in zip(letter.record.headers, decoded.headers, strict=True):
        if name not in letter.own:
            yield Row((_label("header"), piece(_header(name, header))), is_wide=True)
    lines, note = _lines_of(decoded.value)
    yield from (
        Row((_label("" if number else "value"), piece(text)), is_wide=True) for number, text in enumerate(lines)
    )
    if note:
        yield Row((_label(""), piece(note, "muted")), is_wide=True)
    yield from _own(letter, decoded)


def _written(record: Record) -> Line:
    return _label("written"), Piece(moment(record.timestamp_ms).text, "muted")


def _brief(decoded: Decoded) -> str:
    return plain(brief_field(decoded.raw, decoded, _BRIEF))


def _header(name: str, decoded: Decoded) -> str:
    return f"{name}  {_brief(decoded)}"


def _headers(
    letter: DeadLetter, record: Record, origin: Record, one: DecodedRecord, other: DecodedRecord
) -> Iterator[Row]:
    """In their order, without what the dialect wrote: equal is equal in name, bytes and place."""
    lefts = [
        (header, each) for header, each in zip(record.headers, one.headers, strict=True) if not _is_own(letter, header)
    ]
    rights = list(zip(origin.headers, other.headers, strict=True))
    for left, right in _matched([each[0] for each in lefts], [each[0] for each in rights]):
        said = "" if left is None else _header(*lefts[left][1])
        was = "" if right is None else _header(*rights[right][1])
        is_equal = left is not None and right is not None and lefts[left][0] == rights[right][0]
        yield _pair("header", is_equal, said if left is not None else None, was if right is not None else None)


def _is_own(letter: DeadLetter, header: Header) -> bool:
    return header[0] in letter.own


def _value(letter: DeadLetter, record: Record, origin: Record, one: Decoded, other: Decoded) -> Iterator[Row]:
    if letter.is_pointer:
        yield Row((_label("value"), Piece("a pointer: only the origin has it", "muted")), (_label("value"),))
    lefts, note = _lines_of(one)
    rights, other_note = _lines_of(other)
    is_same = record.value == origin.value
    for number, (left, right) in enumerate(_matched(lefts, rights)):
        said, was = None if left is None else lefts[left], None if right is None else rights[right]
        yield _pair("" if number else "value", said == was, said, was)
    if not is_same and lefts == rights:
        yield Row((_label(""), Piece("it reads the same, but its bytes are others", "warn")), is_wide=True)
    if note or other_note:
        yield Row((_label(""), piece(note, "muted")), (_label(""), piece(other_note, "muted")))


def _own(letter: DeadLetter, decoded: DecodedRecord) -> Iterator[Row]:
    """What the dialect wrote, but for what stands above and below already."""
    dialect = letter.dialect
    shown = {*dialect.exception, *dialect.message, *dialect.stacktrace}
    own = [(name, header) for name, header in decoded.headers if name in letter.own and name not in shown]
    if own:
        yield Row((_label(""), piece(f"{len(own)} more headers, written by {dialect.title}:", "muted")), is_wide=True)
    for name, header in own:
        yield Row((_label(""), piece(_header(name, header), "muted")), is_wide=True)


def _pair(label: str, is_equal: bool, left: str | None, right: str | None) -> Row:
    """None: there is none on that side."""
    if is_equal or left is None or right is None:
        part = "muted" if is_equal else "lit"
        lines = [() if each is None else (_label(label), piece(each, part)) for each in (left, right)]
        return Row(lines[0], lines[1], is_equal=is_equal)
    return Row((_label(label), *_lit(left, right)), (_label(label), *_lit(right, left)))


def _lit(text: str, other: str) -> Line:
    """What it does not have in common with the other one at its beginning and at its end."""
    most = min(len(text), len(other))
    first = next((at for at in range(most) if text[at] != other[at]), most)
    last = next((at for at in range(most - first) if text[-1 - at] != other[-1 - at]), most - first)
    until = len(text) - last
    if first == until:
        return (piece(text),)
    return piece(text[:first]), piece(text[first:until], "lit"), piece(text[until:])


def _matched(left: Sequence[object], right: Sequence[object]) -> Iterator[tuple[int | None, int | None]]:
    """The numbers of what belongs together, in order; None: there is nothing on that side."""
    for _, first, until, other_first, other_until in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        yield from zip_longest(range(first, until), range(other_first, other_until))


def _lines_of(decoded: Decoded) -> tuple[list[str], str]:
    """A value as lines, safe for a terminal, and what is to be known about them."""
    value = decoded.value
    if not isinstance(value, Problem) and is_node(value):
        tree = Tree(value)
        tree.unfold_all()
        lines = [plain(tree.line(branch)).removeprefix("  ") for branch in tree.branches]
        note = "deeper parts are not compared" if tree.is_cut else ""
    elif decoded.decoder == "text" and decoded.raw:
        lines = [
            safe_text(line.expandtabs(4)) for line in decoded.raw[:MOST_TEXT].decode(errors="replace").splitlines()
        ]
        note = "" if len(decoded.raw) <= MOST_TEXT else f"only the first {MOST_TEXT >> 10} KiB are compared"
    else:
        lines, note = [_brief(decoded)], ""
    if len(lines) > MOST_LINES:
        return lines[:MOST_LINES], f"only the first {MOST_LINES} lines are compared"
    return lines, note


# The stack trace


def _stack(letter: DeadLetter, is_unfolded: bool) -> Iterator[Row]:
    trace = letter.stacktrace
    yield Row(is_wide=True)
    if isinstance(trace, Problem):
        yield _wide("stack trace", trace)
        return
    whole = trace[:MOST_TEXT].splitlines()
    folded = fold(trace[:MOST_TEXT])
    if len(folded) < len(whole):
        how = "enter folds it" if is_unfolded else "folded: enter unfolds it"
        yield Row((_label("stack trace"), Piece(f"{len(whole)} lines, {how}", "muted")), is_wide=True)
    else:
        yield Row((_label("stack trace"),), is_wide=True)
    for line in whole if is_unfolded else folded:
        yield Row((piece(line.expandtabs(4)),), is_wide=True)
    if len(trace) > MOST_TEXT:
        yield Row((Piece(f"the rest of {len(trace):,} characters is not shown", "muted"),), is_wide=True)
