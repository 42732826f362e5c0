"""What a person hears when a bug ends the program: one sentence with its report. What that says is in `crashes`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import traceback

from kafkatui import logs
from kafkatui.cli.exits import Code, in_words, say

DEBUG = "KAFKATUI_DEBUG"
"""Set to 1, the whole traceback is printed, with what its messages hold."""
_BEGAN = time.monotonic()
_elsewhere: list[BaseException] = []
"""Bugs that ended something else than the main thread, which nobody waits for."""


def watch() -> None:
    """Hear of bugs that nothing raises here. One that ends a thread ends the program as SIGTERM does."""
    logs.begin()
    logging.getLogger("asyncio").addHandler(_Unretrieved(logging.ERROR))
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread


def last(code: int) -> int:
    """Tell of those; the exit code, `code` where only something that nobody waited for went wrong."""
    told = tell(_elsewhere[0]) if _elsewhere else code
    for sentence in logs.end():
        say(sentence)
    return told if code == 128 + signal.SIGTERM else code


def tell(error: BaseException) -> int:
    """Write the report and say where it is; the exit code."""
    from kafkatui import crashes
    from kafkatui.cli.app import WORDS

    around = crashes.Circumstances(sys.argv[1:], WORDS, os.environ, time.monotonic() - _BEGAN)
    if os.environ.get(DEBUG, "") not in ("", "0"):
        traceback.print_exception(error)
    try:
        path = crashes.write(error, around)
    except OSError as problem:
        say(f"this is a bug of kafkatui, and no report of it can be written ({in_words(problem)}); please report this:")
        for line in "\n".join(crashes.report(error, around)).splitlines():
            say(line)
    else:
        say(
            f"this is a bug of kafkatui; please report it with {path}, which holds no data, address or secret; "
            f"{DEBUG}=1 prints what it leaves out"
        )
    return Code.BUG


class _Unretrieved(logging.Handler):
    """Exceptions of tasks that nobody waits for."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            _elsewhere.append(error)


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    if isinstance(what.exc_value, Exception):
        _elsewhere.append(what.exc_value)


def _in_thread(what: threading.ExceptHookArgs) -> None:
    if what.exc_value is not None:
        _elsewhere.append(what.exc_value)
        os.kill(os.getpid(), signal.SIGTERM)
