"""The form of a replay: target, partitions, timestamps, headers, rate, name. What it means is `replays.draft`'s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from textual import on
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

from kafkatui.replay.spec import Headers, Timestamps
from kafkatui.replay.words import WAYS
from kafkatui.safe_text import safe_text
from kafkatui.tui.replays.draft import Draft
from kafkatui.tui.widgets.choice_line import ChoiceLine
from kafkatui.tui.widgets.form import Form, put
from kafkatui.tui.widgets.line_input import LineInput


class ReplayForm(Form):
    """Keeps what was typed and chosen while it is hidden, too."""

    def __init__(self, draft: Draft, topics: Mapping[str, int]) -> None:
        """`topics`: what the target may be, with how many partitions."""
        super().__init__()
        self.draft = draft
        # An input paints what it offers as it is.
        names = sorted(name for name in topics if safe_text(name) == name)
        self.target, self.rate, self.job = LineInput(), LineInput(), LineInput()
        self.target.suggester = SuggestFromList(names)
        self.rate.placeholder = "as fast as it goes"
        self.way = ChoiceLine(tuple(WAYS))
        self.timestamps = ChoiceLine(tuple(Timestamps))
        self.headers = ChoiceLine(tuple(Headers))

    def lines(self) -> Iterator[tuple[str, Widget]]:
        yield "to topic", self.target
        yield "partitions", self.way
        yield "timestamps", self.timestamps
        yield "headers", self.headers
        yield "records/s", self.rate
        yield "job", self.job

    def on_mount(self) -> None:
        for field, value in (
            (self.target, self.draft.target),
            (self.rate, self.draft.rate),
            (self.job, self.draft.job),
        ):
            put(field, value)

    @on(Input.Changed)
    @on(ChoiceLine.Changed)
    def _take(self) -> None:
        self.draft = replace(
            self.draft,
            target=self.target.value,
            way=self.way.value,
            timestamps=self.timestamps.value,
            headers=self.headers.value,
            rate=self.rate.value,
            job=self.job.value,
        )
        self.post_message(self.Changed())

    def complete(self) -> bool:
        """Take what the target offers; False: nothing."""
        before = self.target.value
        if self.target.has_focus:
            self.target.action_cursor_right()
        return self.target.value != before
