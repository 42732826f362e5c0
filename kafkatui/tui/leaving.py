"""How the app ends: by a signal, or by a bug, of which nothing is printed here."""

from __future__ import annotations

from textual.app import App
from textual.css.query import NoMatches
from textual.worker import WorkerFailed


class Leaving(App[int]):
    """An app whose end leaves a sane terminal and no secret on it."""

    def leave(self, code: int) -> bool:
        """Begin to leave, from wherever a signal interrupts; False: it does not run."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return False
        loop.call_soon_threadsafe(self._exit_with, code)
        return True

    def _exit_with(self, code: int) -> None:
        """By way of its own messages: a screen that is being put together is finished first."""
        if not self.call_later(self.exit, return_code=code):
            self.exit(return_code=code)

    @property
    def bug(self) -> BaseException | None:
        """What ended it, if it was no person."""
        error: BaseException | None = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def _handle_exception(self, error: Exception) -> None:
        """Leave, for `start.run` to raise it. Textual would print what every function held: records, secrets."""
        if self._exit and isinstance(error, NoMatches):
            # Screens that are still put together when the app leaves lose their parts first.
            return
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._return_code = 1
        self._close_messages_no_wait()
