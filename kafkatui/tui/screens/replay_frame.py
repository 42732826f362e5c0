"""The dialog of a replay: its widgets, and which of them each step shows. It has no keys and reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import IntEnum

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

from kafkatui.replay.jobs import Job, Phase
from kafkatui.replay.plan import Plan
from kafkatui.replay.progress import Progress
from kafkatui.replay.spec import Spec
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.replaying import Replaying
from kafkatui.tui.replays import lines, rows
from kafkatui.tui.replays.draft import Pointed, a_draft
from kafkatui.tui.replays.going import Going
from kafkatui.tui.screens.modal import Modal
from kafkatui.tui.widgets.line_input import LineInput
from kafkatui.tui.widgets.replay_form import ReplayForm
from kafkatui.tui.widgets.step_table import StepTable

_HINTS = {
    0: "enter plan   tab complete, next   ← → choose   esc close",
    1: "y send   c copy the command line   esc back",
    2: "p pause   + - rate   c copy the command line   esc stop or leave",
    3: "c copy the command line   esc close",
}
_SEND = len("y send")


class Step(IntEnum):
    """Where one is."""

    SELECT = 0
    PLAN = 1
    RUN = 2
    VERIFIED = 3


class ReplayFrame(Modal[None]):
    """Hides what does not belong to a step, and never forgets it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]  # noqa: RUF012

    def __init__(
        self,
        replaying: Replaying,
        topics: Mapping[str, int],
        clock: Callable[[], float],
        pointed: Pointed | None = None,
        job: Job | None = None,
        *,
        verify: bool = False,
    ) -> None:
        """Either `pointed`, records to be sent, or a `job` to go on with or, with `verify`, to be compared.

        `topics`: what the target may be, with how many partitions.
        """
        super().__init__()
        self.step = Step.SELECT
        self.pointed = pointed
        self.job = job
        self.plan: Plan | None = None
        self.going: Going | None = None
        self.replaying = replaying
        self.topics = topics
        self.now = datetime.fromtimestamp(clock(), UTC)
        self.first = Step.SELECT if job is None else Step.VERIFIED if verify else Step.PLAN
        self.progress: Progress | None = None
        self.command = ""
        self.is_compared = False
        self._shown: dict[str, object] = {}

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="replay", can_focus=False) as pane:
            pane.border_title = Content(" Replay ")
            yield Static("", id="replay-steps", markup=False)
            yield Static("", id="replay-what", markup=False)
            yield StepTable(rows.CHOSEN, lambda part: str(part.where), name_of="partition", id="replay-chosen")
            if self.pointed is not None:
                yield ReplayForm(a_draft(self.pointed, self.now), self.topics)
            yield StepTable(rows.PLAN, lambda way: str(way.where), name_of="partition", id="replay-plan")
            yield StepTable(rows.BACK, lambda row: str(row.where), name_of="partition", id="replay-back")
            yield StepTable(rows.LEFT, lambda way: str(way.where), name_of="partition", id="replay-left")
            yield Static("", id="replay-lines", markup=False)
            nothing = "no copies, and none that should be there"
            yield StepTable(
                rows.PROOF, lambda row: str(row.where), name_of="partition", nothing=nothing, id="replay-proof"
            )
            yield Static("", id="replay-proved", markup=False)
            yield Static("", id="replay-command", markup=False)
            with Horizontal(id="replay-confirm"):
                yield Label("", markup=False)
                yield LineInput()
            yield Static("", id="replay-said", markup=False)
            yield Static("", id="replay-hint", markup=False)

    def table(self, name: str) -> StepTable[object]:
        return self.query_one(f"#replay-{name}", StepTable)

    def fit(self, table: StepTable[object], count: int) -> None:
        table.styles.height = min(max(1, count), 8 if self.app.size.height > 30 else 4) + 1

    def put(self, name: str, text: Content | Iterable[Content]) -> None:
        content = text if isinstance(text, Content) else Content("\n").join([each for each in text if each.plain])
        # The whole dialog is laid out anew for each change, and a run is looked at five times a second.
        # Contents are equal when their texts are, whatever their colours.
        shown = content.plain, tuple(content.spans)
        if self._shown.get(name) != shown:
            self._shown[name] = shown
            widget = self.query_one(f"#replay-{name}", Static)
            widget.update(content)
            widget.display = bool(content.plain)

    def say(self, text: str, style: str = "$warning") -> None:
        self.put("said", Content.styled(safe_text(text), style))

    def go_to(self, step: Step) -> None:
        """Show what belongs to a step; all else stays as it is, out of sight."""
        self.step = step
        is_resumed = self.job is not None and self.plan is None
        shown = {
            "chosen": step is Step.SELECT,
            "plan": step is Step.PLAN and self.plan is not None,
            "back": False,
            "left": step is Step.PLAN and is_resumed and self.progress is not None,
            "proof": self.is_compared,
        }
        for name, is_shown in shown.items():
            self.table(name).display = is_shown
        for form in self.query(ReplayForm):
            form.display = step is Step.SELECT
        self.query_one("#replay-confirm").display = False
        for name in ("lines", "proved", "command", "said"):
            self.put(name, Content(""))
        self.put("steps", lines.steps_line(step))
        self.put("what", self._what())
        self.hint()
        self.set_focus(self.first_widget(step))
        self.refresh_bindings()

    def first_widget(self, step: Step) -> Widget | None:
        if step is Step.SELECT:
            return next((form.target for form in self.query(ReplayForm)), None)
        if step is Step.PLAN:
            return next((table for name in ("plan", "left") if (table := self.table(name)).display), None)
        return self.table("proof") if self.is_compared else None

    @property
    def spec(self) -> Spec | None:
        if self.job is not None:
            return self.job.spec
        return None if self.plan is None else self.plan.spec

    def _what(self) -> Content | list[Content]:
        spec = self.spec if self.step is not Step.SELECT else None
        if spec is not None:
            return list(lines.spec_lines(spec, self.replaying.where))
        return Content("") if self.pointed is None else lines.pointed_line(self.pointed)

    def hint(self) -> None:
        words = _HINTS[self.step]
        if self.query_one("#replay-confirm").display:
            words = "enter send   esc leave it"
        if self.step is Step.RUN and self.going is not None and self.going.is_over:
            on = "" if self.going.job.phase is Phase.DONE else "u go on   "
            words = f"{on}v verify   c copy the command line   esc close"
        send, rest = words[:_SEND], words[_SEND:]
        can_not = self.step is Step.PLAN and words == _HINTS[Step.PLAN] and bool(self.why_not_send())
        self.put("hint", Content.assemble((send, "$faint" if can_not else "$muted"), (rest, "$muted")))

    def why_not_send(self) -> str:
        """Why nothing can be sent now; empty when it can."""
        return ""

    def show_command(self) -> None:
        command = shorten(safe_text(self.command), 600)
        self.put("command", Content.assemble(("the same: ", "$muted"), (command, "$primary")))
