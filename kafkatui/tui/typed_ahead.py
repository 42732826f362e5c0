"""Keys typed faster than the screen follows: each waits until what the one before asked for is done.

Textual hands a key to the widget that has the focus at that moment, while the key before may still be on its way to
the prompt it opens: the letters after `/` would act as keys. What a key does is not known here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.widgets import Input

LONGEST_WAIT = 0.5
"""Seconds; whoever works for longer than that lets the keys through as they come."""
_ROUNDS = 3
"""The key goes to the app, from there to the focus and up to whoever acts on it, and what that posts goes up again."""


class TypedAhead:
    """For one app, which asks it about every key before anybody acts on it."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._held: deque[events.Key] = deque()
        self._released: deque[events.Key] = deque()
        """On their way to the app once more."""
        self._settling: asyncio.Task[None] | None = None

    def holds(self, key: events.Key) -> bool:
        """Whether this key has to wait: it comes again. If not, it acts now, and those that follow wait for it."""
        if self._released and self._released[0] is key:
            self._released.popleft()
            return False
        if self._settling is not None:
            self._held.append(key)
            return True
        if not self._is_text(key):
            self._settling = asyncio.create_task(self._let_through(), name="keys typed ahead")
        return False

    def _is_text(self, key: events.Key) -> bool:
        """What is typed into an input changes nothing for the keys behind it."""
        return key.is_printable and isinstance(self._app.focused, Input)

    async def _let_through(self) -> None:
        try:
            await self._settle()
            while self._held:
                self._release()
                await self._settle()
        finally:
            self._settling = None

    def _release(self) -> None:
        """The next key, or a whole text that goes into an input."""
        while self._held:
            key = self._held.popleft()
            self._released.append(key)
            self._app.post_message(key)
            if not self._is_text(key):
                return

    async def _settle(self) -> None:
        """Until nothing is left to do for the keys so far, and the focus stays where it is."""
        before: list[MessagePump] = []
        rounds = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT):
                while rounds < _ROUNDS or before != self._way_up():
                    before = self._way_up()
                    for node in before:
                        await _caught_up(node)
                    rounds += 1

    def _way_up(self) -> list[MessagePump]:
        """From what has the focus up to the app."""
        screen = self._app.screen
        return [*(screen.focused or screen).ancestors_with_self]


async def _caught_up(node: MessagePump) -> None:
    """Until it has looked at every message it has now."""
    done = asyncio.Event()
    if node.is_running and node.call_later(done.set):
        await done.wait()
