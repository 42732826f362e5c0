"""The program as a process of its own, against real brokers: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO, NamedTuple

import kafkatui

_ROOT = Path(kafkatui.__file__).parents[1]
_SECONDS = 120


class Ran(NamedTuple):
    """What a command line left behind."""

    code: int
    out: bytes
    err: str


def run(*arguments: str, given: bytes = b"") -> Ran:
    """Run a command line to its end; `given` is its stdin."""
    command = [sys.executable, "-m", "kafkatui", *arguments]
    ran = subprocess.run(command, input=given, capture_output=True, check=False, cwd=_ROOT, timeout=_SECONDS)
    return Ran(ran.returncode, ran.stdout, ran.stderr.decode())


def start(
    *arguments: str, given: IO[bytes] | int = subprocess.PIPE, errors: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """A command line that runs; who started it ends it. `given` is its stdin, `errors` its stderr."""
    command = [sys.executable, "-m", "kafkatui", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=given, stdout=pipe, stderr=errors, cwd=_ROOT, bufsize=0)


def ended(running: subprocess.Popen[bytes]) -> Ran:
    """What it left behind, once it has ended."""
    out, err = running.communicate(timeout=_SECONDS)
    return Ran(running.returncode, out or b"", (err or b"").decode())
