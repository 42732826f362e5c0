"""The program as a process: what it loads, and how it ends when somebody interrupts it or stops listening."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kafkatui

_ROOT = Path(kafkatui.__file__).parents[1]
_HEAVY = ("textual", "aiokafka", "kio", "rich", "pydantic", "jgo", "kafkatui.tui", "kafkatui.minicluster")


def loaded_by(code: str) -> set[str]:
    """Modules loaded once `code` has run in a Python of its own."""
    report = f"import sys\ntry:\n    {code}\nfinally:\n    print(sorted(sys.modules), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True, cwd=_ROOT)
    return set(json.loads(ran.stderr.strip().splitlines()[-1].replace("'", '"')))


def test_the_package_loads_nothing() -> None:
    assert {name for name in loaded_by("import kafkatui") if name.startswith("kafkatui")} == {"kafkatui"}


def test_the_door_loads_nothing_heavy() -> None:
    ours = {name for name in loaded_by("import kafkatui.__main__") if name.startswith("kafkatui")}
    assert ours == {"kafkatui", "kafkatui.__main__"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["lag", "--help"],
        ["produce", "--help"],
        ["topics", "--help"],
        ["topics", "delete-records", "--help"],
        ["dlq", "--help"],
        ["dlq", "show", "--help"],
        ["replay", "--help"],
        ["dlq", "redrive", "--help"],
        ["--version"],
        ["config", "list"],
        ["config", "import", "--help"],
        ["config", "add", "x", "--color", "pink"],
        ["topics", "--nope"],
        ["groups", "reset", "--help"],
        ["groups", "delete", "--nope"],
        ["undo", "list"],
        ["doctor", "--help"],
    ],
)
def test_what_reads_no_cluster_loads_no_client_and_no_screen(arguments: list[str]) -> None:
    loaded = loaded_by(f"from kafkatui.__main__ import main; main({arguments})")
    assert not {name for name in loaded if name.startswith(_HEAVY)}


@pytest.mark.parametrize("command", ["lag", "dlq", "doctor"])
def test_what_reads_a_cluster_loads_no_screen(command: str) -> None:
    loaded = loaded_by(f"from kafkatui.__main__ import main; main(['{command}', '-b', '127.0.0.1:1'])")
    assert {"aiokafka", "kio"} <= loaded
    assert not {name for name in loaded if name.startswith(("textual", "rich", "pydantic", "kafkatui.minicluster"))}


@pytest.fixture
def silent_port() -> Iterator[socket.socket]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def test_ctrl_c_ends_it_in_silence(silent_port: socket.socket) -> None:
    address = f"127.0.0.1:{silent_port.getsockname()[1]}"
    command = [sys.executable, "-m", "kafkatui", "lag", "-b", address, "--timeout", "1m"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=_ROOT) as running:
        peer, _ = silent_port.accept()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
        peer.close()
    assert (running.returncode, out, err) == (130, b"", b"")


def test_a_reader_that_goes_away_ends_it_in_silence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-m", "kafkatui", "--version"], stdout=writer, stderr=subprocess.PIPE, check=False, cwd=_ROOT
    )
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_full_disk_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "kafkatui", "--version"], stdout=full, stderr=subprocess.PIPE, check=False, cwd=_ROOT
        )
    assert (ran.returncode, ran.stderr) == (1, b"kafkatui: stdout can not be written (No space left on device)\n")


def test_a_name_the_locale_can_not_spell(bare_home: Path) -> None:
    (bare_home / "kafkatui").mkdir()
    (bare_home / "kafkatui" / "config.toml").write_text('[contexts."gr\u00fcn"]\nbootstrap = "a"\n')
    ran = subprocess.run(
        [sys.executable, "-m", "kafkatui", "config", "list"],
        capture_output=True,
        check=False,
        cwd=_ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"  gr\\xfcn  a:9092\n", b"")


def with_closed(stream: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The program started by a shell that closes a stream first, as `>&-` does."""
    line = f'exec "$@" {stream}'
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "kafkatui", *arguments]
    return subprocess.run(command, capture_output=True, check=False, cwd=_ROOT)


@pytest.mark.parametrize(
    ("stream", "arguments", "code", "said"),
    [
        (">&-", ["--version"], 1, b"kafkatui: stdout can not be written (it is closed)\n"),
        (
            "<&-",
            [],
            2,
            b"kafkatui: the screen needs a terminal; kafkatui --help lists what scripts can use\n",
        ),
        ("2>&-", ["topics", "-b", "127.0.0.1:1"], 3, b""),
        ("2>/dev/full", ["topics", "-b", "127.0.0.1:1"], 3, b""),
        (">/dev/full", ["--help"], 1, b"kafkatui: No space left on device\n"),
    ],
)
def test_a_stream_that_can_not_be_used_changes_no_exit_code(
    stream: str, arguments: list[str], code: int, said: bytes
) -> None:
    ran = with_closed(stream, *arguments)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, b"", said)


def test_a_folder_removed_under_us_is_no_reason_to_fail(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    leave = "import os, sys; os.chdir(sys.argv[1]); os.rmdir(sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])"
    command = [sys.executable, "-c", leave, str(gone), sys.executable, "-m", "kafkatui", "topics", "-c", "nope"]
    env = {**os.environ, "PYTHONPATH": str(_ROOT)}
    ran = subprocess.run(command, capture_output=True, check=False, env=env)
    assert (ran.returncode, ran.stderr.count(b"\n")) == (2, 1)


def test_an_empty_context_is_not_taken_for_none() -> None:
    ran = with_closed("", "-c", "", "topics")
    assert (ran.returncode, ran.stderr) == (2, b"kafkatui: -c: there is no context ''; no config file names one\n")
