"""One line made of parts, the least important given up first. Styles are theme variables, texts never markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from kafkatui.columns.cells import Tone

STYLES = {
    Tone.NORMAL: "",
    Tone.MUTED: "$muted",
    Tone.OK: "$success",
    Tone.WARN: "$warning",
    Tone.BAD: "$error",
    Tone.STALE: "$stale",
}
GAP = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line. Of those that do not fit the highest rank goes first; rank 0 stays."""

    content: Content
    rank: int = 0
    short: Content | None = None
    """What stands there instead where even what stays has too little room."""


def part(text: str, style: str = "", rank: int = 0) -> Part:
    return Part(Content.styled(text, style), rank)


def line(left: Sequence[Part], right: Sequence[Part], width: int, gap: int = GAP) -> Content:
    """`left` from the left and `right` to the right edge, with one empty cell at both."""
    kept = [*left, *right]
    while len(kept) > 1 and _length(kept, gap) > width - 2:
        worst = max(kept, key=lambda each: each.rank)
        if worst.rank == 0:
            break
        kept = [each for each in kept if each is not worst]
    if _length(kept, gap) > width - 2:
        left, right, kept = _shorter(left), _shorter(right), _shorter(kept)
    lefts = Content(" " * gap).join([each.content for each in left if each in kept])
    rights = Content(" " * gap).join([each.content for each in right if each in kept])
    space = max(1, width - 2 - lefts.cell_length - rights.cell_length)
    return Content.assemble(" ", lefts, " " * space, rights, " ").truncate(width, ellipsis=True)


def _shorter(parts: Sequence[Part]) -> list[Part]:
    return [each if each.short is None else Part(each.short, each.rank) for each in parts]


def _length(parts: Sequence[Part], gap: int) -> int:
    return sum(each.content.cell_length + gap for each in parts) - gap
