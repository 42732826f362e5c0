"""What is shown without a cluster: an address to type, or a mini-cluster to start. Connecting is the app's."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, ProgressBar, Static

from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings


class StartScreen(Screen[None]):
    """Stays until a cluster answers; says why when one does not."""

    BINDINGS = bindings("start")

    @dataclass
    class Connect(Message):
        """Dial these addresses."""

        bootstrap: tuple[str, ...]

    @dataclass
    class StartMiniCluster(Message):
        """Start a Kafka on this machine and show it."""

    def __init__(self, can_start: bool) -> None:
        """`can_start`: whether a mini-cluster can be started from here."""
        super().__init__()
        self._can_start = can_start

    def compose(self) -> ComposeResult:
        with Vertical(id="start"):
            yield Static(Content.assemble(("kafkatui", "$primary bold"), ("  no cluster is chosen yet", "$muted")))
            yield Static(Content.styled("Address of a broker, host:port", "$muted"), classes="question")
            yield Input(placeholder="localhost:9092", id="address")
            if self._can_start:
                yield Static(Content.styled("or a real Kafka on this machine", "$muted"), classes="question")
                yield Button(Content("Start a mini-cluster"), id="mini", compact=True)
            yield ProgressBar(total=1.0, show_eta=False, id="progress")
            yield Static("", markup=False, id="said")
            yield Static(Content.styled("enter connect   tab next   esc quit", "$muted"), classes="question")

    def on_mount(self) -> None:
        self.query_one(ProgressBar).display = False
        address = self.query_one("#address", Input)
        address.cursor_blink = False
        address.focus()

    def say(self, text: str, done: float | None = None) -> None:
        """What is being done now, and how far it is, from 0 to 1."""
        self.query_one("#said", Static).update(Content.styled(safe_text(text), "$muted"))
        bar = self.query_one(ProgressBar)
        bar.display = done is not None
        bar.update(progress=done or 0.0)

    def ask_again(self, address: str, why: str) -> None:
        """What was tried and why it did not work."""
        self.query_one("#address", Input).value = address
        self.fail(why)

    def fail(self, why: str) -> None:
        for button in self.query("#mini").results(Button):
            button.disabled = False
        self.query_one(ProgressBar).display = False
        self.query_one("#said", Static).update(Content.styled(f"✖ {safe_text(why)}", "$error"))

    @on(Input.Submitted)
    def _connect(self, event: Input.Submitted) -> None:
        try:
            bootstrap = addresses(event.value, "the address")
        except ConfigError as error:
            self.fail(str(error))
            return
        self.say(f"connecting to {', '.join(bootstrap)} …")
        self.post_message(self.Connect(bootstrap))

    @on(Button.Pressed, "#mini")
    def _start(self) -> None:
        self.query_one("#mini", Button).disabled = True
        self.say("starting …", 0.0)
        self.post_message(self.StartMiniCluster())
