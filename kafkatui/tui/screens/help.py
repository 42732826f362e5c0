"""The help: the words of the place one is in, each with what is on screen, then the keys that act there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
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


class HelpScreen(ModalScreen[None]):
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
                with Vertical(classes="words"):
                    yield from self._explained()
                yield Static(keys_text(self._keys), classes="keys")

    def _explained(self) -> Iterator[Horizontal]:
        words = [*self._words, *SIGNS]
        width = max(len(word.word) for word in words) + 2
        for word in words:
            name = Static(Content.styled(word.word or "●", "$primary bold"))
            name.styles.width = width
            yield Horizontal(name, Static(_sentence(word), classes="sentence"))

    def _same(self) -> Content:
        return Content.assemble(("The same on the command line  ", "$muted"), (safe_text(self._command), "$primary"))

    def action_close(self) -> None:
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        self.query_one("#help").scroll_relative(y=by * 3, animate=False)


def _sentence(word: Word) -> Content:
    return Content.assemble(word.sentence, (f"  {word.example}" if word.example else "", "$muted"))


def keys_text(keys: Sequence[KeyHelp]) -> Content:
    width = max((len(key.keys) for key in keys), default=0) + 2
    return Content("\n").join(_key(key, width) for key in keys)


def _key(key: KeyHelp, width: int) -> Content:
    if key.why_not:
        return Content.styled(f"{key.keys.ljust(width)}{key.text}; not now: {key.why_not}", "$faint")
    return Content.assemble((key.keys.ljust(width), "$primary"), key.text)
