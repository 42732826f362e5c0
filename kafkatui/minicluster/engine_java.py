"""The engine `java`: one JVM for each broker, from Kafka's published jars. Which ports and racks is in `layout`."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kafkatui.minicluster import brokers, jars, places, processes, training
from kafkatui.minicluster.errors import BrokerDied, MiniClusterError
from kafkatui.minicluster.jre import find_java
from kafkatui.minicluster.jvm import BROKER_LOCK, MAIN_CLASS, Jvm, environment
from kafkatui.minicluster.layout import HOST, Node, free_nodes, nodes
from kafkatui.minicluster.processes import Process
from kafkatui.minicluster.progress import Progress
from kafkatui.minicluster.properties import server_properties
from kafkatui.minicluster.state import Broker, Status, Worker
from kafkatui.minicluster.storage import format_log_dir

Save = Callable[[Status], None]


@dataclass(frozen=True, slots=True)
class JavaEngine:
    """Starts and ends brokers as processes of this machine."""

    heap_mb: int = 192
    name: str = "java"

    def check(self) -> None:
        """Raise MiniClusterError if this machine lacks a Java, or the jars and the means to fetch them."""
        find_java()
        jars.check(jars.lock(BROKER_LOCK), jars.folder(places.cache()))

    def start(self, empty: Status, count: int, save: Save, progress: Progress) -> Status:
        """Start `count` brokers in the mini-cluster `empty` and wait until they serve; `save` gets every new process.

        Raises MiniClusterError.
        """
        jvm = Jvm(find_java(), places.cache(), self.heap_mb)
        jars.fetch(jars.lock(BROKER_LOCK), jvm.jar_dir, progress)
        try:
            started = _start_all(empty, nodes(count), jvm, jvm.reading_archive(), save, progress)
        except BrokerDied:
            # A bad archive or a port that was taken a moment ago; what else it may be, the second death tells.
            self.end(empty)
            jvm.archive.unlink(missing_ok=True)
            started = _start_all(empty, free_nodes(count), jvm, (), save, progress)
        return started if jvm.archive.exists() else _with_training(started, jvm, save)

    def end(self, status: Status) -> None:
        """End every broker of this mini-cluster, also one that the state does not know of. Its data is not kept."""
        known = [broker.process for broker in status.brokers if broker.process]
        # Ctrl-C may come between the start of a process and the moment it is written down.
        unknown = processes.mentioning([f"{status.data_dir}/", MAIN_CLASS])
        if stayed := processes.end([*known, *unknown]):
            raise MiniClusterError(f"could not end {_pids(stayed)}")

    def kill(self, broker: Broker) -> Broker:
        """End one broker as a power cut would."""
        if broker.process and processes.end([broker.process]):
            raise MiniClusterError(f"could not end {broker.name}")
        return replace(broker, process=None, paused=False, alive=False)

    def revive(self, status: Status, broker: Broker) -> Broker:
        """Start a stopped broker again with the data it has. Returns before it serves."""
        process = _spawn(broker.command, status.data_dir / broker.name)
        return replace(broker, process=process, paused=False, alive=True)

    def pause(self, broker: Broker) -> Broker:
        """Stop its clock: its ports stay open and nothing is answered."""
        return replace(_signalled(broker, signal.SIGSTOP), paused=True)

    def resume(self, broker: Broker) -> Broker:
        """Let a paused broker go on."""
        return replace(_signalled(broker, signal.SIGCONT), paused=False)


def _start_all(
    empty: Status, members: Sequence[Node], jvm: Jvm, flags: Sequence[str], save: Save, progress: Progress
) -> Status:
    status = empty
    for node in members:
        folder = _prepare(node, members, status.data_dir, status.cluster_id)
        command = jvm.command(folder / "server.properties", *flags)
        broker = Broker(node.node_id, HOST, node.port, node.rack, node.name, _spawn(command, folder), command)
        status = replace(status, brokers=(*status.brokers, replace(broker, alive=True)))
        save(status)
    brokers.wait_until_ready(status, progress=progress)
    return status


def _prepare(node: Node, members: Sequence[Node], data: Path, cluster_id: str) -> Path:
    folder = data / node.name
    _clear(folder)
    format_log_dir(folder / "log", cluster_id, node.node_id)
    (folder / "server.properties").write_text(server_properties(node, members, folder / "log"), encoding="ascii")
    return folder


def _clear(folder: Path) -> None:
    """A folder of this name can be left from an attempt whose processes are ended by now."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _spawn(command: Sequence[str], folder: Path) -> Process:
    try:
        return processes.spawn(command, folder / brokers.LOG_NAME, environment())
    except OSError as reason:
        raise MiniClusterError(f"could not run {command[0]}: {reason.strerror}") from reason


def _with_training(status: Status, jvm: Jvm, save: Save) -> Status:
    process = training.begin(status.data_dir, jvm)
    if process is None:
        return status
    trained = replace(status, workers=(*status.workers, Worker(process, training.WHAT, alive=True)))
    save(trained)
    return trained


def _signalled(broker: Broker, number: signal.Signals) -> Broker:
    if broker.process is None or not processes.send(broker.process, number):
        raise MiniClusterError(f"{broker.name} is not running")
    return broker


def _pids(stayed: Sequence[Process]) -> str:
    return "process " + ", ".join(str(process.pid) for process in stayed)
