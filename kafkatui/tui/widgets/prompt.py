"""A line to type into at the bottom, with hint, error, completion and history. What it asks is the owner's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.widgets.line_input import LineInput

Histories = dict[str, list[str]]
"""What was typed, oldest first, by the name of the question."""
Check = Callable[[str], str]
"""What is wrong with a text; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    name: str
    """Tells the owner's questions apart, and has a history of its own."""
    label: str
    hint: str
    check: Check
    completions: Sequence[str] = ()


class PromptInput(LineInput):
    """Enter gives the text, escape gives up, up and down go through what was typed before."""

    BINDINGS = bindings("prompt")

    @dataclass
    class Left(Message):
        """Nothing was given."""

    @dataclass
    class Recalled(Message):
        """An older or newer text is wanted."""

        by: int

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_recall(self, by: int) -> None:
        self.post_message(self.Recalled(by))

    def action_complete(self) -> None:
        self.action_cursor_right()


class Prompt(Horizontal):
    """Hidden while nothing is asked."""

    @dataclass
    class Answered(Message):
        """A text that passed the check."""

        name: str
        text: str

    @dataclass
    class Closed(Message):
        """It was left without an answer."""

    def __init__(self, histories: Histories) -> None:
        """`histories` outlives it, and is shared by all that ask the same."""
        super().__init__()
        self.histories = histories
        self._question: Question | None = None
        self._at = 0

    def compose(self) -> ComposeResult:
        yield Static("", classes="label", markup=False)
        yield PromptInput()
        yield Static("", classes="hint", markup=False)

    def on_mount(self) -> None:
        self.display = False

    @property
    def input(self) -> PromptInput:
        return self.query_one(PromptInput)

    def ask(self, question: Question, text: str = "") -> None:
        self._question = question
        self._at = len(self.histories.setdefault(question.name, []))
        self.query_one(".label", Static).update(Content(question.label))
        self._say(question.hint, "$muted")
        self.input.suggester = SuggestFromList(question.completions) if question.completions else None
        # An input paints what it holds as it is: a text taken from a record may not stand in it.
        text = text if safe_text(text) == text else ""
        self.input.value = text
        self.input.cursor_position = len(text)
        self.display = True
        # At once, not with the next messages: keys that follow at once are meant for it.
        self.screen.set_focus(self.input)

    def _say(self, text: str, style: str) -> None:
        self.query_one(".hint", Static).update(Content.styled(safe_text(text), style))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        question = self._question
        if question is not None:
            wrong = question.check(event.value) if event.value.strip() else ""
            self._say(wrong or question.hint, "$warning" if wrong else "$muted")

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        question = self._question
        if question is None:
            return
        text = event.value.strip()
        wrong = question.check(text)
        if wrong:
            self._say(wrong, "$error")
            return
        history = self.histories[question.name]
        if text:
            self.histories[question.name] = [*(each for each in history if each != text), text]
        self._close()
        self.post_message(self.Answered(question.name, text))

    @on(PromptInput.Left)
    def _left(self, event: PromptInput.Left) -> None:
        event.stop()
        self._close()
        self.post_message(self.Closed())

    @on(PromptInput.Recalled)
    def _recall(self, event: PromptInput.Recalled) -> None:
        event.stop()
        if self._question is None:
            return
        history = self.histories[self._question.name]
        self._at = max(0, min(len(history), self._at + event.by))
        self.input.value = history[self._at] if self._at < len(history) else ""
        self.input.cursor_position = len(self.input.value)

    def _close(self) -> None:
        self._question = None
        self.display = False

    def on_key(self, event: events.Key) -> None:
        """What is typed here is no command."""
