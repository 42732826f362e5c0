"""The screen in a terminal of its own: however it ends, the terminal is as it was, and the exit code says why."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import ENTER, ROOT, Terminal
from tests.waiting import eventually

HELP = ("╭─  Overview  " + "─" * 85 + "╮").encode()
"""It takes all of the width where that is less than 118 columns."""
SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and never says a word: the screen waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals, silent: str) -> None:
    with Terminal("-b", silent) as screen:
        # At this moment the first screen is being put together.
        screen.until(ENTER)
        children = children_of(screen.running.pid)
        screen.running.send_signal(number)
        assert screen.ended() == 128 + number
        assert (screen.left_on(), screen.said().count(b"kafkatui:")) == ([], 0)
        eventually(lambda: not any(map(is_there, children)))


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_before_there_is_a_screen(number: signal.Signals, silent: str) -> None:
    with Terminal("-b", silent) as screen:
        eventually(lambda: b"kafkatui" in Path(f"/proc/{screen.running.pid}/cmdline").read_bytes())
        # Its handler is there, and most of what a screen needs is not loaded yet.
        eventually(lambda: _answers(screen.running.pid, number))
        screen.running.send_signal(number)
        assert (screen.ended(), screen.left_on(), b"Traceback" in screen.shown) == (128 + number, [], False)


def _answers(pid: int, number: int) -> bool:
    """Whether a process has its own handler for a signal that Python leaves alone, and SIGINT's with it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    caught = int(next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), 16)
    return bool(caught >> (signal.SIGHUP - 1) & 1) and bool(caught >> (number - 1) & 1)


def test_a_signal_in_a_dialog(silent: str) -> None:
    with Terminal("-b", silent) as screen:
        screen.until(b"Overview")
        screen.press(b"?")
        screen.until(HELP)
        screen.running.send_signal(signal.SIGTERM)
        assert (screen.ended(), screen.left_on()) == (143, [])


@pytest.mark.parametrize(("keys", "shown"), [(b"", b"Overview"), (b"?", HELP), (b":", b"go to"), (b"/", b"filter")])
def test_ctrl_c_of_the_keyboard_leaves_as_q_does(silent: str, keys: bytes, shown: bytes) -> None:
    with Terminal("-b", silent) as screen:
        screen.until(b"Overview")
        screen.press(keys)
        screen.until(shown)
        screen.press(b"\x03")
        assert (screen.ended(), screen.left_on()) == (0, [])


def test_a_terminal_that_is_closed_ends_it(silent: str) -> None:
    with Terminal("-b", silent) as screen:
        screen.until(b"Overview")
        children = children_of(screen.running.pid)
        screen.hang_up()
        assert screen.ended() == 129
        eventually(lambda: not any(map(is_there, children)))


def test_a_terminal_that_is_gone_without_a_signal_ends_it(silent: str) -> None:
    """As with nohup, or where the terminal is not the session's: reading gives nothing, for ever."""
    ignoring = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-m", "kafkatui")
    with Terminal("-b", silent, command=ignoring) as screen:
        screen.until(b"Overview")
        screen.hang_up()
        assert screen.ended() == 129


def test_it_can_be_stopped_and_goes_on(silent: str) -> None:
    with Terminal("-b", silent) as screen:
        screen.until(b"Overview")
        screen.running.send_signal(signal.SIGTSTP)
        eventually(lambda: _is_stopped(screen.running.pid))
        while screen._read(0.05):
            continue
        assert screen.left_on() == []
        before = len(screen.shown)
        screen.running.send_signal(signal.SIGCONT)
        eventually(lambda: screen._read(0.05) and ENTER in screen.shown[before:])
        eventually(lambda: screen._read(0.05) and b"Overview" in screen.plain.split(ENTER)[-1])
        # Told to go on though it was not stopped, it has its terminal once, not twice.
        screen.running.send_signal(signal.SIGCONT)
        screen.press(b"q")
        assert (screen.ended(), screen.left_on()) == (0, [])


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"


def test_a_lost_child_does_not_end_it(silent: str) -> None:
    with Terminal("-b", silent) as screen:
        screen.until(b"Overview")
        for each in children_of(screen.running.pid):
            os.kill(each, signal.SIGKILL)
        screen.press(b"?")
        screen.until(HELP)
        screen.press(b"\x03")
        assert (screen.ended(), screen.left_on()) == (0, [])


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (500, 200)])
def test_a_terminal_of_an_odd_size(silent: str, size: tuple[int, int]) -> None:
    with Terminal("-b", silent, size=size) as screen:
        screen.until(ENTER)
        screen.running.send_signal(signal.SIGTERM)
        assert (screen.ended(), screen.left_on()) == (143, [])


