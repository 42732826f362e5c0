"""The help: the words of the place one is in, each with what is on screen, then the keys that act there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.screens.modal import Modal
from kafkatui.tui.words import Word

SIGNS = (
    Word("–", "Nothing there: no commit, no rate yet."),
    Word("…", "Not read yet."),
    Word("?", "Could not be read; the line at the bottom says why. A number before it is the last good one."),
)


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One key as the help names it."""

    keys: str
    text: str
    why_not: str = ""
    """Why it can not act now."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name and what is said of it."""

    name: str
    style: str
    said: Content


class Entries(Widget):
    """Each name with its text beside it, in one widget: a widget for each takes half a second to build."""

    def __init__(self, entries: Sequence[Entry], classes: str) -> None:
        super().__init__(classes=classes)
        self._entries = entries
        self._indent = max((len(entry.name) for entry in entries), default=0) + 2

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for entry in self._entries:
            first, *others = entry.said.wrap(max(10, width - self._indent))
            lines.append(Content.assemble((entry.name.ljust(self._indent), entry.style), first))
            lines += [line.pad_left(self._indent) for line in others]
        return lines


class HelpScreen(Modal[None]):
    """Words on the left, keys on the right; below each other where it is narrow."""

    BINDINGS = bindings("help")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]  # noqa: RUF012

    def __init__(self, title: str, words: Sequence[Word], keys: Sequence[KeyHelp], command: str) -> None:
        super().__init__()
        self._heading = title
        self._words = words
        self._keys = keys
        self._command = command

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help") as pane:
            pane.border_title = Content(f" {safe_text(self._heading)} ")
            if self._command:
                yield Static(self._same(), classes="same")
            with Horizontal(classes="columns"):
                yield Entries([_word(word) for word in (*self._words, *SIGNS)], classes="words")
                yield Entries([_key(key) for key in self._keys], classes="keys")

    def _same(self) -> Content:
        return Content.assemble(("The same on the command line  ", "$muted"), (safe_text(self._command), "$primary"))

    def action_close(self) -> None:
        self.close()

    def action_scroll(self, by: int) -> None:
        self.query_one("#help").scroll_relative(y=by * 3, animate=False)


def _word(word: Word) -> Entry:
    example = f"  {word.example}" if word.example else ""
    return Entry(word.word, "$primary bold", Content.assemble(word.sentence, (example, "$muted")))


def _key(key: KeyHelp) -> Entry:
    if key.why_not:
        return Entry(key.keys, "$faint", Content.styled(f"{key.text}; not now: {key.why_not}", "$faint"))
    return Entry(key.keys, "$primary", Content(key.text))
