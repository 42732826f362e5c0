"""What all screens of a cluster share: the lines at the top and the bottom, the filter, and when to paint."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from math import inf
from typing import Any, Protocol, runtime_checkable

from textual import events, on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Vertical
from textual.reactive import var
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from kafkatui.history.timeline import Moment
from kafkatui.model.connection import Connection
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.safe_text import safe_text
from kafkatui.tui import status
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Back, Say, Scrub, Then
from kafkatui.tui.screens.help import KeyHelp
from kafkatui.tui.widgets.bottom_lines import KeyLine, ReasonLine
from kafkatui.tui.widgets.filter_line import FilterInput, FilterLine
from kafkatui.tui.widgets.places_line import PlacesLine
from kafkatui.tui.widgets.status_line import StatusLine
from kafkatui.tui.widgets.table import Table
from kafkatui.tui.words import Word, words_of

Clock = Callable[[], float]


@runtime_checkable
class Explains(Protocol):
    """Something that knows why a key of its own can not act now."""

    def why_not(self, action: str) -> str: ...


class Place(Screen[None]):
    """A screen that shows the newest snapshot, or an earlier one, while it is the current one."""

    BINDINGS = [*bindings("time"), *bindings("place")]  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-short"), (24, "-high")]  # noqa: RUF012

    snapshot: var[Snapshot] = var(NOTHING, init=False)
    connection: var[Connection | None] = var(None, init=False)
    paused: var[bool] = var(False, init=False)
    moment: var[Moment | None] = var(None, init=False)
    """When the snapshot was seen; None: it is the newest."""
    present = ""
    """Why it can not show the past; empty: it can."""

    def __init__(self, place: str, trail: str = "", clock: Clock = time.time) -> None:
        """`place` is the one it was opened in, `trail` the way down from there."""
        super().__init__()
        self.place = place
        self.trail = trail
        self.clock = clock
        self._shown: Snapshot | None = None
        """The snapshot on screen."""

    # What a screen of its own fills in

    def body(self) -> Iterable[Widget]:
        """The widgets between the lines."""
        raise NotImplementedError

    def show(self, snapshot: Snapshot) -> None:
        """Give the newest data to the widgets of the body."""
        raise NotImplementedError

    def command(self) -> str:
        """The words after `kafkatui` that print the same; empty when there are none."""
        return ""

    def groups_in_view(self) -> Collection[str]:
        """Groups whose partitions are looked at here."""
        return ()

    def words(self) -> list[Word]:
        """What the help explains here."""
        return words_of(self.query(Table).results(Table))

    # The frame

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield PlacesLine(self.place, self.trail)
        # Where it does not fit it is cut, and not the lines that name the cluster and the keys.
        with Vertical(classes="body"):
            yield from self.body()
        yield FilterLine()
        yield ReasonLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(FilterLine).display = False
        self.set_interval(1.0, self._tick)
        self._paint()

    def watch_snapshot(self) -> None:
        if self.is_mounted and self.is_current:
            self._paint()

    def watch_paused(self) -> None:
        self._tick()

    def watch_moment(self) -> None:
        self._tick()
        self.refresh_bindings()

    def watch_connection(self) -> None:
        self._tick()

    def on_screen_resume(self) -> None:
        self._paint()

    def _paint(self) -> None:
        if self._shown is not self.snapshot:
            self._shown = self.snapshot
            with self.app.batch_update():
                for table in self.query(Table).results(Table):
                    table.unread = unread(self.snapshot)
                self.show(self.snapshot)
        self._tick()

    def _tick(self) -> None:
        if self.is_mounted and self.is_current:
            now = self.clock()
            self.query_one(StatusLine).show(self.snapshot, self.connection, now, self.paused, self.moment)
            then = now if self.moment is None else self.moment.seen
            self.query_one(KeyLine).show(status.alarm(self.snapshot, then))

    # The table that has the focus, its filter and its reason

    @property
    def table(self) -> Table[Any] | None:
        """The table keys act on."""
        if isinstance(self.focused, Table):
            return self.focused
        return next(iter(self.query(Table).results(Table)), None)

    @on(Table.Moved)
    def _reason(self, event: Table.Moved) -> None:
        self._explain()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, Table):
            self.query_one(FilterLine).show(event.widget.filter)
            self._explain()

    def _explain(self) -> None:
        table = self.table
        if table is not None:
            shown, total = len(table.rows.keys), len(table.rows)
            count = f"{shown} of {total}" if table.filter else f"{min(table.rows.cursor + 1, shown)} of {total}"
            self.query_one(ReasonLine).show(table.rows.reason(), count if total else "")
            self.refresh_bindings()

    @on(Table.FilterAsked)
    def _ask_filter(self, event: Table.FilterAsked) -> None:
        self.query_one(FilterLine).open(event.table.filter)
        self._filtered: Table[Any] = event.table

    @on(Input.Changed, "FilterInput")
    def _filter(self, event: Input.Changed) -> None:
        self._filtered.filter = event.value

    @on(FilterInput.Closed)
    def _end_filter(self, event: FilterInput.Closed) -> None:
        if not event.keep:
            self._filtered.filter = ""
        self._filtered.focus()

    @on(Table.Copied)
    def _copy(self, event: Table.Copied) -> None:
        self.app.copy_to_clipboard(event.text)
        self.say(f"copied {event.text}")

    # Keys

    def why_not(self, action: str) -> str:
        """Why a key can not act now; empty when it can."""
        table = self.table
        if action == "back" and not self.trail and not (table is not None and table.filter):
            return "there is nothing to go back to; q quits"
        if action in {"next", "previous"} and len(self.query(Table)) < 2:
            return "there is only one table here"
        if action in {"step", "minute"}:
            return self.present
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "now":
            # There is no such key where it is now.
            return self.moment is not None and not self.moment.is_recorded
        return None if self.is_mounted and self.why_not(action) else True

    def action_back(self) -> None:
        table = self.table
        if table is not None and table.filter:
            table.filter = ""
            self.query_one(FilterLine).show("")
        else:
            self.post_message(Back())

    def action_step(self, by: int) -> None:
        self.post_message(Scrub(by))

    def action_minute(self, by: int) -> None:
        self.post_message(Scrub(by, minutes=True))

    def action_now(self) -> None:
        self.post_message(Then(inf))

    def action_next(self) -> None:
        self.focus_next(Table)

    def action_previous(self) -> None:
        self.focus_previous(Table)

    def say(self, text: str) -> None:
        self.query_one(ReasonLine).say(text)

    def forget_said(self) -> None:
        """The answer to a key lasts until the next one."""
        for line in self.query(ReasonLine):  # none yet while the screen opens
            line.say("")

    def on_say(self, message: Say) -> None:
        self.say(message.text)

    def on_key(self, event: events.Key) -> None:
        """Keys that act never come here; one that can not says why."""
        active = self.active_bindings.get(event.key)
        if active is not None and not active.enabled:
            self.say(_why(active))


def unread(snapshot: Snapshot) -> str:
    """Why there is nothing at all to show; empty while it is only not here yet."""
    return safe_text(snapshot.problems[0].text) if snapshot.stage is Stage.NOTHING and snapshot.problems else ""


def keys_of(place: Place) -> list[KeyHelp]:
    """The keys that are bound where the focus is, those of one action together."""
    found: dict[str, KeyHelp] = {}
    for active in place.active_bindings.values():
        binding = active.binding
        if not binding.id:
            continue
        key = place.app.get_key_display(binding)
        why = "" if active.enabled else _why(active)
        known = found.get(binding.id)
        found[binding.id] = KeyHelp(f"{known.keys} {key}" if known else key, binding.tooltip, why)
    return list(found.values())


def _why(active: ActiveBinding) -> str:
    return active.node.why_not(active.binding.action.partition("(")[0]) if isinstance(active.node, Explains) else ""
