"""Shows how far a long step is, on stderr: a bar on a terminal, one line for each step anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kafkatui.cli import interrupts
from kafkatui.minicluster.progress import Progress


@contextmanager
def steps() -> Iterator[Progress]:
    """A progress to hand to whatever takes long; what it drew is gone when it ends."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with interrupts.unwinding(), _bar() as progress:
            yield progress
    else:
        yield _lines()


def _lines() -> Progress:
    said: set[str] = set()

    def say(step: str, done: int = 0, total: int = 0) -> None:
        # Steps that go on side by side take turns.
        if step not in said:
            sys.stderr.write(f"{step}\n")
            sys.stderr.flush()
        said.add(step)

    return say


@contextmanager
def _bar() -> Iterator[Progress]:
    # Half of the time that `kafkatui --help` takes would go into loading this.
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    words = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(), TimeElapsedColumn())
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task("", total=None)

        def say(step: str, done: int = 0, total: int = 0) -> None:
            drawn.update(task, description=step, completed=done, total=total or None)

        yield say
