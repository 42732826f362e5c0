"""The history of the session on screen: each reading goes into the ring, and into a file while it is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from kafkatui.history.errors import FrameError, RecordingError
from kafkatui.history.frames import frame_of, parts_of
from kafkatui.history.recording import Recorder, save
from kafkatui.history.ring import Ring
from kafkatui.model.events import Event
from kafkatui.model.snapshot import Snapshot, Stage


class Session:
    """Takes readings while others are shown. What can not be kept is said once, and the screen goes on."""

    def __init__(self, recorder: Recorder | None, say: Callable[[str], None]) -> None:
        self.ring = Ring()
        self.recorder = recorder
        """None: nothing is recorded, or it could not be any more."""
        self._say = say
        self._last_event: Event | None = None
        self._is_told = False
        self._cluster_id: str | None = None

    async def take(self, snapshot: Snapshot, seen: float) -> None:
        """Keep a complete reading; keys that come meanwhile are not held up. `seen`: epoch seconds."""
        if snapshot.stage is not Stage.GROUPS:
            return
        parts = []
        for part in parts_of(snapshot):
            parts.append(part)
            await asyncio.sleep(0)
        newest = snapshot.events[0] if snapshot.events else None
        has_event, self._last_event = newest != self._last_event, newest
        moments = self.ring.moments
        # A clock that was set back must not bring the readings out of order.
        seen = max(seen, moments[-1]) if moments else seen
        self._cluster_id = snapshot.cluster_id
        try:
            frame = self.ring.add(frame_of(parts), seen, has_event=has_event)
        except FrameError as error:
            if not self._is_told:
                self._say(f"there is no history: {error}")
            self._is_told = True
            return
        if self.recorder is not None:
            try:
                self.recorder.write(frame, snapshot.cluster_id)
            except RecordingError as error:
                self.close()
                self._say(f"recording has stopped: {error}")

    def save(self, path: Path, context: str | None) -> str:
        """Write what is kept into a new file; what to say about it."""
        try:
            count = save(path, self.ring.frames(), context, self._cluster_id)
        except RecordingError as error:
            return str(error)
        return f"{count} readings saved: kafkatui --replay-session {path}"

    def close(self) -> None:
        if self.recorder is not None:
            self.recorder.close()
            self.recorder = None
