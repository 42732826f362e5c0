"""A line of a record on screen: pieces of safe text, each with what it means. Colours are the style sheet's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from kafkatui.safe_text import safe_text

PARTS = ("normal", "muted", "faint", "name", "text", "number", "word", "title", "accent", "warn", "bad", "lit")
"""What a piece may mean: each is a component class of the widgets that paint lines."""


class Piece(NamedTuple):
    """A part of a line. Made by `piece`, so that its text is safe for a terminal."""

    text: str
    part: str = "normal"


Line: TypeAlias = tuple[Piece, ...]


def piece(text: str, part: str = "normal") -> Piece:
    """Of text from anywhere."""
    return Piece(safe_text(text), part)


def plain(line: Line) -> str:
    """What it says."""
    return "".join(each.text for each in line)


def lit(line: Line, words: Sequence[str]) -> Line:
    """The same line with every occurrence of the words lit up, also where one crosses pieces."""
    wanted = [re.escape(safe_text(word)) for word in words if word]
    if not wanted:
        return line
    spans = [match.span() for match in re.finditer("|".join(wanted), plain(line))]
    return tuple(_cut(line, spans)) if spans else line


def _cut(line: Line, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    at = 0
    for each in line:
        done, end = at, at + len(each.text)
        for first, until in spans:
            first, until = max(first, at), min(until, end)
            if first < until:
                yield Piece(each.text[done - at : first - at], each.part)
                yield Piece(each.text[first - at : until - at], "lit")
                done = until
        yield Piece(each.text[done - at :], each.part)
        at = end


def shifted(line: Line, room: int) -> Line:
    """The line from further on where what is lit up would not be seen within `room` characters."""
    at = 0
    for each in line:
        if each.part == "lit":
            break
        at += len(each.text)
    else:
        return line
    if at + len(each.text) <= room or room < 12:
        return line
    return (Piece("…", "muted"), *_after(line, at - room // 3))


def _after(line: Line, start: int) -> Iterator[Piece]:
    at = 0
    for each in line:
        if at + len(each.text) > start:
            yield Piece(each.text[max(0, start - at) :], each.part)
        at += len(each.text)
