"""What became of a replay that was killed. It has no way back: records can not be taken out of a topic again."""

from __future__ import annotations

from typing import Any

from kafkatui.cli.replaying import jobs
from kafkatui.kafka.cluster import Cluster
from kafkatui.replay.execution import read_job
from kafkatui.replay.jobs import Phase
from kafkatui.replay.progress import AnotherPlan
from kafkatui.replay.spec import SpecError
from kafkatui.undo.journal import Entry, Result
from kafkatui.undo.kinds import Found, Impossible, Undoing


class ReplayKind:
    """The kind `replay`."""

    async def plan(self, source: Any, entry: Entry, place: str) -> Undoing:
        raise Impossible(entry.change.cannot_undo or "records can not be taken back out of a topic")

    async def look(self, source: Cluster, entry: Entry) -> Found:
        """The group of the job tells how far it came; what it had not committed is void."""
        name = str(entry.change.planned["job"])
        job = jobs().find(name)
        if job is None:
            raise Impossible(f"the file of job {name} is gone")
        try:
            progress = await read_job(source, job.spec)
        except (SpecError, AnotherPlan) as error:
            raise Impossible(str(error)) from error
        counts = {"records": progress.records}
        if progress.is_done:
            jobs().change(job, phase=Phase.DONE, pid=None, records=progress.records)
            return Found(Result.OK, counts, "all of it was sent")
        jobs().change(job, phase=Phase.STOPPED, pid=None, records=progress.records, problem="killed")
        text = f"{progress.records} records were sent and count; kafkatui replay resume {name} goes on"
        return Found(Result.UNKNOWN, counts, text)
