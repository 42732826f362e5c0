"""What the screens of replays share: who answers for the connection, and the jobs that run in this app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kafkatui.model.connection import Connection
from kafkatui.replay.jobs import Job
from kafkatui.replay.run import Options
from kafkatui.tui.replays.going import Background, Going
from kafkatui.tui.replays.source import Source

Begin: TypeAlias = Callable[[Job, Options], Going]
"""Run a job in the background of the app."""


@dataclass(frozen=True, slots=True)
class Replaying:
    """For one connection."""

    source: Source
    connection: Connection
    cluster_id: str | None
    background: Background
    begin: Begin

    @property
    def where(self) -> str:
        """The cluster in words."""
        name = self.connection.context or ",".join(self.connection.bootstrap)
        return f"{name} (cluster {self.cluster_id})" if self.cluster_id else name


def why_read_only(connection: Connection | None) -> str:
    """Why nothing can be sent on it; empty: it can."""
    if connection is None:
        return "no cluster is shown"
    if not connection.read_only:
        return ""
    if connection.context is None:
        return "read-only: a bare address is, unless kafkatui was started with --read-write"
    return f"read-only: so says context {connection.context}; kafkatui --read-write -c {connection.context} may send"


def why_not_here(replaying: Replaying | None, job: Job | None) -> str:
    """Why a job can not be gone on with or verified on this connection; empty: it can."""
    if replaying is None or job is None:
        return "there is no job here"
    if replaying.cluster_id is not None and job.spec.cluster_id != replaying.cluster_id:
        return f"it is of the cluster {job.spec.cluster_id}, and this is {replaying.cluster_id}"
    if job.spec.is_across:
        return f"it reads another cluster: kafkatui replay resume {job.spec.job} goes on with it, verify compares"
    return ""
