"""Ctrl-C for a command that writes: it ends where everything under way is known, and at once the second time.

SIGTERM and SIGHUP are the same to it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from kafkatui.cli import interrupts

_Found = TypeVar("_Found")


class Stop:
    """The first Ctrl-C ends it once what is under way is confirmed, the second at once."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.asked: asyncio.Future[None] = loop.create_future()
        self._main = asyncio.current_task()
        for number in interrupts.ENDING:
            if interrupts.takes(number) or (number == signal.SIGINT and not _is_ignored(number)):
                loop.add_signal_handler(number, self._interrupt, number)

    def _interrupt(self, number: int) -> None:
        interrupts.note(number)
        if not self.asked.done():
            self.asked.set_result(None)
        elif self._main is not None:
            self._main.cancel()

    async def before(self, waiting: Coroutine[Any, Any, _Found], grace: float = 0.0) -> _Found | None:
        """What is waited for; None if Ctrl-C came first and it is not there within `grace` seconds either."""
        task: asyncio.Future[Any] = asyncio.ensure_future(waiting)
        try:
            await asyncio.wait({task, self.asked}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task}, timeout=grace)
            return task.result() if task.done() else None
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})


def _is_ignored(number: int) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN
