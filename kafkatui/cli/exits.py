"""How a command ends: exit codes, and sentences on stderr. What is printed on stdout is in `report`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from enum import IntEnum
from pathlib import Path

from kafkatui.safe_text import safe_text


class Code(IntEnum):
    """What the exit code of every command means."""

    OK = 0
    FAILED = 1
    """Also when one item of many failed."""
    USAGE = 2
    UNREACHABLE = 3
    """Can not connect or authenticate."""
    CHECK = 4
    """A check is not met."""
    BUG = 70
    """Not an answer of any kind: the program itself is wrong (EX_SOFTWARE of sysexits)."""
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    """The reader of stdout went away: 128 + SIGPIPE, as a shell reports it."""


class Failure(Exception):
    """Ends the command with a code and one sentence for a person."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def say(sentence: str) -> None:
    """One line on stderr, safe for a terminal whatever the cluster put into it."""
    with suppress(OSError):  # a full disk behind stderr must not change the exit code
        print(f"kafkatui: {safe_text(sentence)}", file=sys.stderr, flush=True)  # noqa: T201


def open_closed_streams() -> None:
    """A stream the caller closed is None in Python: nothing comes from it, and what goes to stderr goes nowhere."""
    for name, mode in (("stdin", "r"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 stays open


def in_words(problem: OSError) -> str:
    """What the system refused, and for which file if it is about one."""
    reason = problem.strerror or str(problem)
    return f"{problem.filename}: {reason}" if problem.filename else reason
