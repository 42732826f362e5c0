"""Jobs that run in the background of the app, whatever is on screen. They are steered here and painted elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, aclosing

from kafkatui.filters import FilterError
from kafkatui.kafka.transaction_errors import Lost
from kafkatui.model.errors import ReadOnly, Unreachable
from kafkatui.model.problems import Problem
from kafkatui.replay.jobs import Job
from kafkatui.replay.pace import next_rate
from kafkatui.replay.progress import AnotherPlan, State
from kafkatui.replay.run import Stopped
from kafkatui.replay.spec import SpecError
from kafkatui.tui.replays.source import Executing, Steering

GRACE = 5.0
"""Seconds that stopping leaves the transaction under way; then it is aborted."""
KNOWN = (Unreachable, Lost, ReadOnly, SpecError, FilterError, AnotherPlan, OSError)
"""What may go wrong with a replay."""


def words_of(error: BaseException) -> str:
    """A known failure in one sentence."""
    problem = getattr(error, "problem", None)
    return problem.text if isinstance(problem, Problem) else str(error)


class Going:
    """One run. It ends by itself, or within one transaction of `stop`."""

    def __init__(self, job: Job, opening: AbstractAsyncContextManager[Executing]) -> None:
        self.job = job
        self.is_over = False
        self.was_stopped = False
        """Somebody asked for it."""
        self.problem = ""
        """Why it ended before its end."""
        self._opening = opening
        self._run: Steering | None = None
        self._last: State | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def state(self) -> State | None:
        """None: it does not send yet."""
        if self._last is not None:
            return self._last
        return None if self._run is None else self._run.state

    @property
    def rate(self) -> float | None:
        return None if self._run is None else self._run.rate

    def begin(self) -> asyncio.Task[None]:
        self.task = asyncio.create_task(self._go(), name=f"replay {self.job.spec.job}")
        return self.task

    async def _go(self) -> None:
        try:
            async with self._opening as execution:
                await self._execute(execution)
        except KNOWN as error:
            self.problem = words_of(error)
        finally:
            self.is_over = True

    async def _execute(self, execution: Executing) -> None:
        self._run = execution.run
        problem: str | None = None
        interrupted = False
        if self.was_stopped:
            execution.run.stop()
        try:
            async with aclosing(execution.states()) as states:
                async for _ in states:
                    continue
            interrupted = execution.run.was_stopped and not execution.run.progress.is_done
        except Stopped as error:
            problem = self.problem = error.problem.text
        except asyncio.CancelledError:
            interrupted = True
            await execution.run.abort()
        finally:
            self._last = execution.run.state
            self.job = execution.finish(problem, interrupted=interrupted)

    # Steering

    def pause(self) -> None:
        """Hold after the transaction under way, or go on."""
        state = self.state
        if self._run is not None and state is not None:
            self._run.pause(not state.paused)

    def pace(self, faster: bool) -> None:
        """As `next_rate`."""
        run, state = self._run, self.state
        if run is not None and state is not None:
            run.rate = next_rate(run.rate, state.rate, faster=faster)

    async def stop(self) -> None:
        """After the transaction under way; one that does not end in time is void."""
        self.was_stopped = True
        if self._run is not None:
            self._run.stop()
        if self.task is not None and not self.task.done():
            await asyncio.wait({self.task}, timeout=GRACE)
            self.task.cancel()
            await asyncio.wait({self.task})


class Background:
    """The jobs this app runs."""

    def __init__(self) -> None:
        self._all: dict[str, Going] = {}
        self.ended = 0
        """How many runs have ended: who shows jobs reads them again when it grows."""

    def find(self, job: str) -> Going | None:
        return self._all.get(job)

    @property
    def running(self) -> Sequence[Going]:
        return [each for each in self._all.values() if not each.is_over]

    def begin(self, job: Job, opening: AbstractAsyncContextManager[Executing]) -> Going:
        going = self._all[job.spec.job] = Going(job, opening)
        going.begin().add_done_callback(self._note)
        return going

    def _note(self, task: asyncio.Task[None]) -> None:
        self.ended += 1

    async def stop(self) -> None:
        """All of them."""
        await asyncio.gather(*(each.stop() for each in self.running))
