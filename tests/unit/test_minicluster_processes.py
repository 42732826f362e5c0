"""Processes are told apart by pid and start time, with /proc and, where there is none, with ps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkatui.minicluster import processes
from kafkatui.minicluster.processes import Process
from tests.waiting import eventually

DARWIN = "Ss   Mon Nov 23 04:11:08 2026\n"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for its end."""
    with subprocess.Popen([sys.executable, "-c", "input()", "a mark"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """A system without /proc, and what its ps says to its last argument."""
    answers: dict[str, str] = {}
    monkeypatch.setattr(processes, "_PROC", tmp_path / "none")
    monkeypatch.setattr(processes, "_ps", lambda *words: answers.get(words[-1], ""))
    return answers


def test_a_pid_that_was_given_again_is_another_process(child: subprocess.Popen[bytes]) -> None:
    found = processes.identify(child.pid)
    assert found
    assert found.is_alive
    assert not Process(child.pid, "an earlier time").is_alive
    assert not processes.send(Process(child.pid, "an earlier time"), signal.SIGKILL)
    assert processes.end([Process(child.pid, "an earlier time")]) == []
    assert child.poll() is None


def test_an_ended_process_is_gone_though_nobody_asked_for_its_exit_code(child: subprocess.Popen[bytes]) -> None:
    found = processes.identify(child.pid)
    assert found
    assert processes.end([found]) == []
    assert not found.is_alive


def test_processes_are_found_by_the_words_of_their_command_line(child: subprocess.Popen[bytes]) -> None:
    # Linux closes what Popen waits for a moment before the new command line can be read.
    eventually(lambda: child.pid in {found.pid for found in processes.mentioning(["input()", "a mark"])})
    assert processes.mentioning(["a mark", "another mark"]) == []


def test_output_goes_to_the_log_and_the_session_is_its_own(tmp_path: Path) -> None:
    script = "import os; print('said'); print(os.getsid(0) == os.getpid())"
    spawned = processes.spawn([sys.executable, "-c", script], tmp_path / "log", os.environ)
    os.waitpid(spawned.pid, 0)
    assert (tmp_path / "log").read_text() == "said\nTrue\n"


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        processes.spawn(["/nowhere/java"], tmp_path / "log", os.environ)


def test_ps_tells_the_start_where_there_is_no_proc(says: dict[str, str]) -> None:
    says["4711"] = DARWIN
    assert processes.identify(4711) == Process(4711, "Mon Nov 23 04:11:08 2026")
    assert processes.identify(4712) is None


def test_ps_tells_a_zombie(says: dict[str, str]) -> None:
    says["4711"] = DARWIN.replace("Ss ", "Z+ ")
    assert processes.identify(4711) is None


def test_ps_tells_command_lines(says: dict[str, str]) -> None:
    says["4711"] = DARWIN
    says["pid=,command="] = "    1 /sbin/launchd\n 4711 java -cp libs kafka.Kafka /data/broker-1/server.properties\n"
    assert [found.pid for found in processes.mentioning(["kafka.Kafka", "/data/"])] == [4711]
