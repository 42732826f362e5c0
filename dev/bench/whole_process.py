"""Runs commands as whole processes, taking turns, and measures each: wall time, CPU time and peak memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over all runs of one command, but the largest peak."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    least_seconds: float
    most_seconds: float


_LAUNCHER = """
import json, os, sys, time
null, started = os.open(os.devnull, os.O_WRONLY), time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
_, status, used = os.wait4(pid, 0)
print(json.dumps([time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(command: Sequence[str]) -> Run:
    """Raises RuntimeError when the command fails; what it prints is thrown away.

    A small process starts it: Linux counts the memory of the starting process into the peak of what it starts.
    """
    words = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}")
    return Run(*json.loads(done.stdout))


def _environment() -> dict[str, str]:
    """As on a user's machine: Python may keep what it compiled, which the warm-up run does."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def side_by_side(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Measured]:
    """Each command once to warm up, then all of them in turn `rounds` times: what slows one slows its neighbour."""
    for command in commands.values():
        run(command)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command))
    return {name: _measured(done) for name, done in runs.items()}


def _measured(runs: list[Run]) -> Measured:
    seconds = [each.seconds for each in runs]
    return Measured(
        statistics.median(seconds),
        statistics.median(each.cpu_seconds for each in runs),
        max(each.peak_mib for each in runs),
        min(seconds),
        max(seconds),
    )
