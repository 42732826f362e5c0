"""Replays and edits that begin on screen, and what becomes of those that run when the app is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeAlias

from textual import work
from textual.app import SuspendNotSupported

from kafkatui.model.connection import Connection
from kafkatui.model.records import Place as RecordPlace
from kafkatui.replay.jobs import Job
from kafkatui.replay.run import Options
from kafkatui.tui.messages import Edit, OpenJob, Redrive, Replay, Say, With
from kafkatui.tui.opening import Opening
from kafkatui.tui.replaying import Replaying
from kafkatui.tui.replays.going import Going
from kafkatui.tui.replays.source import OpenReplays
from kafkatui.tui.screens.choosing import Choice, ChooseScreen
from kafkatui.tui.screens.job import JobScreen
from kafkatui.tui.screens.jobs import trail_of
from kafkatui.tui.screens.place import Place
from kafkatui.tui.screens.redrive import RedriveScreen
from kafkatui.tui.screens.replay import ReplayScreen

EditRecord: TypeAlias = Callable[[Connection, RecordPlace], None]
"""Has a person change a record and sends it, while the terminal is theirs."""


class RunningReplays(Opening):
    """What the app does for whoever copies records."""

    _open_replays: OpenReplays | None
    _edit: EditRecord | None

    def _replaying(self) -> Replaying | None:
        """Through the connection that is shown; None: nothing can be replayed here."""
        if self._open_replays is None or self.connection is None:
            return None
        source = self._open_replays(self.connection)

        def begin(job: Job, options: Options) -> Going:
            going = self._background.begin(job, source.open(job, options))
            self._follow_run(going)
            return going

        return Replaying(source, self.connection, self.snapshot.cluster_id, self._background, begin)

    @work(group="replays")
    async def _follow_run(self, going: Going) -> None:
        """It goes on when this is cancelled; an error that nobody knows ends the app, as any does."""
        if going.task is not None:
            await asyncio.shield(going.task)

    def on_replay(self, message: Replay) -> None:
        replaying = self._replaying()
        if replaying is not None and not isinstance(self.screen, ReplayScreen):
            self.push_screen(ReplayScreen(replaying, self._targets(), self._clock, message.pointed))

    def on_edit(self, message: Edit) -> None:
        if self._edit is None or self.connection is None:
            return
        try:
            with self.suspend():
                self._edit(self.connection, message.place)
        except SuspendNotSupported:
            self.screen.post_message(Say("this terminal can not be given to an editor; kafkatui replay --edit can"))

    def on_redrive(self, message: Redrive) -> None:
        replaying = self._replaying()
        if replaying is not None and not isinstance(self.screen, ReplayScreen):
            self.push_screen(RedriveScreen(replaying, self._letters, message.asked, self._clock))

    def on_open_job(self, message: OpenJob) -> None:
        replaying, job = self._replaying(), message.job
        if replaying is None or not isinstance(self.screen, Place):
            return
        if message.what is not With.LOOK:
            verify = message.what is With.VERIFY
            self.push_screen(ReplayScreen(replaying, self._targets(), self._clock, job=job, verify=verify))
        elif not isinstance(self.screen, JobScreen):
            trail = trail_of(job, self.screen.trail)
            self.push_screen(self._bound(JobScreen(job, self._replaying, self.current_mode, trail, self._clock)))

    def _targets(self) -> Mapping[str, int]:
        """Topics that copies may go to, with their partitions."""
        return {name: len(topic.partitions) for name, topic in self.snapshot.topics.items() if not topic.internal}

    async def action_quit(self) -> None:
        running = self._background.running
        if not running:
            self.exit()
            return
        names = ", ".join(going.job.spec.job for going in running)
        choices = [
            Choice("stay", "", ""),
            Choice("stop and leave", "within one transaction; it can be resumed", "leave"),
        ]
        if not isinstance(self.screen, ChooseScreen):
            self.push_screen(ChooseScreen(f"a replay runs: {names}", choices), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer:
            self._stop_and_exit()

    @work(group="leave")
    async def _stop_and_exit(self) -> None:
        await self._background.stop()
        self.exit()
