"""One replay: its plan, how far the group of the job says it is, what was left out, and its runs."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from kafkatui.columns.cells import thousands
from kafkatui.model.snapshot import Snapshot
from kafkatui.replay.jobs import Job
from kafkatui.replay.progress import Progress
from kafkatui.safe_text import safe_text
from kafkatui.tui.replaying import why_not_here
from kafkatui.tui.replays import lines
from kafkatui.tui.replays.going import KNOWN, words_of
from kafkatui.tui.replays.rows import LEFT, LEFT_OUT, RUNS, JobRow, left_out, phase_of, ways_left, why
from kafkatui.tui.screens.jobs import FindReplaying, ShowsJobs
from kafkatui.tui.screens.place import Clock
from kafkatui.tui.widgets.table import Table


class JobScreen(ShowsJobs):
    """Read when it is opened, with `r`, and after a run of it ends here."""

    def __init__(self, job: Job, find: FindReplaying, place: str, trail: str, clock: Clock) -> None:
        super().__init__(find, place, trail, clock)
        self._job = job
        self._progress: Progress | None = None
        self._problem = ""

    def body(self) -> Iterable[Widget]:
        yield Static(classes="headline job", markup=False)
        deepest = "nothing lies deeper than a partition"
        yield Table(
            LEFT, lambda way: str(way.where), name_of="partition", quiet=("next", "sent"), deepest=deepest, id="ways"
        )
        yield Table(
            LEFT_OUT, lambda each: each.name, name_of="name", nothing="nothing was left out",
            deepest="nothing lies deeper than a record", title="Left out", id="left-out",
        )  # fmt: skip
        yield Table(
            RUNS, lambda entry: entry.id, name_of="at", nothing="it has not run",
            deepest="nothing lies deeper than a run", title="Runs", id="runs",
        )  # fmt: skip

    @property
    def job(self) -> Job:
        return self._job

    def command(self) -> str:
        return f"replay show {quote(self._job.spec.job)}"

    def show(self, snapshot: Snapshot) -> None:
        """Jobs are not part of a snapshot."""
        self.show_now()

    def show_now(self) -> None:
        row = self.row_of(self._job)
        self.query_one(".headline", Static).update(Content("\n").join(self._headline(row)))
        self.query_one("#ways", Table).show(list(ways_left(self._job.spec, self._progress)))
        left = self.query_one("#left-out", Table)
        left.show(left_out(self._job))
        left.display = bool(left_out(self._job))

    def _headline(self, row: JobRow) -> Iterable[Content]:
        spec = self._job.spec
        names = f"{safe_text(spec.source)} → {safe_text(spec.goes_to)}"
        sent = self._job.records if self._progress is None else self._progress.records
        if row.state is not None:
            sent = row.state.records
        yield Content.assemble(
            f" {names}   ", (phase_of(row), "bold"), f"   {thousands(sent)} sent   ", (self._share(row), "$muted")
        )
        yield Content.assemble(" ", lines.ways_line(spec), (f"; plan {spec.hash}", "$muted"))
        said = self._problem or why(row)
        yield Content.styled(f" ▲ {safe_text(said)}" if said else "", "$warning")

    def _share(self, row: JobRow) -> str:
        if row.state is not None:
            return f"{row.state.share:.0%}   {row.state.rate:.0f} records/s"
        offsets = self._job.spec.offsets
        return "" if self._progress is None else f"{thousands(self._progress.offsets)} of {thousands(offsets)} offsets"

    async def load(self) -> None:
        replaying = self.find()
        if replaying is None:
            return
        try:
            self._job = replaying.source.find(self._job.spec.job) or self._job
            self.query_one("#runs", Table).show(replaying.source.history(self._job))
            self._problem = why_not_here(replaying, self._job)
            self.show_now()
            if not self._problem:
                self._progress = await replaying.source.progress(self._job)
        except KNOWN as error:
            self._problem = words_of(error)
        self.show_now()
