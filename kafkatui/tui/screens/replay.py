"""The replay of records in steps: select, plan, run, verified. Each step back finds what was chosen as it was."""

from __future__ import annotations

from textual import on, work
from textual.content import Content
from textual.widgets import Input, Label

from kafkatui.replay.jobs import Job, Phase
from kafkatui.replay.run import Options
from kafkatui.replay.spec import SpecError
from kafkatui.replay.words import job_command, replay_command
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.keys import bindings
from kafkatui.tui.replays import lines, rows
from kafkatui.tui.replays.going import KNOWN, Going, words_of
from kafkatui.tui.screens.choosing import Choice, ChooseScreen
from kafkatui.tui.screens.replay_frame import ReplayFrame, Step
from kafkatui.tui.widgets.replay_form import ReplayForm
from kafkatui.tui.widgets.table import Table

UPDATES = 0.2
"""Seconds between two looks at a run."""


class ReplayScreen(ReplayFrame):
    """Nothing is sent before the plan is there and the name of the target was typed."""

    BINDINGS = bindings("replay")

    def on_mount(self) -> None:
        self.set_interval(UPDATES, self._look)
        if self.pointed is not None:
            table = self.table("chosen")
            table.show(self.pointed.parts)
            self.fit(table, len(self.pointed.parts))
        job = self.job
        going = None if job is None else self.replaying.background.find(job.spec.job)
        if going is not None and not going.is_over:
            self._watch(going)
        elif self.first is Step.VERIFIED and job is not None:
            self.go_to(Step.VERIFIED)
            self._verify(job)
        elif job is not None:
            self._prepare(job)
        else:
            self.begin()

    def begin(self) -> None:
        """Where there is no job yet."""
        self.go_to(Step.SELECT)

    # Select

    @on(ReplayForm.Changed)
    def _tell(self) -> None:
        """What the target is, or what is wrong with the answers."""
        if self.step is not Step.SELECT or self.pointed is None:
            return
        draft = self.query_one(ReplayForm).draft
        wrong = draft.wrong(self.pointed, self.topics)
        count = self.topics.get(draft.target.strip())
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
        wrong = draft.wrong(self.pointed, self.topics) or self._why_not_named(draft.job.strip())
        if wrong:
            self.say(wrong, "$error")
            return
        self.plan = None
        asked, rate = draft.asked(self.pointed, self.topics), draft.pace()
        self.command = replay_command(asked, rate, self.replaying.connection)
        self.go_to(Step.PLAN)
        self.say("looks at source and target …", "$muted")
        self._plan_it()

    def _why_not_named(self, job: str) -> str:
        try:
            is_taken = self.replaying.source.find(job) is not None
        except OSError as error:
            return f"the jobs can not be read: {error}"
        return f"there is a job {job}: go on with it in Jobs, or choose another name" if is_taken else ""

    # Plan

    @work(exclusive=True, group="replay-plan")
    async def _plan_it(self) -> None:
        if self.pointed is None:
            return
        draft = self.query_one(ReplayForm).draft

        def counted(done: int, total: int, found: int) -> None:
            self.say(f"counts: {done / max(1, total):.0%}   {found} chosen", "$muted")

        try:
            plan = await self.replaying.source.plan(draft.asked(self.pointed, self.topics), draft.pace(), counted)
        except KNOWN as error:
            self.say(f"✖ {words_of(error)}", "$error")
            return
        self.plan = plan
        ways = list(rows.ways_of(plan))
        table = self.table("plan")
        table.show(ways)
        self.fit(table, len(ways))
        self.go_to(Step.PLAN)
        self.put("lines", lines.plan_lines(plan))
        self.show_command()
        if plan.blocked:
            self.say("nothing is sent like this; the command line has flags for what is known and wanted")

    def _prepare(self, job: Job) -> None:
        """The plan of a job that goes on: what is left of it."""
        self.job, self.plan, self.going, self.progress = job, None, None, None
        self.is_compared = False
        self.command = job_command("resume", job.spec.job, None, self.replaying.connection)
        self.go_to(Step.PLAN)
        self.say("looks at how far it is …", "$muted")
        self._read_progress(job)

    @work(exclusive=True, group="replay-plan")
    async def _read_progress(self, job: Job) -> None:
        source = self.replaying.source
        try:
            progress = await source.progress(job)
            if progress.is_done and job.phase is not Phase.DONE:
                self.job = source.end(job, progress)
        except KNOWN as error:
            self.say(f"✖ {words_of(error)}", "$error")
            return
        self.progress = progress
        ways = list(rows.ways_left(job.spec, progress))
        table = self.table("left")
        table.show(ways)
        self.fit(table, len(ways))
        self.go_to(Step.PLAN)
        self.put("lines", lines.resume_lines(job, progress.records, progress.offsets))
        self.show_command()

    @property
    def to_type(self) -> str:
        """What a person types before anything is sent: of a production context its name, else that of the target."""
        connection = self.replaying.connection
        return connection.context if connection.production and connection.context else self.target_name

    @property
    def target_name(self) -> str:
        """The topic that gets it; where there are several, the source."""
        spec, job = self.spec, self.job
        if spec is None:
            return ""
        targets = [] if spec.redrive is None or job is None else list(job.target_ends)
        return targets[0] if len(targets) == 1 else spec.target.topic or spec.source

    def why_not_send(self) -> str:
        if self.plan is None and self.progress is None:
            return "the plan is not there yet"
        if self.plan is not None and self.plan.blocked:
            return f"not sent: {'; '.join(each.text for each in self.plan.blocked)}"
        if self.progress is not None and self.progress.is_done:
            return "nothing is left to be sent"
        return ""

    def action_send(self) -> None:
        """Ask for the name of the target: no single key sends anything."""
        if self.step is not Step.PLAN:
            return
        why = self.why_not_send()
        if why:
            self.say(why)
            return
        confirm = self.query_one("#replay-confirm")
        warned = "production: " if self.replaying.connection.production else ""
        confirm.query_one(Label).update(Content(f"{warned}type {shorten(safe_text(self.to_type), 60)} to send"))
        confirm.display = True
        self.set_focus(confirm.query_one(Input))
        self.say("")
        self.hint()

    def _confirmed(self) -> None:
        typed, spec = self.query_one("#replay-confirm Input", Input), self.spec
        if spec is None or self.why_not_send():
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
        """Raises OSError when the job can not be written down, `SpecError` when there is one of its name by now."""
        job, rate = self.job, None
        if job is None and self.plan is not None:
            rate = self.query_one(ReplayForm).draft.pace()
            job = self.replaying.source.write_down(self.plan)
        if job is not None:
            self._watch(self.replaying.begin(job, Options(rate=rate)))

    def _watch(self, going: Going) -> None:
        self.going, self.job = going, going.job
        self.go_to(Step.RUN)
        self._look()

    def _look(self) -> None:
        going = self.going
        if going is None or self.step is not Step.RUN:
            return
        self.put("lines", lines.progress_lines(going))
        if going.is_over and self.job is not going.job:
            self.job = going.job
            self.command = job_command("verify", going.job.spec.job, None, self.replaying.connection)
        self.show_command()
        self.hint()

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
            self.go_to(Step.VERIFIED)
            self._verify(self.going.job)

    @work(exclusive=True, group="replay-plan")
    async def _verify(self, job: Job) -> None:
        self.command = job_command("verify", job.spec.job, None, self.replaying.connection)
        self.say("reads source and target once more …", "$muted")
        try:
            verified = await self.replaying.source.verify(job)
        except KNOWN as error:
            self.say(f"✖ {words_of(error)}", "$error")
            return
        found = list(rows.compared(verified))
        table = self.table("proof")
        table.show(found)
        self.fit(table, len(found))
        self.is_compared = True
        self.go_to(Step.VERIFIED)
        self.put("proved", lines.verified_line(verified))
        self.show_command()

    # Keys

    def action_next(self) -> None:
        if not any(form.complete() for form in self.query(ReplayForm)):
            self.focus_next()

    def action_copy(self) -> None:
        if self.command and self.step is not Step.SELECT:
            self.app.copy_to_clipboard(self.command)
            self.say("copied the command line", "$primary")

    def action_back(self) -> None:
        if self.query_one("#replay-confirm").display:
            self._leave_confirm()
        elif self.step is Step.RUN and self.going is not None and not self.going.is_over:
            self._ask(self.going)
        elif self.step is Step.PLAN and self.pointed is not None and self.job is None:
            self.workers.cancel_group(self, "replay-plan")
            self.go_to(Step.SELECT)
        else:
            self.close()

    def _leave_confirm(self) -> None:
        self.query_one("#replay-confirm").display = False
        self.query_one("#replay-confirm Input", Input).value = ""
        self.set_focus(self.first_widget(Step.PLAN))
        self.say("nothing is sent", "$muted")
        self.hint()

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
