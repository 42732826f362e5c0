"""What screens and widgets tell the app. Messages of one widget only are declared in that widget."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from textual.message import Message

from kafkatui.dead_letters.back_plan import Asked
from kafkatui.model.events import Subject
from kafkatui.model.records import Place
from kafkatui.replay.jobs import Job
from kafkatui.tui.records.scope import Scope
from kafkatui.tui.replays.draft import Pointed


@dataclass
class Open(Message):
    """Show one thing in detail."""

    subject: Subject
    name: str
    """The broker's id, the topic or the group."""
    partition: int | None = None
    """The row to stand on, when the thing has partitions."""


@dataclass
class Go(Message):
    """Show one of the places."""

    place: str


@dataclass
class SwitchTo(Message):
    """Show the cluster of another context."""

    name: str


@dataclass
class Then(Message):
    """Show everything as it was at a moment."""

    at: float
    """Epoch seconds; infinity: now."""


@dataclass
class Scrub(Message):
    """Show an earlier or a later moment."""

    by: int
    """So many readings, or minutes, forward; negative: back."""
    minutes: bool = False


@dataclass
class Say(Message):
    """Tell the user one thing in the line at the bottom; gone with the next key."""

    text: str


@dataclass
class Back(Message):
    """Go back to where the screen was opened from."""


@dataclass
class Read(Message):
    """Show the records of topics."""

    topics: tuple[str, ...]
    partition: int | None = None
    """Only this one; None: all."""
    offset: int | None = None
    """Stand on the first record there is from here on; None: on the newest."""
    note: str = ""
    """What is to be said of the record one stands on."""


@dataclass
class Trace(Message):
    """Show the way of one thing through topics."""

    scope: Scope


@dataclass
class Replay(Message):
    """Send these records again: the question before it."""

    pointed: Pointed


@dataclass
class Edit(Message):
    """Change this record in an editor, and send what came of it."""

    place: Place


@dataclass
class OpenDesk(Message):
    """Show the dead letters of a topic."""

    topic: str


@dataclass
class Redrive(Message):
    """Send dead letters back: the plan before it."""

    asked: Asked


class With(Enum):
    """What is to be done with a job."""

    LOOK = "look"
    RESUME = "resume"
    VERIFY = "verify"


@dataclass
class OpenJob(Message):
    """Show a job, or do something with it."""

    job: Job
    what: With = With.LOOK
