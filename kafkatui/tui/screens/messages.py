"""Messages: the records of topics as a list, the one under the cursor beside it, a search or a live tail in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from textual import events, on, work

from kafkatui.columns.cells import bytes_text, counted
from kafkatui.filters import FilterError, Selection, compile_filter
from kafkatui.model.errors import Unreachable
from kafkatui.model.moments import local
from kafkatui.model.positions import AtTime, Position, PositionError, parse_position, parse_range
from kafkatui.model.records import Place, Record
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Back, Edit, Replay, Trace
from kafkatui.tui.records.clip import Clip, clips_of, command_for
from kafkatui.tui.records.explained import COMPLETIONS, POSITIONS
from kafkatui.tui.records.export import at_hand, export, path_of, wrong_path
from kafkatui.tui.records.hunt import found_again, records_of
from kafkatui.tui.records.query import HINT, parse_query
from kafkatui.tui.records.scope import Scope, position_words
from kafkatui.tui.records.window import Row
from kafkatui.tui.replaying import why_read_only
from kafkatui.tui.replays.draft import Pointed, looked_at, pointed_at
from kafkatui.tui.screens.choosing import SHOWN, Choice, ChooseScreen
from kafkatui.tui.screens.reading import ReadingScreen
from kafkatui.tui.screens.tracing import TraceScreen
from kafkatui.tui.widgets.prompt import Prompt, PromptInput, Question
from kafkatui.tui.widgets.record_list import RecordList
from kafkatui.tui.widgets.record_view import RecordView

MOST_COPIED = 1 << 20
"""Bytes: terminals take less than that, and all of it goes through the terminal."""


class MessagesScreen(ReadingScreen):
    """What its keys do."""

    BINDINGS = bindings("messages")

    def why_not(self, action: str) -> str:
        if action == "pause" and (self.looking is None or self.looking.tail is None):
            return "nothing is followed; f follows"
        if action in {"next", "previous", "back"}:
            return ""
        if action in {"mark", "trace", "copy", "edit"} and not isinstance(self.records.row, Record):
            return "there is no record here"
        if action == "edit":
            return why_read_only(self.connection) or _why_hidden(self.records.row)
        if action == "replay":
            return why_read_only(self.connection) or self._why_not_pointed()
        looking = self.looking
        if action == "export" and not self.records.marked and (looking is None or looking.found is None):
            return "nothing is marked or found: space marks, / finds"
        return super().why_not(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "edit" and not (self.connection is not None and self.connection.edit):
            # There is no such key unless the context has it.
            return False
        return super().check_action(action, parameters)

    def action_next(self) -> None:
        """Between the list and the record."""
        if self.record_view.has_focus:
            self.set_class(False, "-record")
            self.records.focus()
        else:
            self._enter()

    action_previous = action_next

    def action_back(self) -> None:
        """One thing less: the record, the search under way, the tail, the filter; then the screen before."""
        looking = self.looking
        if self.record_view.has_focus:
            self.action_next()
        elif looking is not None and looking.hunt is not None and not looking.hunt.is_over:
            self.stop("hunt")
        elif looking is not None and looking.tail is not None:
            self.action_follow()
        elif self.scope.query and not self.scope.is_timeline:
            self.open(replace(self.scope, query="", selection=Selection()))
        else:
            self.post_message(Back())

    def action_filter(self) -> None:
        self.query_one(Prompt).ask(Question("filter", "/", HINT, _wrong_query), self.scope.query)

    def action_jump(self) -> None:
        self.query_one(Prompt).ask(Question("position", "→", POSITIONS, self._wrong_position, COMPLETIONS))

    def _now(self) -> datetime:
        return local(self.clock())

    def _wrong_position(self, text: str) -> str:
        try:
            parse_range(text, self._now())
        except PositionError as error:
            return str(error)
        return ""

    @on(Prompt.Answered)
    def _answered(self, event: Prompt.Answered) -> None:
        self.records.focus()
        if event.name == "filter":
            selection = parse_query(event.text)
            self.open(replace(self.scope, query=event.text, selection=selection))
        elif event.name == "export":
            self._export(path_of(event.text))
        elif event.text:
            self._go_to_position(event.text)

    @on(Prompt.Closed)
    def _gave_up(self) -> None:
        self.records.focus()

    def _go_to_position(self, text: str) -> None:
        try:
            self._jump(parse_position(text, self._now()))
        except PositionError:
            found = parse_range(text, self._now())
            self.open(replace(self.scope, range=found, range_text=text))

    @work(exclusive=True, group="fill")
    async def _jump(self, position: Position) -> None:
        looking = self.looking
        if looking is None:
            return
        self._stop_tail()
        try:
            there = await looking.jump(position)
        except Unreachable as error:
            self.say_state(error.problem.text)
            return
        self.take_rows()
        if not there:
            self.say(f"nothing lies at or after {position_words(position)}: this is the newest record")
        elif isinstance(position, AtTime):
            self.say(f"at {position_words(position)}")

    def action_order(self) -> None:
        looking = self.looking
        self.scope = replace(self.scope, newest_first=not self.scope.newest_first)
        self.records.turn_round(self.scope.newest_first)
        if looking is not None and looking.found is not None:
            looking.found.newest_first = self.scope.newest_first
        elif looking is not None:
            self.post_message(RecordList.EndAsked(newest=self.scope.newest_first))
        self.show_scope()

    def action_follow(self) -> None:
        if self.looking is None:
            return
        if self.looking.tail is None:
            self.follow(self.looking)
        else:
            self._stop_tail()
            self.show_scope()

    def _stop_tail(self) -> None:
        if self.looking is not None and self.looking.tail is not None:
            self.stop("tail")
            self.looking.tail = None
            self._said = ""

    def action_pause(self) -> None:
        tail = self.looking.tail if self.looking else None
        if tail is not None:
            tail.pause(not tail.is_paused)
            self.show_scope()

    def action_view(self) -> None:
        self.view = self.view.next
        if self.record_view.sheet is not None:
            self.record_view.choose(self.view)

    def action_again(self) -> None:
        self.open(self.scope)

    def action_mark(self) -> None:
        self.records.mark()
        self._explain()

    # Copies, files, timelines

    def action_copy(self) -> None:
        """One thing of the record under the cursor."""
        row = self.records.row
        if isinstance(row, Record):
            clips = clips_of(row, command_for(row, self.connection))
            choices = [Choice(clip.what, safe_text(clip.text[:SHOWN]), clip) for clip in clips]
            self.app.push_screen(ChooseScreen("Copy", choices), self._copy_clip)

    @on(RecordView.CopyAsked)
    def _copy_line(self, event: RecordView.CopyAsked) -> None:
        if event.clip is None:
            self.action_copy()
        else:
            self._copy_clip(event.clip)

    def _copy_clip(self, clip: Clip | None) -> None:
        if clip is None:
            return
        size = len(clip.text.encode())
        if size > MOST_COPIED:
            self.say(f"{clip.what} has {bytes_text(size)}, too much for a clipboard; e writes records to a file")
            return
        self.app.copy_to_clipboard(clip.text)
        self.say(f"copied {clip.what}")

    def action_export(self) -> None:
        what = f"{len(self.records.marked)} marked" if self.records.marked else "all found"
        hint = f"{what}, as ndjson: the name of a file that is not there yet"
        self.query_one(Prompt).ask(Question("export", "file", hint, wrong_path))

    @work(exclusive=True, group="export")
    async def _export(self, path: Path) -> None:
        try:
            count = await export(path, self._exported())
        except (OSError, Unreachable) as error:
            self.say(f"{path}: {error}")
        else:
            self.say(f"{counted(count, 'record')} written to {path}")

    def _exported(self) -> AsyncIterator[Sequence[Record]]:
        """The marked ones; else all that a search found, searched for again where not all are at hand."""
        looking, marked = self.looking, self.records.marked
        if marked or looking is None or looking.found is None or looking.hunt is None:
            return at_hand(records_of(list(marked.values())))
        if looking.found.dropped or not looking.hunt.is_over or looking.hunt.was_cancelled:
            return found_again(looking.source, looking.hunt)
        return at_hand(records_of(looking.found.rows))

    def action_trace(self) -> None:
        row = self.records.row
        if isinstance(row, Record):
            topics = [name for name, topic in self.snapshot.topics.items() if not topic.internal]
            self.app.push_screen(TraceScreen(row, topics or [row.topic], self._now()), self._trace)

    def _trace(self, scope: Scope | None) -> None:
        if scope is not None:
            self.post_message(Trace(scope))

    # Sending again

    def _pointed(self) -> Pointed | None:
        marked = self.records.marked
        if marked:
            return pointed_at(marked.values())
        return looked_at(self.scope, None if self.looking is None else self.looking.plan)

    def _why_not_pointed(self) -> str:
        if self._pointed() is not None:
            return ""
        if self.records.marked:
            return "what is marked is no record, or of several topics: a replay has one source"
        return (
            "a replay has one source: mark records of one topic"
            if len(self.scope.topics) > 1
            else "nothing is read yet"
        )

    def action_edit(self) -> None:
        row = self.records.row
        if isinstance(row, Record):
            self.post_message(Edit(Place(row.topic, row.partition, row.offset)))

    def action_replay(self) -> None:
        pointed = self._pointed()
        if pointed is not None:
            self.post_message(Replay(pointed))

    def on_key(self, event: events.Key) -> None:
        if not isinstance(self.focused, PromptInput):
            super().on_key(event)


def _why_hidden(row: Row | None) -> str:
    """An editor would show what is hidden, or write what stands in its place."""
    masked = row.masked if isinstance(row, Record) else None
    return "" if masked is None else f"{masked.text}: it is not shown whole, so it can not be edited"


def _wrong_query(text: str) -> str:
    try:
        compile_filter(parse_query(text), None)
    except FilterError as error:
        return str(error)
    return ""
