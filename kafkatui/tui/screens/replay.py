"""The replay of records in steps: select, plan, run, verified. Each step back finds what was chosen as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import IntEnum

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from kafkatui.replay.jobs import Job, Phase
from kafkatui.replay.plan import Plan
from kafkatui.replay.progress import Progress
from kafkatui.replay.run import Options
from kafkatui.replay.spec import Spec, SpecError
from kafkatui.replay.words import job_command, replay_command
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.keys import bindings
from kafkatui.tui.replaying import Replaying
from kafkatui.tui.replays import lines, rows
from kafkatui.tui.replays.draft import Pointed, a_draft
from kafkatui.tui.replays.going import KNOWN, Going, words_of
from kafkatui.tui.screens.choosing import Choice, ChooseScreen
from kafkatui.tui.screens.modal import Modal
from kafkatui.tui.widgets.line_input import LineInput
from kafkatui.tui.widgets.replay_form import ReplayForm
from kafkatui.tui.widgets.step_table import StepTable
from kafkatui.tui.widgets.table import Table

UPDATES = 0.2
"""Seconds between two looks at a run."""
_HINTS = {
    0: "enter plan   tab complete, next   ← → choose   esc close",
    1: "y send   c copy the command line   esc back",
    2: "p pause   + - rate   c copy the command line   esc stop or leave",
    3: "c copy the command line   esc close",
}


class Step(IntEnum):
    """Where one is."""

    SELECT = 0
    PLAN = 1
    RUN = 2
    VERIFIED = 3


class ReplayScreen(Modal[None]):
    """Nothing is sent before the plan is there and the name of the target was typed."""

    BINDINGS = bindings("replay")
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
        self._replaying = replaying
        self._topics = topics
        self._now = datetime.fromtimestamp(clock(), UTC)
        self._first = Step.SELECT if job is None else Step.VERIFIED if verify else Step.PLAN
        self._progress: Progress | None = None
        self._command = ""
        self._is_compared = False

    # The frame

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="replay", can_focus=False) as pane:
            pane.border_title = Content(" Replay ")
            yield Static("", id="replay-steps", markup=False)
            yield Static("", id="replay-what", markup=False)
            yield StepTable(rows.CHOSEN, lambda part: str(part.where), name_of="partition", id="replay-chosen")
            if self.pointed is not None:
                yield ReplayForm(a_draft(self.pointed, self._now), self._topics)
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
            yield Static("", classes="hint", markup=False)

    def on_mount(self) -> None:
        self.set_interval(UPDATES, self._look)
        if self.pointed is not None:
            table = self._table("chosen")
            table.show(self.pointed.parts)
            self._fit(table, len(self.pointed.parts))
        job = self.job
        going = None if job is None else self._replaying.background.find(job.spec.job)
        if going is not None and not going.is_over:
            self._watch(going)
        elif self._first is Step.VERIFIED and job is not None:
            self._go_to(Step.VERIFIED)
            self._verify(job)
        elif job is not None:
            self._prepare(job)
        else:
            self.begin()

    def begin(self) -> None:
        """Where there is no job yet."""
        self._go_to(Step.SELECT)

    def _table(self, name: str) -> StepTable[object]:
        return self.query_one(f"#replay-{name}", StepTable)

    def _fit(self, table: StepTable[object], count: int) -> None:
        table.styles.height = min(max(1, count), 8 if self.app.size.height > 30 else 4) + 1

    def _static(self, name: str, text: Content | Iterable[Content]) -> None:
        content = text if isinstance(text, Content) else Content("\n").join([each for each in text if each.plain])
        widget = self.query_one(f"#replay-{name}", Static)
        widget.update(content)
        widget.display = bool(content.plain)

    def say(self, text: str, style: str = "$warning") -> None:
        self._static("said", Content.styled(safe_text(text), style))

    def _go_to(self, step: Step) -> None:
        """Show what belongs to a step; all else stays as it is, out of sight."""
        self.step = step
        is_resumed = self.job is not None and self.plan is None
        shown = {
            "chosen": step is Step.SELECT,
            "plan": step is Step.PLAN and self.plan is not None,
            "back": False,
            "left": step is Step.PLAN and is_resumed and self._progress is not None,
            "proof": self._is_compared,
        }
        for name, is_shown in shown.items():
            self._table(name).display = is_shown
        for form in self.query(ReplayForm):
            form.display = step is Step.SELECT
        self.query_one("#replay-confirm").display = False
        for name in ("lines", "proved", "command", "said"):
            self._static(name, Content(""))
        self._static("steps", lines.steps_line(step))
        self._static("what", self._what())
        self._hint()
        self.set_focus(self._first_widget(step))
        self.refresh_bindings()

    def _first_widget(self, step: Step) -> Widget | None:
        if step is Step.SELECT:
            return next((form.target for form in self.query(ReplayForm)), None)
        if step is Step.PLAN:
            return next((table for name in ("plan", "left") if (table := self._table(name)).display), None)
        return self._table("proof") if self._is_compared else None

    @property
    def spec(self) -> Spec | None:
        if self.job is not None:
            return self.job.spec
        return None if self.plan is None else self.plan.spec

    def _what(self) -> Content | list[Content]:
        spec = self.spec if self.step is not Step.SELECT else None
        if spec is not None:
            return [lines.spec_line(spec, self._replaying.where), lines.ways_line(spec)]
        return Content("") if self.pointed is None else lines.pointed_line(self.pointed)

    def _hint(self) -> None:
        words = _HINTS[self.step]
        if self.step is Step.RUN and self.going is not None and self.going.is_over:
            on = "" if self.going.job.phase is Phase.DONE else "u go on   "
            words = f"{on}v verify   c copy the command line   esc close"
        self.query_one(".hint", Static).update(Content.styled(words, "$muted"))

    # Select

    @on(ReplayForm.Changed)
    def _tell(self) -> None:
        """What the target is, or what is wrong with the answers."""
        if self.step is not Step.SELECT or self.pointed is None:
            return
        draft = self.query_one(ReplayForm).draft
        wrong = draft.wrong(self.pointed, self._topics)
        count = self._topics.get(draft.target.strip())
        if wrong:
            self.say(wrong, "$muted" if not draft.target.strip() else "$warning")
        else:
            self.say("" if count is None else f"{draft.target.strip()} has {count} partitions", "$muted")

    @on(Input.Submitted)
    @on(Table.Opened)
    def action_go(self) -> None:
        if self.step is Step.SELECT:
            self._make_plan()
        elif self.step is Step.PLAN and self.query_one("#replay-confirm").display:
            self._confirmed()

    def _make_plan(self) -> None:
        if self.pointed is None:
            return
        draft = self.query_one(ReplayForm).draft
        wrong = draft.wrong(self.pointed, self._topics)
        if not wrong and self._replaying.source.find(draft.job.strip()) is not None:
            wrong = f"there is a job {draft.job.strip()}: go on with it in Jobs, or choose another name"
        if wrong:
            self.say(wrong, "$error")
            return
        self.plan = None
        asked, rate = draft.asked(self.pointed, self._topics), draft.pace()
        self._command = replay_command(asked, rate, self._replaying.connection)
        self._go_to(Step.PLAN)
        self.say("looks at source and target …", "$muted")
        self._plan_it()

    # Plan

    @work(exclusive=True, group="replay-plan")
    async def _plan_it(self) -> None:
        if self.pointed is None:
            return
        draft = self.query_one(ReplayForm).draft

        def counted(done: int, total: int, found: int) -> None:
            self.say(f"counts: {done / max(1, total):.0%}   {found} chosen", "$muted")

        try:
            plan = await self._replaying.source.plan(draft.asked(self.pointed, self._topics), draft.pace(), counted)
        except KNOWN as error:
            self.say(f"✖ {words_of(error)}", "$error")
            return
        self.plan = plan
        ways = list(rows.ways_of(plan))
        table = self._table("plan")
        table.show(ways)
        self._fit(table, len(ways))
        self._go_to(Step.PLAN)
        self._static("lines", lines.plan_lines(plan))
        self._show_command()
        if plan.blocked:
            self.say("nothing is sent like this; the command line has flags for what is known and wanted")

    def _show_command(self) -> None:
        command = shorten(safe_text(self._command), 600)
        self._static("command", Content.assemble(("the same: ", "$muted"), (command, "$primary")))

    def _prepare(self, job: Job) -> None:
        """The plan of a job that goes on: what is left of it."""
        self.job, self.plan, self.going, self._progress = job, None, None, None
        self._is_compared = False
        self._command = job_command("resume", job.spec.job, None, self._replaying.connection)
        self._go_to(Step.PLAN)
        self.say("looks at how far it is …", "$muted")
        self._read_progress(job)

    @work(exclusive=True, group="replay-plan")
    async def _read_progress(self, job: Job) -> None:
        source = self._replaying.source
        try:
            progress = await source.progress(job)
            if progress.is_done and job.phase is not Phase.DONE:
                self.job = source.end(job, progress)
        except KNOWN as error:
            self.say(f"✖ {words_of(error)}", "$error")
            return
        self._progress = progress
        ways = list(rows.ways_left(job.spec, progress))
        table = self._table("left")
        table.show(ways)
        self._fit(table, len(ways))
        self._go_to(Step.PLAN)
        self._static("lines", lines.resume_lines(job, progress.records, progress.offsets))
        self._show_command()

    @property
    def to_type(self) -> str:
        """What a person types before anything is sent: the topic that gets it; where there are several, the source."""
        spec, job = self.spec, self.job
        if spec is None:
            return ""
        targets = [] if spec.redrive is None or job is None else list(job.target_ends)
        return targets[0] if len(targets) == 1 else spec.target.topic or spec.source

    def _why_not_send(self) -> str:
        if self.plan is None and self._progress is None:
            return "the plan is not there yet"
        if self.plan is not None and self.plan.blocked:
            return f"not sent: {'; '.join(each.text for each in self.plan.blocked)}"
        if self._progress is not None and self._progress.is_done:
            return "nothing is left to be sent"
        return ""

    def action_send(self) -> None:
        """Ask for the name of the target: no single key sends anything."""
        if self.step is not Step.PLAN:
            return
        why = self._why_not_send()
        if why:
            self.say(why)
            return
        confirm = self.query_one("#replay-confirm")
        confirm.query_one(Label).update(Content(f"type {shorten(safe_text(self.to_type), 60)} to send"))
        confirm.display = True
        self.set_focus(confirm.query_one(Input))
        self.say("enter sends, esc does not", "$muted")

    def _confirmed(self) -> None:
        typed, spec = self.query_one("#replay-confirm Input", Input), self.spec
        if spec is None or self._why_not_send():
            return
        if typed.value.strip() != self.to_type:
            self.say(f"that is not {self.to_type}: nothing is sent", "$error")
            return
        typed.value = ""
        try:
            self._send()
        except (OSError, SpecError) as error:
            self.say(f"nothing is sent: {error}", "$error")

    # Run

    def _send(self) -> None:
        """Raises OSError when the job can not be written down."""
        job, rate = self.job, None
        if job is None and self.plan is not None:
            rate = self.query_one(ReplayForm).draft.pace()
            job = self._replaying.source.write_down(self.plan)
        if job is not None:
            self._watch(self._replaying.begin(job, Options(rate=rate)))

    def _watch(self, going: Going) -> None:
        self.going, self.job = going, going.job
        self._go_to(Step.RUN)
        self._look()

    def _look(self) -> None:
        going = self.going
        if going is None or self.step is not Step.RUN:
            return
        self._static("lines", lines.progress_lines(going))
        if going.is_over and self.job is not going.job:
            self.job = going.job
            self._command = job_command("verify", going.job.spec.job, None, self._replaying.connection)
        self._show_command()
        self._hint()

    def action_pause(self) -> None:
        if self.going is not None and not self.going.is_over:
            self.going.pause()
            self._look()

    def action_pace(self, faster: int) -> None:
        if self.going is not None and not self.going.is_over:
            self.going.pace(bool(faster))
            self._look()

    def action_resume(self) -> None:
        going = self.going
        if self.step is Step.RUN and going is not None and going.is_over and going.job.phase is not Phase.DONE:
            self._prepare(going.job)

    # Verified

    def action_verify(self) -> None:
        if self.step is Step.RUN and self.going is not None and self.going.is_over:
            self._go_to(Step.VERIFIED)
            self._verify(self.going.job)

    @work(exclusive=True, group="replay-plan")
    async def _verify(self, job: Job) -> None:
        self._command = job_command("verify", job.spec.job, None, self._replaying.connection)
        self.say("reads source and target once more …", "$muted")
        try:
            verified = await self._replaying.source.verify(job)
        except KNOWN as error:
            self.say(f"✖ {words_of(error)}", "$error")
            return
        found = list(rows.compared(verified))
        table = self._table("proof")
        table.show(found)
        self._fit(table, len(found))
        self._is_compared = True
        self._go_to(Step.VERIFIED)
        self._static("proved", lines.verified_line(verified))
        self._show_command()

    # Keys

    def action_next(self) -> None:
        if not any(form.complete() for form in self.query(ReplayForm)):
            self.focus_next()

    def action_copy(self) -> None:
        if self._command and self.step is not Step.SELECT:
            self.app.copy_to_clipboard(self._command)
            self.say("copied the command line", "$primary")

    def action_back(self) -> None:
        if self.query_one("#replay-confirm").display:
            self._leave_confirm()
        elif self.step is Step.RUN and self.going is not None and not self.going.is_over:
            self._ask(self.going)
        elif self.step is Step.PLAN and self.pointed is not None and self.job is None:
            self.workers.cancel_group(self, "replay-plan")
            self._go_to(Step.SELECT)
        else:
            self.close()

    def _leave_confirm(self) -> None:
        self.query_one("#replay-confirm").display = False
        self.query_one("#replay-confirm Input", Input).value = ""
        self.set_focus(self._first_widget(Step.PLAN))
        self.say("nothing is sent", "$muted")

    def _ask(self, going: Going) -> None:
        choices = [
            Choice("go on", "and watch it", ""),
            Choice("leave it running", "6 Jobs shows it", "leave"),
            Choice("stop it", "within one transaction; it can be resumed", "stop"),
        ]

        def answered(answer: str | None) -> None:
            if answer == "leave":
                self.close()
            elif answer == "stop":
                self.run_worker(going.stop(), group="replay-stop")

        self.app.push_screen(ChooseScreen(f"job {going.job.spec.job} runs", choices), answered)
