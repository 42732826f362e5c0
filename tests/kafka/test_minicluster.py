"""The mini-cluster on this machine: what it starts works at once, and whatever happens, it leaves nothing running."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from kafkatui.minicluster import cluster, engine_java, metadata, processes, state
from kafkatui.minicluster.errors import BrokerDied, MiniClusterError
from kafkatui.minicluster.jvm import Jvm
from kafkatui.minicluster.layout import Node, free_ports
from kafkatui.minicluster.processes import Process
from kafkatui.minicluster.state import Status
from tests.kafka.dev_process import ROOT, dev, processes_of
from tests.waiting import eventually


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The folder of a mini-cluster that only this test has; whatever runs there is ended."""
    place = tmp_path / "kafkatui" / "dev"
    yield place
    cluster.down(place)


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of three brokers that may be killed and paused; a test leaves them running as it found them."""
    place = tmp_path_factory.mktemp("troubled") / "kafkatui" / "dev"
    cluster.up(3, "java", home=place)
    yield place
    cluster.down(place)


def written(home: Path) -> Status | None:
    """The state file, also of a mini-cluster that is still starting."""
    return state.load(home)


def test_every_broker_of_the_test_run_knows_all_three(mini_cluster: Status) -> None:
    seen = [metadata.members(broker.host, broker.port, mini_cluster.cluster_id) for broker in mini_cluster.brokers]
    assert seen == [frozenset({1, 2, 3})] * 3
    assert [broker.rack for broker in mini_cluster.brokers] == ["rack-a", "rack-b", "rack-c"]


async def test_a_topic_can_be_made_as_soon_as_up_returns(home: Path) -> None:
    running = cluster.up(1, "java", home=home)
    admin = AIOKafkaAdminClient(bootstrap_servers=running.bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic("first", 2, 1)])
    finally:
        await admin.close()
    assert [error[:2] for error in answer.topic_errors] == [("first", 0)]


def test_a_second_up_gives_the_running_one_and_down_ends_it_once(home: Path) -> None:
    first = cluster.up(1, "java", home=home)
    assert cluster.up(3, "java", home=home).cluster_id == first.cluster_id
    assert cluster.status(home) == cluster.up(1, "java", home=home)
    assert cluster.down(home)
    assert not cluster.down(home)
    assert cluster.status(home) is None
    assert processes_of(home) == []
    assert not state.data_dir(home).exists()


def test_down_where_nothing_ever_ran_makes_no_folder(home: Path) -> None:
    assert not cluster.down(home)
    assert not home.exists()


def test_a_state_file_from_before_a_reboot_ends_no_stranger(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        left = replace(cluster.up(1, "java", home=home), started_at=1.0)
        (broker,) = left.brokers
        assert broker.process
        processes.end([broker.process])
        state.save(left.with_broker(replace(broker, process=Process(stranger.pid, "an earlier boot 1"))))
        assert cluster.status(home) is None
        assert cluster.up(1, "java", home=home).started_at > 1.0
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("rubbish", ["", "{", '{"format": 99}', '{"format": 1}', "[]", "\x00"])
def test_a_state_file_that_can_not_be_read_counts_as_none(home: Path, rubbish: str) -> None:
    home.mkdir(parents=True)
    (home / "state.json").write_text(rubbish)
    assert cluster.status(home) is None
    assert not cluster.down(home)


def test_ctrl_c_in_the_middle_of_up_leaves_nothing(home: Path) -> None:
    with dev(home, "up", "--empty", "--engine", "java") as up:
        eventually(lambda: len(processes_of(home)) >= 2)
        up.send_signal(signal.SIGINT)
        assert up.wait(30) == 130
        assert "Traceback" not in (up.stderr.read() if up.stderr else "")
    assert processes_of(home) == []
    assert written(home) is None
    assert not state.data_dir(home).exists()


def test_a_closed_terminal_in_the_middle_of_up_leaves_nothing(home: Path) -> None:
    with dev(home, "up", "--empty", "--engine", "java") as up:
        eventually(lambda: len(processes_of(home)) >= 2)
        up.send_signal(signal.SIGHUP)
        assert up.wait(30) == 128 + signal.SIGHUP
    assert processes_of(home) == []
    assert written(home) is None


def test_a_caller_can_give_up_through_its_progress(home: Path) -> None:
    def give_up(step: str, done: int = 0, total: int = 0) -> None:
        if step == "starting brokers" and processes_of(home):
            raise TimeoutError

    with pytest.raises(TimeoutError):
        cluster.up(1, "java", home=home, progress=give_up)
    assert processes_of(home) == []
    assert written(home) is None


def test_down_ends_what_an_up_left_that_was_itself_killed(home: Path) -> None:
    with dev(home, "up", "--empty", "--engine", "java") as up:
        eventually(lambda: len(processes_of(home)) == 3)
        up.kill()
    assert processes_of(home) != []
    assert cluster.status(home) is None
    cluster.down(home)
    assert processes_of(home) == []


def test_two_ups_at_once_make_one_cluster(home: Path) -> None:
    with (
        dev(home, "up", "--empty", "--brokers", "1") as one,
        dev(home, "up", "--empty", "--brokers", "1") as other,
    ):
        addresses = {one.communicate(timeout=60)[0], other.communicate(timeout=60)[0]}
        assert (one.returncode, other.returncode) == (0, 0)
    running = cluster.status(home)
    assert running
    assert addresses == {f"{running.bootstrap}\n"}


def test_a_broker_that_dies_while_starting_shows_the_end_of_its_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_java, "server_properties", lambda *_: "process.roles=juggler\n")
    monkeypatch.setattr(Jvm, "archive", property(lambda self: home / "none"))
    with pytest.raises(BrokerDied, match=r"broker-1 ended while it was starting; .*log:\n(.*\n)*.*juggler"):
        cluster.up(1, "java", home=home)
    assert processes_of(home) == []
    assert written(home) is None


def test_a_broken_class_archive_stops_nothing(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    archive = tmp_path / "broken.jsa"
    archive.write_bytes(b"rubbish" * 1000)
    monkeypatch.setattr(Jvm, "archive", property(lambda self: archive))
    assert cluster.up(1, "java", home=home).brokers[0].alive


def test_the_ports_people_know_are_left_to_whoever_has_them(home: Path, mini_cluster: Status) -> None:
    running = cluster.up(1, "java", home=home)
    assert running.brokers[0].port not in {broker.port for broker in mini_cluster.brokers}


def test_a_broker_of_another_cluster_on_its_port_is_not_taken_for_its_own(
    home: Path, mini_cluster: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that start at once both find the port free: the one that comes too late goes on elsewhere."""
    (first, *_) = mini_cluster.brokers
    taken = Node(1, first.port, free_ports(1)[0])
    monkeypatch.setattr(engine_java, "nodes", lambda count: (taken,))
    running = cluster.up(1, "java", home=home)
    (broker,) = running.brokers
    assert (broker.alive, broker.port != first.port) == (True, True)
    assert metadata.members(broker.host, broker.port, running.cluster_id) == {1}
    assert metadata.members(first.host, first.port, running.cluster_id) == frozenset()


