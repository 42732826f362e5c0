"""Decoded data as a tree that folds: which lines are shown, and what each says. Only open nodes are ever walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from kafkatui.decoding.decoded import Plain
from kafkatui.tui.records.brief import brief, scalar
from kafkatui.tui.records.line import Line, Piece, piece

Path: TypeAlias = tuple[str | int, ...]
PORTION = 100
"""Children of a node that are shown at once; a line leads to the next ones."""
OPEN_LINES = 1_000
"""Lines that unfolding everything may make."""
LONGEST = 300
"""Characters of a text within the tree; the text itself shows all of them."""
_FIRST_LEVELS = 2


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree."""

    path: Path
    value: Plain
    more: int = 0
    """Instead of a value: so many children of the node at `path` are not shown yet."""


class Tree:
    """The lines as they are folded now."""

    def __init__(self, value: Plain) -> None:
        self._value = value
        self._open: set[Path] = set()
        self._portions: dict[Path, int] = {}
        self.is_cut = False
        """Whether unfolding everything had to end early."""
        self._open_levels(_FIRST_LEVELS, PORTION)
        self.is_cut = False
        self.branches = self._shown()

    def toggle(self, branch: Branch, want: bool | None = None) -> bool:
        """Fold or unfold a line, or show the next children; `want` True only unfolds, False only folds."""
        if branch.more:
            if want is False:
                return False
            self._portions[branch.path] = self._portion(branch.path) + PORTION
        elif not is_node(branch.value) or want is (branch.path in self._open):
            return False
        else:
            self._open ^= {branch.path}
        self.branches = self._shown()
        return True

    def fold_all(self) -> None:
        self._open, self.is_cut = {()}, False
        self.branches = self._shown()

    def unfold_all(self) -> None:
        """As far as `OPEN_LINES` go."""
        self._open = set()
        self.is_cut = False
        self._open_levels(None, OPEN_LINES)
        self.branches = self._shown()

    def _open_levels(self, levels: int | None, most: int) -> None:
        """Breadth first, so that what is cut is what lies deepest."""
        level: list[tuple[Path, Plain]] = [((), self._value)]
        lines, depth = 1, 0
        while level and depth != levels:
            deeper: list[tuple[Path, Plain]] = []
            for path, value in level:
                if not is_node(value):
                    continue
                children = list(self._children(path, value))
                lines += len(children)
                if lines > most and path:
                    self.is_cut = True
                    return
                self._open.add(path)
                deeper += children
            level, depth = deeper, depth + 1

    def _shown(self) -> list[Branch]:
        found: list[Branch] = []
        stack: list[Branch] = [Branch((), self._value)]
        while stack:
            branch = stack.pop()
            found.append(branch)
            if branch.more or branch.path not in self._open or not is_node(branch.value):
                continue
            rest = len(branch.value) - self._portion(branch.path)  # type: ignore[arg-type]
            if rest > 0:
                stack.append(Branch(branch.path, None, rest))
            stack += reversed([Branch(path, value) for path, value in self._children(branch.path, branch.value)])
        return found

    def _portion(self, path: Path) -> int:
        return self._portions.get(path, PORTION)

    def _children(self, path: Path, value: Plain) -> Iterator[tuple[Path, Plain]]:
        portion = self._portion(path)
        if isinstance(value, dict):
            yield from (((*path, name), item) for name, item in islice(value.items(), portion))
        elif isinstance(value, list):
            yield from (((*path, number), item) for number, item in enumerate(islice(value, portion)))

    def line(self, branch: Branch) -> Line:
        """What one line says, indented."""
        depth = len(branch.path)
        if branch.more:
            return Piece("  " * (depth + 1)), piece(f"… {branch.more:,} more: enter shows the next {PORTION}", "muted")
        name = branch.path[-1] if branch.path else None
        label = () if name is None else (piece(str(name), "faint" if isinstance(name, int) else "name"), Piece("  "))
        if not is_node(branch.value):
            return (Piece("  " * depth + "  "), *label, *_scalar(branch.value))
        is_open = branch.path in self._open
        sign = Piece("  " * depth + ("▾ " if is_open else "▸ "), "accent")
        return (
            sign,
            *label,
            *_count(branch.value),
            *([] if is_open else [piece(f"  {brief(branch.value, 120)}", "muted")]),
        )


def is_node(value: Plain) -> bool:
    """Whether there is something in it to unfold."""
    return isinstance(value, (dict, list)) and bool(value)


def _count(value: Plain) -> Line:
    count = len(value) if isinstance(value, (dict, list)) else 0
    signs = "{}" if isinstance(value, dict) else "[]"
    return (Piece(f"{signs[0]}{count:,}{signs[1]}", "faint"),)


def _scalar(value: Plain) -> Line:
    if isinstance(value, str):
        rest = len(value) - LONGEST
        note = (piece(f" … {rest:,} characters more: the view Text has all", "muted"),) if rest > 0 else ()
        return (piece(scalar(value, LONGEST), "text"), *note)
    if isinstance(value, bytes):
        rest = len(value) - LONGEST // 2
        return (
            piece(scalar(value, LONGEST // 2), "muted"),
            piece(f" … {rest:,} bytes more" if rest > 0 else "", "muted"),
        )
    if isinstance(value, (dict, list)):
        return (Piece("{}" if isinstance(value, dict) else "[]", "faint"),)
    return (piece(scalar(value), "word" if value is None or isinstance(value, bool) else "number"),)
