"""Starts, recognises, signals and ends processes of this machine. What they do is not known here."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One process. Pids are used again, a pid with its start time is not."""

    pid: int
    started: str
    """Opaque; equal as long as it is the same process."""

    @property
    def is_alive(self) -> bool:
        """Whether it still is there, and not as a zombie."""
        return identify(self.pid) == self


def spawn(command: Sequence[str], log: Path, environment: Mapping[str, str], *, own_session: bool = True) -> Process:
    """Start `command` with its output in the file `log`; in its own session the terminal's Ctrl-C does not reach it.

    It outlives this Python process. Raises OSError.
    """
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        pid = os.posix_spawn(
            command[0],
            tuple(command),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, out, 1),
                (os.POSIX_SPAWN_DUP2, out, 2),
            ],
            setsid=own_session,
            # Whoever starts us from a script may have ignored SIGINT, and Kafka would inherit that.
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
        )
    finally:
        os.close(out)
    return identify(pid) or Process(pid, "ended at once")


def identify(pid: int) -> Process | None:
    """The living process `pid`, or None. A zombie is not alive."""
    started = _start_in_proc(pid) if _PROC.is_dir() else _start_from_ps(pid)
    return Process(pid, started) if started else None


def send(process: Process, number: signal.Signals) -> bool:
    """Send a signal if it still is the same process; whether it was."""
    if not process.is_alive:
        return False
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)
        return True
    return False


def end(processes: Iterable[Process], *, with_children: bool = False, patience: float = 10) -> list[Process]:
    """SIGKILL them, and their process groups where they lead one if `with_children`; the list of those that stayed.

    Waits at most `patience` seconds until they are gone.
    """
    waiting = doomed = [process for process in processes if process.is_alive]
    for process in doomed:
        with suppress(ProcessLookupError, PermissionError):
            if with_children and os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + patience
    while waiting and time.monotonic() < deadline:
        time.sleep(0.01)
        waiting = [process for process in waiting if process.is_alive]
    for process in doomed:
        # Those that are children of this very process would stay as zombies until it ends.
        with suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
    return waiting


def mentioning(words: Sequence[str]) -> list[Process]:
    """Every process whose command line holds all of `words`."""
    pids = (pid for pid, command in _commands() if all(word in command for word in words))
    return [process for pid in pids if (process := identify(pid))]


def _commands() -> Iterable[tuple[int, str]]:
    return _commands_in_proc() if _PROC.is_dir() else _commands_from_ps()


def _commands_in_proc() -> Iterable[tuple[int, str]]:
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                yield int(folder.name), os.fsdecode(command)


def _commands_from_ps() -> Iterable[tuple[int, str]]:
    for line in _ps("-axww", "-o", "pid=,command=").splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command


def _start_in_proc(pid: int) -> str | None:
    try:
        # The name, second of all, is in brackets and may hold anything.
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{_boot()} {fields[19]}"


def _boot() -> str:
    # Start times are counted from the boot: without it a state file from before could name a stranger.
    with suppress(OSError):
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return ""


def _start_from_ps(pid: int) -> str | None:
    state, _, started = _ps("-o", "state=,lstart=", "-p", str(pid)).strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _ps(*arguments: str) -> str:
    try:
        return subprocess.run(["ps", *arguments], capture_output=True, text=True, timeout=5).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