def test_down_ends_the_workers_and_their_children(home: Path) -> None:
    cluster.up(1, "java", home=home)
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()', 'child-of-worker'])"
    worker = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, start_new_session=True)
    with worker:
        eventually(lambda: bool(processes.mentioning(["child-of-worker", "-c input()"])))
        cluster.register_worker(worker.pid, "load", home)
        cluster.register_worker(worker.pid, "load", home)
        running = cluster.status(home)
        assert running
        assert [w.pid for w in running.workers if w.what == "load"] == [worker.pid]
        cluster.down(home)
    eventually(lambda: not processes.mentioning(["child-of-worker", "-c input()"]))


def test_a_killed_broker_is_seen_as_stopped_and_comes_back(troubled: Path) -> None:
    after = cluster.kill_broker(2, troubled)
    assert [broker.alive for broker in after.brokers] == [True, False, True]
    assert cluster.status(troubled) == after
    eventually(lambda: metadata.members(after.brokers[0].host, after.brokers[0].port, after.cluster_id) == {1, 3})
    back = cluster.start_broker(2, troubled)
    assert [broker.alive for broker in back.brokers] == [True] * 3
    eventually(lambda: all(metadata.members(b.host, b.port, back.cluster_id) == {1, 2, 3} for b in back.brokers))


def test_starting_a_broker_that_runs_changes_nothing(troubled: Path) -> None:
    before = cluster.status(troubled)
    assert cluster.start_broker(1, troubled) == before


def test_a_paused_broker_lives_and_answers_nothing(troubled: Path) -> None:
    after = cluster.pause_broker(3, troubled)
    broker = after.broker(3)
    assert broker
    assert (broker.alive, broker.paused) == (True, True)
    assert metadata.members(broker.host, broker.port, after.cluster_id, timeout=0.2) == frozenset()
    cluster.resume_broker(3, troubled)
    eventually(lambda: metadata.members(broker.host, broker.port, after.cluster_id) == {1, 2, 3})


def test_starting_a_paused_broker_lets_it_go_on(troubled: Path) -> None:
    cluster.pause_broker(3, troubled)
    back = cluster.start_broker(3, troubled)
    broker = back.broker(3)
    assert broker
    assert (broker.alive, broker.paused) == (True, False)
    assert metadata.members(broker.host, broker.port, back.cluster_id) >= {3}


@pytest.mark.parametrize("act", [cluster.kill_broker, cluster.start_broker, cluster.pause_broker])
def test_a_broker_that_does_not_exist_is_named(troubled: Path, act: Callable[[int, Path], Status]) -> None:
    with pytest.raises(MiniClusterError, match="no broker 7, only 1, 2, 3"):
        act(7, troubled)


def test_without_a_mini_cluster_one_sentence_says_how_to_start_one(home: Path) -> None:
    with pytest.raises(MiniClusterError, match="no mini-cluster is running: start one with: kafkatui dev up"):
        cluster.kill_broker(1, home)


def test_the_status_is_cheap(troubled: Path) -> None:
    def milliseconds() -> float:
        started = time.perf_counter()
        cluster.status(troubled)
        return (time.perf_counter() - started) * 1000

    assert min(milliseconds() for _ in range(5)) < 10


def test_the_status_command_for_scripts(troubled: Path, home: Path) -> None:
    with dev(troubled, "status", "--json") as printing:
        document = json.loads(printing.communicate()[0])
        assert printing.returncode == 0
    running = cluster.status(troubled)
    assert running
    assert (document["schema"], document["running"]) == ("kafkatui.dev-status/1", True)
    assert document["bootstrap"] == running.bootstrap
    assert [broker["pid"] for broker in document["brokers"]] == [broker.pid for broker in running.brokers]
    with dev(home, "status", "--json") as nothing:
        assert json.loads(nothing.communicate()[0]) == {"schema": "kafkatui.dev-status/1", "running": False}
        assert nothing.returncode == 1


def test_looking_at_the_status_loads_no_kafka_client_and_no_screen() -> None:
    script = "import sys, kafkatui.minicluster.cluster as c; c.status(); print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"aiokafka", "kio", "textual", "rich", "jgo", "requests", "kafkatui.minicluster.engines"}.isdisjoint(
        printed.stdout.split()
    )