def test_a_storm_of_sizes(silent: str) -> None:
    with Terminal("-b", silent) as screen:
        screen.until(b"Overview")
        for number in range(300):
            screen.resize(1 + number * 7 % 200, 1 + number * 5 % 70)
            screen._read(0)
        screen.resize(100, 30)
        screen.press(b"?")
        screen.until(HELP)
        screen.running.send_signal(signal.SIGTERM)
        assert (screen.ended(), screen.left_on()) == (143, [])


RESIZED_WHILE_LOOKING = """
import fcntl, struct, sys, termios
from kafkatui.__main__ import main
from kafkatui.tui.terminal import Terminal

look = Terminal._get_terminal_size

def look_too_long(terminal):
    size = look(terminal)
    if size == (30, 12):
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    return size

Terminal._get_terminal_size = look_too_long
raise SystemExit(main(sys.argv[1:]))
"""


def test_a_size_that_changes_while_it_is_looked_at_is_the_last_one_taken(silent: str) -> None:
    """The signal of the next size comes in the middle of what the one before has begun."""
    with Terminal("-b", silent, command=(sys.executable, "-c", RESIZED_WHILE_LOOKING)) as screen:
        screen.until(b"Overview")
        screen.resize(30, 12)
        screen.press(b"?")
        screen.until(HELP)
        screen.running.send_signal(signal.SIGTERM)
        assert (screen.ended(), screen.left_on()) == (143, [])


STUCK = """
import signal, sys
from kafkatui.tui import start, terminal

start.LAST_RESORT_SECONDS = 1
before = terminal.Before()
sys.stdout.write("\\x1b[?1049h\\x1b[?25l\\x1b[?1000h\\x1b[?1003h\\x1b[?1006h\\x1b[?2004h\\x1b[>1u")
import tty
tty.setraw(0)
with start.ending_on_signals(lambda code: True, before.restore):
    print("ready", flush=True)
    while True:
        signal.pause()
"""


def test_what_does_not_leave_after_a_signal_is_ended_with_a_sane_terminal() -> None:
    with Terminal(command=(sys.executable, "-c", STUCK)) as stuck:
        stuck.until(b"ready")
        assert stuck.left_on() != []
        stuck.running.send_signal(signal.SIGHUP)
        assert (stuck.ended(), stuck.left_on()) == (129, [])


DEAF = """
import itertools, signal
from kafkatui.tui import start

start.LAST_RESORT_SECONDS, start._STUCK_SECONDS = 1, 0
with start.ending_on_signals(lambda code: True, lambda: None):
    print("ready", flush=True)
    signal.raise_signal(signal.SIGTERM)
    sum(itertools.repeat(0))
"""
"""It holds Python's lock, so that no handler runs any more."""


def test_what_runs_no_python_any_more_is_ended_too() -> None:
    ran = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, check=False, cwd=ROOT, timeout=30)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, b"ready\n", b"")


SURROUNDINGS: list[dict[str, str]] = [
    {"NO_COLOR": "1"},
    {"HOME": "", "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""},
    {"XDG_STATE_HOME": "/dev/null", "XDG_CONFIG_HOME": "/dev/null"},
    {"XDG_STATE_HOME": "/proc", "XDG_CONFIG_HOME": "/proc"},
    {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("around", SURROUNDINGS, ids=lambda around: ",".join(around))
def test_odd_surroundings_change_nothing(silent: str, around: dict[str, str]) -> None:
    with Terminal("-b", silent, env=around) as screen:
        screen.until(b"Overview")
        screen.press(b"q")
        assert (screen.ended(), screen.left_on()) == (0, [])


@pytest.mark.parametrize(("term", "why"), [("dumb", b"is dumb"), ("", b"is not set")])
def test_a_terminal_that_can_not_move_its_cursor_is_told(silent: str, term: str, why: bytes) -> None:
    with Terminal("-b", silent, env={"TERM": term}) as screen:
        assert (screen.ended(), screen.left_on()) == (2, [])
        assert screen.shown == b"kafkatui: TERM " + why + b": the screen needs a terminal that can move its cursor\r\n"
