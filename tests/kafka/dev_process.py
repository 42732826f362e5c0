"""`kafkatui dev` in processes of their own, as a person runs it, and what such processes leave behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kafkatui.minicluster import processes, state
from kafkatui.minicluster.processes import Process

ROOT = Path(__file__).parents[2]


@contextmanager
def running(home: Path, command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A Python with these arguments, whose own mini-cluster is the one in `home`."""
    environment = {**os.environ, "XDG_STATE_HOME": str(home.parents[1])}
    pipe = subprocess.PIPE
    arguments = [sys.executable, *command]
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, text=True, stdout=pipe, stderr=pipe) as process:
        yield process


@contextmanager
def dev(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`kafkatui dev WORDS`."""
    with running(home, ["-m", "kafkatui", "dev", *words]) as process:
        yield process


def processes_of(home: Path) -> list[Process]:
    """Everything that runs for the mini-cluster in `home`."""
    return processes.mentioning([f"{state.data_dir(home)}/"])
