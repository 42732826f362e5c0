"""Dead letters on their way back, in the steps of a replay: plan, run, verified. What is chosen was chosen before."""

from __future__ import annotations

from collections.abc import Callable

from textual import work
from textual.content import Content

from kafkatui.dead_letters.back_plan import Asked, BackPlan, redrive_command
from kafkatui.replay.run import Options
from kafkatui.replay.spec import Spec
from kafkatui.tui.letters.source import Letters
from kafkatui.tui.replaying import Replaying
from kafkatui.tui.replays import lines, rows
from kafkatui.tui.replays.going import KNOWN, words_of
from kafkatui.tui.screens.replay import ReplayScreen
from kafkatui.tui.screens.replay_frame import Step


class RedriveScreen(ReplayScreen):
    """Nothing is sent before the plan is there and the name of the target was typed."""

    def __init__(self, replaying: Replaying, letters: Letters, asked: Asked, clock: Callable[[], float]) -> None:
        super().__init__(replaying, {}, clock)
        self.back: BackPlan | None = None
        self._letters = letters
        self._asked = asked

    def begin(self) -> None:
        self.query_one("#replay").border_title = Content(" Redrive ")
        self.command = redrive_command(self._asked, self.replaying.connection)
        self.go_to(Step.PLAN)
        self.say("looks through the dead letters and their origins …", "$muted")
        self._plan_back()

    @property
    def spec(self) -> Spec | None:
        return self.back.spec if self.job is None and self.back is not None else super().spec

    @work(exclusive=True, group="replay-plan")
    async def _plan_back(self) -> None:
        def counted(done: int, total: int, found: int) -> None:
            self.say(f"looks: {done / max(1, total):.0%}   {found} to send", "$muted")

        try:
            if self.replaying.source.find(self._asked.job) is not None:
                self.say(f"✖ there is a job {self._asked.job}: go on with it in Jobs", "$error")
                return
            opened = await self._letters.open()
            back = await opened.source.plan_back(self._asked, counted)
        except KNOWN as error:
            self.say(f"✖ {words_of(error)}", "$error")
            return
        self.back = back
        ways = [rows.Back(where, count) for where, count in sorted(back.found.sends.items())]
        table = self.table("back")
        table.show(ways)
        self.fit(table, len(ways))
        self.go_to(Step.PLAN)
        self.put("lines", lines.back_lines(back))
        self.show_command()
        if not back.found.records:
            self.say("nothing is left to be sent")

    def go_to(self, step: Step) -> None:
        super().go_to(step)
        is_planned = step is Step.PLAN and self.job is None and self.back is not None
        table = self.table("back")
        table.display = is_planned
        if is_planned:
            self.set_focus(table)

    @property
    def target_name(self) -> str:
        if self.job is None and self.back is not None:
            targets = list(self.back.job.target_ends)
            return targets[0] if len(targets) == 1 else self.back.spec.source
        return super().target_name

    def why_not_send(self) -> str:
        if self.job is not None:
            return super().why_not_send()
        if self.back is None:
            return "the plan is not there yet"
        return "" if self.back.found.records else "nothing is left to be sent"

    def _send(self) -> None:
        """Raises OSError when the job can not be written down."""
        if self.job is None and self.back is not None:
            job = self.replaying.source.keep(self.back.job)
            self._watch(self.replaying.begin(job, Options()))
        else:
            super()._send()
