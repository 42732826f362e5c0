"""The screen as a process in a terminal of its own, ended by a signal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import kafkatui

_ROOT = Path(kafkatui.__file__).parents[1]
_ENTER, _LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
"""The other screen of a terminal: switched on, switched off."""


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody holds the other end any more
        return b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals) -> None:
    terminal, other_end = pty.openpty()
    command = [sys.executable, "-m", "kafkatui", "-b", "127.0.0.1:1"]
    env = {**os.environ, "TERM": "xterm-256color"}
    shown = b""
    with subprocess.Popen(command, stdin=other_end, stdout=other_end, stderr=other_end, cwd=_ROOT, env=env) as running:
        os.close(other_end)
        while _ENTER not in shown:
            part = _read(terminal)
            assert part, shown
            shown += part
        running.send_signal(number)
        while part := _read(terminal):
            shown += part
    os.close(terminal)
    assert shown.rindex(_LEAVE) > shown.rindex(_ENTER)
    assert running.returncode == 128 + number


STUCK = """
import signal
from kafkatui.tui import start

class Stuck:
    def call_later(self, *what, **how):
        pass
    exit = None

start.LAST_RESORT_SECONDS = 1
with start.ending_on_signals(Stuck()):
    print("ready", flush=True)
    while True:
        signal.pause()
"""


def test_what_does_not_leave_after_a_signal_is_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, cwd=_ROOT) as stuck:
        assert stuck.stdout is not None
        assert stuck.stdout.readline() == b"ready\n"
        stuck.send_signal(signal.SIGHUP)
        assert stuck.wait(20) == -signal.SIGALRM
