"""Command lines in this process, many in the time one takes as a process of its own; what they say is caught."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence

import pytest

from kafkatui.__main__ import main
from tests.kafka.command_line import Ran


def run(words: Sequence[str], capfd: pytest.CaptureFixture[str]) -> Ran:
    """Run a command line to its end. What raises is a bug, and not caught here."""
    capfd.readouterr()
    code = main(words)
    gc.enable()  # a command that reads once leaves it off
    out, err = capfd.readouterr()
    return Ran(code, out.encode(), err)


def failures(
    commands: Iterable[tuple[int, Sequence[str]]], way_in: Sequence[str], capfd: pytest.CaptureFixture[str]
) -> list[str]:
    """Run each with `way_in` behind it; those that end with another code than the one in front, and what they said."""
    failed = []
    for code, words in commands:
        ran = run([*words, *way_in], capfd)
        if ran.code != code or "Traceback" in ran.err:
            failed.append(f"{' '.join(words)}: {ran.code}, not {code}: {ran.err}")
    return failed
