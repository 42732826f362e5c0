"""`kafkatui dev` and `kafkatui demo` with the sample world: filled, kept alive, and gone without a trace."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkatui.cli import connect
from kafkatui.cli.flags import Where
from kafkatui.minicluster import cluster, processes, state
from kafkatui.model.connection import Registry
from tests.kafka.dev_process import dev, processes_of, running
from tests.waiting import eventually

DEMO = """
from kafkatui.cli.demo import start_demo
from kafkatui.minicluster.cluster import status

def screen(bootstrap):
    print(bootstrap == status().bootstrap, [worker.what for worker in status().workers if worker.what == "load"] != [])
    return 7

raise SystemExit(start_demo({keep}, screen))
"""
ENDLESS_DEMO = """
import signal
from kafkatui.cli.demo import start_demo

start_demo(False, lambda bootstrap: signal.pause())
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The folder of a mini-cluster that only this test has; whatever runs there is ended."""
    place = tmp_path / "kafkatui" / "dev"
    yield place
    cluster.down(place)


def test_up_with_load_runs_until_down_and_a_second_up_adds_nothing(home: Path) -> None:
    with dev(home, "up", "--load") as up:
        printed, said = up.communicate(timeout=120)
        assert (up.returncode, said.count("ready after")) == (0, 1)
    first = cluster.status(home)
    assert first
    assert printed == f"{first.bootstrap}\n"
    load = [worker for worker in first.workers if worker.what == "load"]
    assert load
    assert all(worker.alive for worker in load)
    with dev(home, "up", "--load") as again:
        assert again.communicate(timeout=30)[0] == printed
    second = cluster.status(home)
    assert second
    assert [worker for worker in second.workers if worker.what == "load"] == load
    with dev(home, "down") as down:
        assert down.communicate(timeout=30) == ("", "the mini-cluster is stopped\n")
    assert not any(worker.process.is_alive for worker in load)
    assert processes_of(home) == []


def test_ctrl_c_while_the_world_is_written_leaves_nothing(home: Path) -> None:
    with dev(home, "up") as up:
        assert up.stderr
        eventually(lambda: "writing" in (up.stderr.readline() if up.stderr else ""))
        up.send_signal(signal.SIGINT)
        assert "Traceback" not in up.communicate(timeout=30)[1]
        assert up.returncode == 130
    assert processes_of(home) == []
    assert state.load(home) is None


def test_up_with_a_registry_gives_the_context_dev_one_that_ends_with_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dev(home, "up", "--empty", "--brokers", "1") as up:
        assert up.communicate(timeout=120)[0]
    with dev(home, "up", "--empty", "--registry") as again:
        _, said = again.communicate(timeout=120)
    found = cluster.status(home)
    assert found
    assert found.registry
    assert f"schemas     {found.registry}" in said
    monkeypatch.setenv("XDG_STATE_HOME", str(home.parents[1]))
    connection = connect.connection_of(Where(context="dev"))
    assert connection
    assert connection.registry == Registry((found.registry,))
    with urllib.request.urlopen(f"{found.registry}/schemas/types", timeout=20) as answer:
        assert "AVRO" in json.load(answer)
    pid = next(worker.pid for worker in found.workers if worker.what.endswith(found.registry))
    assert cluster.start_registry(home).registry == found.registry
    assert pid in [process.pid for process in processes_of(home)]
    with dev(home, "down") as down:
        down.communicate(timeout=30)
    assert processes_of(home) == []


def test_the_scenarios_are_listed_with_what_they_do(home: Path) -> None:
    with dev(home, "scenario") as listing:
        printed = listing.communicate(timeout=30)[0]
    assert {"lag", "poison", "broker-down", "broker-up", "rebalance"} <= {
        line.split()[0] for line in printed.splitlines()
    }
    assert all(len(line.split()) > 2 for line in printed.splitlines())


@pytest.mark.parametrize(("words", "code", "sentence"), [
    (["scenario", "nonsense"], 2, "there is no scenario nonsense"),
    (["scenario", "lag"], 1, "no mini-cluster is running"),
    (["seed"], 1, "no mini-cluster is running"),
    (["up", "--empty", "--load"], 2, "--load needs the sample world"),
])  # fmt: skip
def test_what_can_not_be_done_is_one_sentence(home: Path, words: list[str], code: int, sentence: str) -> None:
    with dev(home, *words) as process:
        said = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert sentence in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("keep", [False, True])
def test_the_demo_ends_with_its_screen_unless_it_is_kept(home: Path, keep: bool) -> None:
    with running(home, ["-c", DEMO.format(keep=keep)]) as demo:
        printed, said = demo.communicate(timeout=120)
        assert demo.returncode == 7, said
    assert printed == "True True\n"
    assert (cluster.status(home) is not None) == keep
    assert bool(processes_of(home)) == keep


def test_a_terminal_closed_over_the_demo_ends_it_too(home: Path) -> None:
    script = (
        "import signal\nfrom kafkatui.cli.demo import start_demo\nstart_demo(False, lambda bootstrap: signal.pause())"
    )
    with running(home, ["-c", script]) as demo:
        eventually(lambda: any(worker.what == "load" for worker in _workers(home)), 120)
        workers = [worker.process for worker in _workers(home)]
        demo.send_signal(signal.SIGHUP)
        demo.communicate(timeout=30)
    assert processes_of(home) == []
    assert not [process for process in workers if processes.identify(process.pid) == process]


def _workers(home: Path) -> tuple[state.Worker, ...]:
    found = cluster.status(home)
    return found.workers if found else ()
