"""The sixth place: the replays of this machine, with those that run in this app as they are now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from textual import on, work
from textual.widget import Widget

from kafkatui.model.snapshot import Snapshot
from kafkatui.replay.jobs import Job, Phase
from kafkatui.replay.words import job_command
from kafkatui.safe_text import safe_text
from kafkatui.tui.keys import bindings
from kafkatui.tui.messages import OpenJob, With
from kafkatui.tui.replaying import Replaying, why_not_here, why_read_only
from kafkatui.tui.replays.rows import JOBS, JobRow
from kafkatui.tui.screens.place import Clock, Place
from kafkatui.tui.widgets.table import Table

UPDATES = 0.5
"""Seconds between two looks at what runs in this app; files are not looked at."""
FindReplaying = Callable[[], Replaying | None]
"""Gives what replays on the connection that is shown; None: nothing does."""


class ShowsJobs(Place):
    """What can be done with the job under the cursor, or the one that is shown."""

    present = "jobs are shown as they are now"
    BINDINGS = bindings("jobs")

    def __init__(self, find: FindReplaying, place: str, trail: str, clock: Clock) -> None:
        super().__init__(place, trail, clock)
        self.find = find
        self._ended = 0

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(UPDATES, self._look)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.read()

    @work(exclusive=True, group="jobs")
    async def read(self) -> None:
        await self.load()

    async def load(self) -> None:
        """Read anew what is shown."""
        raise NotImplementedError

    def show_now(self) -> None:
        """Paint what runs here as it is now."""
        raise NotImplementedError

    @property
    def job(self) -> Job | None:
        """The one keys act on."""
        raise NotImplementedError

    def _look(self) -> None:
        replaying = self.find()
        if replaying is None or not self.is_current:
            return
        if replaying.background.ended != self._ended:
            self._ended = replaying.background.ended
            self.read()
        elif replaying.background.running:
            self.show_now()

    def row_of(self, job: Job) -> JobRow:
        replaying = self.find()
        going = None if replaying is None else replaying.background.find(job.spec.job)
        if going is None or going.is_over:
            return JobRow(job)
        return JobRow(going.job, going.state, is_here=True)

    def why_not(self, action: str) -> str:
        if action == "resume":
            return why_not_here(self.find(), self.job) or why_read_only(self.connection) or self._why_not_resume()
        if action == "verify":
            return why_not_here(self.find(), self.job) or self._why_not_verify()
        if action == "copy_command" and self.job is None:
            return "there is no job here"
        return super().why_not(action)

    def _why_not_resume(self) -> str:
        is_done = self.job is not None and self.job.phase is Phase.DONE
        return "it is done; v compares source and target" if is_done else ""

    def _why_not_verify(self) -> str:
        # What is being sent lies in the target before it counts.
        job = self.job
        is_running = job is not None and (job.is_running or self.row_of(job).is_here)
        return "it runs now: v compares once it has ended" if is_running else ""

    def action_resume(self) -> None:
        if self.job is not None:
            self.post_message(OpenJob(self.job, With.RESUME))

    def action_verify(self) -> None:
        if self.job is not None:
            self.post_message(OpenJob(self.job, With.VERIFY))

    def action_again(self) -> None:
        self.read()

    def action_copy_command(self) -> None:
        job = self.job
        if job is not None:
            verb = "verify" if job.phase is Phase.DONE else "resume"
            # Without a flag the command goes to the cluster of the job.
            connection = None if why_not_here(self.find(), job) else self.connection
            command = job_command(verb, job.spec.job, None, connection)
            self.app.copy_to_clipboard(command)
            self.say(f"copied {command}")


class JobTable(Table[JobRow]):
    """What is copied of a job is its command line."""

    BINDINGS = bindings("jobtable")


class JobsScreen(ShowsJobs):
    """One row a job, the newest first; enter opens it."""

    def __init__(self, find: FindReplaying, place: str, trail: str, clock: Clock) -> None:
        super().__init__(find, place, trail, clock)
        self._jobs: Sequence[Job] | None = None

    def body(self) -> Iterable[Widget]:
        yield JobTable(
            JOBS,
            lambda row: row.job.spec.job,
            name_of="job",
            quiet=("phase", "records"),
            nothing="no jobs yet: R in Messages, or kafkatui replay, makes one",
            id="jobs",
        )

    def command(self) -> str:
        return "replay list"

    def show(self, snapshot: Snapshot) -> None:
        """Jobs are not part of a snapshot."""
        self.show_now()

    @property
    def job(self) -> Job | None:
        row = self.query_one(JobTable).rows.row
        return None if row is None else row.job

    async def load(self) -> None:
        replaying = self.find()
        try:
            self._jobs = () if replaying is None else replaying.source.all()
        except OSError as error:
            self._jobs = ()
            self.say(f"the jobs can not be read: {error}")
        self.show_now()

    def show_now(self) -> None:
        table = self.query_one(JobTable)
        table.unread = ""
        table.show(None if self._jobs is None else [self.row_of(job) for job in self._jobs])

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        if self.job is not None:
            self.post_message(OpenJob(self.job))


def trail_of(job: Job, above: str) -> str:
    name = safe_text(job.spec.job)
    return f"{above} ▸ {name}" if above else name
