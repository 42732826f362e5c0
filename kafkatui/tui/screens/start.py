"""What is shown without a cluster: a form, a context to choose, a mini-cluster to start. Connecting is the app's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, ProgressBar, Static

from kafkatui.config.errors import ConfigError
from kafkatui.model.connection import Connection
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.connecting.contexts import Contexts
from kafkatui.tui.connecting.draft import Draft, a_draft
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import Say
from kafkatui.tui.widgets.connect_form import ConnectForm

READABLE = "without TLS everybody on the way can read the password of PLAIN; enter once more sends it"


class StartScreen(Screen[None]):
    """Stays until a cluster answers; says why when one does not."""

    BINDINGS = bindings("start")

    @dataclass
    class Connect(Message):
        """Dial this cluster."""

        connection: Connection
        draft: Draft | None
        """What is kept as a context once the cluster answers; None: nothing is."""

    @dataclass
    class StartMiniCluster(Message):
        """Start a Kafka on this machine and show it."""

    @dataclass
    class ChooseContext(Message):
        """Show the contexts."""

    @dataclass
    class Left(Message):
        """Go back to the cluster that was shown before, or leave the program."""

    def __init__(self, *, can_start: bool, contexts: Contexts | None = None) -> None:
        """`can_start`: whether a mini-cluster can be started from here."""
        super().__init__()
        self._can_start = can_start
        self._contexts = contexts
        self._base: Connection | None = None
        """What the form was filled from: tried again as it is, as long as nobody changes an answer."""
        self._filled = Draft()
        self._warned: Draft | None = None
        self._before = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="start"):
            yield Static("", id="start-title", markup=False)
            yield ConnectForm(can_keep=self._contexts is not None)
            with Horizontal(id="start-others"):
                if self._contexts is not None:
                    yield Button(Content("Choose a context"), id="contexts", compact=True)
                if self._can_start:
                    yield Button(Content("Start a mini-cluster"), id="mini", compact=True)
            yield ProgressBar(total=1.0, show_eta=False, id="progress")
            yield Static("", id="said", markup=False)
            yield Static("", id="start-hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(ProgressBar).display = False
        self._title("no cluster is chosen yet")
        self._hint()
        self.set_focus(self.form.address)

    @property
    def form(self) -> ConnectForm:
        return self.query_one(ConnectForm)

    def _title(self, text: str) -> None:
        title = Content.assemble(("kafkatui", "$primary bold"), (f"  {safe_text(text)}", "$muted"))
        self.query_one("#start-title", Static).update(title)

    def _hint(self) -> None:
        leave = f"esc back to {shorten(safe_text(self._before), 28)}" if self._before else "esc quit"
        words = f"enter connect   tab next   ← → choose   {leave}"
        self.query_one("#start-hint", Static).update(Content.styled(words, "$muted"))

    def say(self, text: str, done: float | None = None) -> None:
        """What is being done now, and how far it is, from 0 to 1."""
        self.query_one("#said", Static).update(Content.styled(safe_text(text), "$muted"))
        bar = self.query_one(ProgressBar)
        bar.display = done is not None
        bar.update(progress=done or 0.0)

    def leads_back_to(self, before: str) -> None:
        """What escape goes back to; empty: it quits."""
        self._before = before
        self._hint()

    def connecting(self, connection: Connection) -> None:
        """Somebody dials it already."""
        self._fill(connection)
        where = ", ".join(connection.bootstrap)
        self.say(f"connecting to {where} …")

    def ask_again(self, connection: Connection, why: str) -> None:
        """What was tried and why it did not work."""
        self._fill(connection)
        self.fail(why)

    def _fill(self, connection: Connection) -> None:
        # What was typed for this very connection stays, its password too.
        if self._base != connection:
            self._base = connection
            self.form.fill(a_draft(connection))
            self._filled = self.form.draft
        name = connection.context
        self._title("not connected" if name is None else f"context {name}")

    def fail(self, why: str) -> None:
        for button in self.query("#mini").results(Button):
            button.disabled = False
        self.query_one(ProgressBar).display = False
        self.query_one("#said", Static).update(Content.styled(f"✖ {safe_text(why)}", "$error"))

    def on_say(self, message: Say) -> None:
        self.fail(message.text)

    @on(Input.Submitted)
    def action_connect(self) -> None:
        draft = self.form.draft
        if self._base is not None and draft == self._filled:
            self._dial(self._base, draft)
            return
        try:
            connection = self._typed(draft)
        except ConfigError as error:
            self.fail(str(error))
            return
        if draft.shows_password and self._warned != draft:
            self._warned = draft
            self.fail(READABLE)
            return
        self._base, self._filled = connection, draft
        self._dial(connection, draft)

    def _typed(self, draft: Draft) -> Connection:
        """Raises ConfigError."""
        contexts = self._contexts
        if contexts is None:
            return replace(draft, name="").connection(_no_variable)
        if draft.name.strip():
            contexts.check_name(draft.name.strip())
        return draft.connection(contexts.variable)

    def _dial(self, connection: Connection, draft: Draft) -> None:
        self.say(f"connecting to {', '.join(connection.bootstrap)} …")
        self.post_message(self.Connect(connection, draft if draft.name.strip() else None))

    @on(Button.Pressed, "#mini")
    def _start(self) -> None:
        self.query_one("#mini", Button).disabled = True
        self.say("starting …", 0.0)
        self.post_message(self.StartMiniCluster())

    @on(Button.Pressed, "#contexts")
    def _choose(self) -> None:
        self.post_message(self.ChooseContext())

    def action_leave(self) -> None:
        self.post_message(self.Left())


def _no_variable(name: str) -> str:
    raise ConfigError(f"the environment variable {name} can not be read here")
