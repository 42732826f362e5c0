"""Recordings from the command line: the door to one, and one sentence for what is none."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from kafkatui.__main__ import open_recording, open_screen
from kafkatui.cli.exits import Code, Failure
from kafkatui.history.recording import Recorder
from kafkatui.history.ring import Ring
from tests.builders import AT, an_order_system
from tests.terminal import rest_of
from tests.unit.test_history import packed

_ROOT = Path(__file__).parents[2]
LEFT = b"\x1b[?1049l"
"""The other screen of a terminal is switched off."""


def recorded(path: Path) -> Path:
    recorder = Recorder(path, "prod")
    recorder.write(Ring().add(packed(an_order_system()), AT), "id")
    recorder.close()
    return path


def test_a_file_that_is_no_recording_is_told_in_one_sentence(tmp_path: Path) -> None:
    foreign, damaged = tmp_path / "foreign", recorded(tmp_path / "damaged")
    foreign.write_text("hello")
    data = damaged.read_bytes()
    damaged.write_bytes(data[:400] + b"\0\0\0\0" + data[404:] + data[-400:])
    for path, code, words in (
        (tmp_path / "none", Code.USAGE, "can not be read: No such file"),
        (foreign, Code.USAGE, "is no recording of kafkatui"),
        (damaged, Code.FAILED, "damaged at byte"),
    ):
        with pytest.raises(Failure, match=words) as raised:
            open_recording(path)
        assert raised.value.code is code
        assert str(path) in str(raised.value)


def test_a_file_that_is_there_is_not_recorded_over(tmp_path: Path, bare_home: Path) -> None:
    path = recorded(tmp_path / "session")
    with pytest.raises(Failure, match="is there already") as raised:
        open_screen(None, path)
    assert raised.value.code is Code.USAGE


def test_the_screen_refuses_an_alert_that_can_not_be(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = bare_home / "config.toml"
    file.write_text('[[alerts]]\nwhen = "lag"\n')
    monkeypatch.setenv("KAFKATUI_CONFIG", str(file))
    with pytest.raises(Failure, match=r"alerts\[0\]\.above must be a number of records"):
        open_screen(None)


ALONE = """
import os, sys
sys.addaudithook(lambda event, given: os._exit(9) if event in ("socket.connect", "socket.getaddrinfo") else None)
from kafkatui.__main__ import main
raise SystemExit(main(sys.argv[1:]))
"""


def test_a_recording_opens_in_a_terminal_and_nothing_is_dialled(tmp_path: Path) -> None:
    path = recorded(tmp_path / "session")
    terminal, other_end = pty.openpty()
    command = [sys.executable, "-c", ALONE, "--replay-session", str(path)]
    env = {**os.environ, "TERM": "xterm-256color"}
    shown = b""
    with subprocess.Popen(command, stdin=other_end, stdout=other_end, stderr=other_end, cwd=_ROOT, env=env) as running:
        os.close(other_end)
        while b"recorded" not in shown:
            shown += os.read(terminal, 65_536)
        os.write(terminal, b"q")
        shown += rest_of(terminal)
    os.close(terminal)
    assert LEFT in shown
    assert running.returncode == 0, shown[-2000:]
