"""The desk of one dead-letter topic: causes left, the letters of one right, below a letter beside its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from shlex import quote

from textual import events, on, work
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from kafkatui.columns.cells import counted
from kafkatui.dead_letters.back_plan import Asked
from kafkatui.dead_letters.causes import cause_of
from kafkatui.dead_letters.letter import DeadLetter, Text
from kafkatui.dead_letters.look import Look
from kafkatui.dead_letters.origin import Fetched
from kafkatui.model.errors import Unreachable
from kafkatui.model.positions import Range
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place as Where
from kafkatui.model.records import Record
from kafkatui.model.snapshot import Snapshot
from kafkatui.replay.spec import At, Timestamps, default_job
from kafkatui.replay.spec import Redrive as RedriveSpec
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.letters.beside import Comparison
from kafkatui.tui.letters.rows import CAUSES, LETTERS, CauseLine, LetterLine, cause_lines, key_of_line
from kafkatui.tui.letters.source import Letters, OpenedLetters
from kafkatui.tui.letters.state import activity_parts, look_parts
from kafkatui.tui.messages import Redrive
from kafkatui.tui.replaying import why_read_only
from kafkatui.tui.screens.choosing import Choice, ChooseScreen
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.widgets.beside_view import BesideView
from kafkatui.tui.widgets.scope_line import ScopeLine
from kafkatui.tui.widgets.table import Table

REST = 0.05
"""Seconds after the last move until the letter under the cursor is compared with its origin."""
_PARTS = ("causes", "letters", "beside")
_KEPT = 1_000
"""Origins that are remembered."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be sent back; neither: all of it."""

    causes: tuple[str, ...] = ()
    letters: frozenset[At] = frozenset()
    """Partition and offset of each."""


class LettersTable(Table[LetterLine]):
    """What is copied of a letter is where it lies."""

    def action_copy(self) -> None:
        key = self.rows.cursor_key
        if key is not None:
            self.post_message(self.Copied(safe_text(key)))


