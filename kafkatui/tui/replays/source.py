"""What the screens ask for replays; `replay.replays.Replays` answers it, tests script another. Types only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from kafkatui.model.connection import Connection
from kafkatui.replay.jobs import Job
from kafkatui.replay.plan import Plan
from kafkatui.replay.planning import Asked
from kafkatui.replay.progress import Progress, State
from kafkatui.replay.run import Options
from kafkatui.replay.verification import Verified
from kafkatui.undo.journal import Entry


class Steering(Protocol):
    """A run, as far as a person steers it; see `replay.run.Run`."""

    rate: float | None

    @property
    def progress(self) -> Progress: ...

    @property
    def state(self) -> State: ...

    @property
    def was_stopped(self) -> bool: ...

    def pause(self, paused: bool) -> None: ...

    def stop(self) -> None: ...

    async def abort(self) -> None: ...


class Executing(Protocol):
    """See `replay.execution.Execution`."""

    @property
    def run(self) -> Steering: ...

    def states(self) -> AsyncGenerator[State, None]: ...

    def finish(self, problem: str | None = None, *, interrupted: bool = False) -> Job: ...


class Source(Protocol):
    """See `replay.replays.Replays`."""

    async def plan(self, asked: Asked, rate: float | None, counted: Callable[[int, int, int], None]) -> Plan: ...

    def write_down(self, plan: Plan) -> Job: ...

    def keep(self, job: Job) -> Job: ...

    def open(self, job: Job, options: Options) -> AbstractAsyncContextManager[Executing]: ...

    def all(self) -> Sequence[Job]: ...

    def find(self, name: str) -> Job | None: ...

    def history(self, job: Job) -> Sequence[Entry]: ...

    def end(self, job: Job, progress: Progress) -> Job: ...

    async def progress(self, job: Job) -> Progress: ...

    async def verify(self, job: Job) -> Verified: ...


OpenReplays: TypeAlias = Callable[[Connection], Source]
"""The replays of a connection. It opens nothing by itself."""