class DeskScreen(Place):
    """Reading is bounded and ends with escape; where it is narrow one part is shown at a time, and tab goes round."""

    present = "dead letters are read as they are now"
    BINDINGS = bindings("desk")

    def __init__(self, topic: str, letters: Letters, place: str, trail: str, clock: Clock) -> None:
        super().__init__(place, trail, clock)
        self.add_class("-causes")
        self.topic = topic
        self.look: Look | None = None
        self.marked_causes: set[str] = set()
        self.marked: dict[str, DeadLetter] = {}
        """Letters, by the key of their line."""
        self._letters = letters
        self._opened: OpenedLetters | None = None
        self._origins: dict[Where, Fetched] = {}
        self._said = ""
        self._is_reading = False
        self._resting: Timer | None = None

    # The frame

    def body(self) -> Iterable[Widget]:
        yield ScopeLine()
        with Container(classes="desk"):
            with Container(classes="tables"):
                yield Table(
                    CAUSES, lambda line: line.row.id, name_of="message", quiet=("mark", "count", "when", "last"),
                    nothing="no record tells of a failure in a known way", title="Causes", id="causes",
                )  # fmt: skip
                yield LettersTable(
                    LETTERS, key_of_line, name_of="origin", quiet=("mark",), nothing="no letters here",
                    title="Letters", id="letters",
                )  # fmt: skip
            yield BesideView(id="beside")

    @property
    def causes(self) -> Table[CauseLine]:
        return self.query_one("#causes", Table)

    @property
    def letters(self) -> Table[LetterLine]:
        return self.query_one("#letters", LettersTable)

    @property
    def beside(self) -> BesideView:
        return self.query_one(BesideView)

    @property
    def table(self) -> Table[CauseLine] | Table[LetterLine]:
        """Beside the records it is that of the letters."""
        return self.causes if self.focused is None or self.focused is self.causes else self.letters

    def on_mount(self) -> None:
        super().on_mount()
        self.causes.focus()
        self.read()

    def show(self, snapshot: Snapshot) -> None:
        """Dead letters are not part of a snapshot."""
        self._show_state()

    def command(self) -> str:
        return f"dlq {quote(self.topic)}"

    # Reading

    @work(exclusive=True, group="look")
    async def read(self) -> None:
        """Anew, from the newest letter on."""
        self._said, self._is_reading = "", True
        self.look = None
        self._origins.clear()
        self._show_all()
        try:
            self._opened = opened = await self._letters.open()
            look = await opened.source.look(self.topic)
            self.look = look
            self._said = "; ".join(map(str, look.plan.unread))
            while not look.is_over:
                letters = await look.more()
                await opened.decoders.prepare([letter.record for letter in letters])
                self._show_all()
        except Unreachable as error:
            self._said = f"{error.problem.text}; r tries again"
        finally:
            self._is_reading = False
        self._show_all()

    def _show_all(self) -> None:
        self.causes.unread = safe_text(self._said)
        self.letters.unread = ""
        look = self.look
        self.causes.show(None if look is None else cause_lines(look, self.marked_causes))
        self._show_letters()
        self._show_state()

    def _show_state(self) -> None:
        marked = self._marks()
        activity = activity_parts(self.look, self._said, is_reading=self._is_reading, marked=marked)
        self.query_one(ScopeLine).show(look_parts(self.topic, self.look), activity)

    def _marks(self) -> list[str]:
        found = [(len(self.marked_causes), "cause"), (len(self.marked), "letter")]
        return [f"{counted(count, noun)} marked" for count, noun in found if count]

    # The letters of the cause under the cursor

    @property
    def cause(self) -> str | None:
        """The id of the one under the cursor."""
        row = self.causes.rows.row
        return None if row is None else row.row.id

    @property
    def letter(self) -> DeadLetter | None:
        row = self.letters.rows.row
        return None if row is None else row.letter

    @on(Table.Moved)
    def _moved(self, event: Table.Moved) -> None:
        if event.table is self.causes:
            self._show_letters()
        else:
            self._rest()

    def _show_letters(self) -> None:
        look, opened = self.look, self._opened
        if look is None or opened is None:
            self.letters.show(None)
            self._rest()
            return
        found = look.letters.get(self.cause or "", ())
        decode = opened.decoders.decode_key
        self.letters.show([LetterLine(each, decode, str(each.place) in self.marked) for each in found])
        self._rest()

    # The letter under the cursor, and its origin

    def _rest(self) -> None:
        """The comparison follows when the keys rest."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._compare)

    def _compare(self) -> None:
        letter, opened = self.letter, self._opened
        if letter is None or opened is None:
            self.beside.show(None, "" if self.look is None else "no letter is chosen")
            return
        shown = self.beside.comparison
        origin = self._origins.get(letter.place)
        if shown is not None and shown.letter is letter and origin is not None:
            return
        self.beside.show(Comparison(letter, origin, opened.decoders.decode))
        if origin is None:
            self._fetch(letter, opened)

    @work(exclusive=True, group="origin")
    async def _fetch(self, letter: DeadLetter, opened: OpenedLetters) -> None:
        origin: Fetched
        try:
            origin = (await opened.source.origins([letter]))[letter.place]
            if len(self._origins) >= _KEPT:
                self._origins.clear()
            self._origins[letter.place] = origin
        except Unreachable as error:
            origin = error.problem
        await opened.decoders.prepare([letter.record, *([origin] if isinstance(origin, Record) else [])])
        if letter is self.letter:
            self.beside.show(Comparison(letter, origin, opened.decoders.decode))

    # Going round

    @on(Table.Opened)
    def _enter(self, event: Table.Opened) -> None:
        self._stand_on("letters" if event.table is self.causes else "beside")

    def _stand_on(self, name: str) -> None:
        for each in _PARTS:
            self.set_class(each == name, f"-{each}")
        self.query_one(f"#{name}").focus()

    @property
    def _part(self) -> int:
        """The number of the one that has the focus."""
        name = None if self.focused is None else self.focused.id
        return _PARTS.index(name) if name in _PARTS else 0

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        super().on_descendant_focus(event)
        for each in _PARTS:
            self.set_class(each == event.widget.id, f"-{each}")
        if event.widget is self.beside:
            self._explain()

    def action_next(self) -> None:
        self._stand_on(_PARTS[(self._part + 1) % len(_PARTS)])

    def action_previous(self) -> None:
        self._stand_on(_PARTS[(self._part - 1) % len(_PARTS)])

    def action_back(self) -> None:
        """One thing less: the record, the filter, the letters, what is being read; then the list of topics."""
        if self._part == 2:
            self._stand_on("letters")
        elif self.table.filter:
            super().action_back()
        elif self._part == 1:
            self._stand_on("causes")
        elif self._is_reading:
            self.workers.cancel_group(self, "look")
            self._is_reading = False
            self._show_state()
        else:
            super().action_back()

    # Keys

    def why_not(self, action: str) -> str:
        if action in {"next", "previous", "back"}:
            return ""
        if action == "mark" and self.table.rows.cursor_key is None:
            return "there is nothing to mark here"
        if action == "redrive":
            return why_read_only(self.connection) or ("" if self.causes.rows.keys else "there are no dead letters here")
        return super().why_not(action)

    def action_again(self) -> None:
        self.read()

    def action_mark(self) -> None:
        """The cause, or the letter, under the cursor; then the next one."""
        table = self.table
        key = table.rows.cursor_key
        if key is None:
            return
        if table is self.causes:
            self.marked_causes ^= {key}
        elif self.marked.pop(key, None) is None and self.letter is not None:
            self.marked[key] = self.letter
        table.action_move(1)
        self._show_all()

    def action_redrive(self) -> None:
        """Ask which causes; the plan comes before anything is sent."""
        if self.look is None:
            return
        choices = list(self._choices(self.look))
        self.app.push_screen(ChooseScreen(f"send back of {self.topic}", choices), self._chosen)

    def _choices(self, look: Look) -> Iterator[Choice[Chosen]]:
        counts = {cause.id: cause.count for cause in look.causes.sorted()}
        older = "" if look.is_whole else "; older ones that were not looked at, too"
        marked = tuple(each for each in counts if each in self.marked_causes)
        of_letters = {cause_of(letter) for letter in self.marked.values()}
        if marked:
            count = sum(counts[each] for each in marked)
            name = f"the {counted(len(marked), 'marked cause')}"
            yield Choice(name, f"{counted(count, 'letter')}{older}", Chosen(marked))
        if of_letters:
            places = frozenset((letter.place.partition, letter.place.offset) for letter in self.marked.values())
            yield Choice(f"the {counted(len(places), 'marked letter')}", "no others", Chosen(letters=places))
            ids = tuple(each for each in counts if each in of_letters)
            count = sum(counts[each] for each in ids)
            name = f"the {counted(len(ids), 'cause')} of the marked letters"
            yield Choice(name, f"{counted(count, 'letter')}{older}", Chosen(ids))
        row = self.causes.rows.row
        if row is not None:
            found = look.causes.find(row.row.id)
            name = "the cause under the cursor"
            words = "" if found is None else _words(found.key.exception)
            yield Choice(name, f"{counted(row.row.count, 'letter')}: {words}{older}", Chosen((row.row.id,)))
        yield Choice("every cause", f"{counted(look.causes.letters, 'letter')}{older}", Chosen())

    def _chosen(self, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        job = default_job(self.topic, datetime.fromtimestamp(self.clock(), UTC))
        back = RedriveSpec(causes=chosen.causes)
        self.post_message(Redrive(Asked(self.topic, None, Range(), job, back, Timestamps.NOW, None, chosen.letters)))

    def action_copy_command(self) -> None:
        """What shows the letter under the cursor."""
        letter = self.letter
        if letter is None:
            return
        _, partition, offset = letter.place
        where = f"-p {partition} -o {offset}:{offset + 1} --origin --full"
        command = f"kafkatui dlq show {quote(self.topic)} {where}"
        if self.connection is not None:
            context = self.connection.context
            command += f" -c {quote(context)}" if context else f" -b {quote(','.join(self.connection.bootstrap))}"
        self.app.copy_to_clipboard(command)
        self.say(f"copied {command}")


def _words(value: Text) -> str:
    return f"({value.text})" if isinstance(value, Problem) else value
