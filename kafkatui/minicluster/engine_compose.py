"""The engine `compose`: the same brokers in Docker. It could never be run where kafkatui is built, only read."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kafkatui.minicluster import brokers
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.layout import HOST, usual_nodes
from kafkatui.minicluster.progress import Progress
from kafkatui.minicluster.state import Broker, Status

BROKERS = 3
_PROJECT = "kafkatui-dev"
_FILE_NAME = "docker-compose.yml"
_PULLING = 900


@dataclass(frozen=True, slots=True)
class ComposeEngine:
    """Starts and ends brokers as containers of one compose project."""

    name: str = "compose"

    def start(self, empty: Status, count: int, save: Callable[[Status], None], progress: Progress) -> Status:
        """Start the file's three brokers and wait until they serve. Raises MiniClusterError."""
        if count != BROKERS:
            raise MiniClusterError(f"the engine compose has {BROKERS} brokers, not {count}: use --engine java")
        members = (Broker(n.node_id, HOST, n.port, n.rack, n.name, alive=True) for n in usual_nodes(count))
        status = replace(empty, brokers=tuple(members))
        save(status)
        progress("docker compose up (the first time it downloads Kafka's image)")
        _compose("up", "--detach", timeout=_PULLING, KAFKATUI_CLUSTER_ID=status.cluster_id)
        brokers.wait_until_ready(status, progress=progress)
        return status

    def end(self, status: Status) -> None:
        """Remove the containers with their data. Where Docker itself is gone there are none."""
        if daemon_answers():
            _compose("down", "--volumes", "--timeout", "1")

    def kill(self, broker: Broker) -> Broker:
        """End one broker as a power cut would."""
        _compose("kill", broker.name)
        return replace(broker, paused=False, alive=False)

    def revive(self, status: Status, broker: Broker) -> Broker:
        """Start a stopped broker again with the data it has. Returns before it serves."""
        _compose("start", broker.name)
        return replace(broker, paused=False, alive=True)

    def pause(self, broker: Broker) -> Broker:
        """Freeze its container: its port stays open and nothing is answered."""
        _compose("pause", broker.name)
        return replace(broker, paused=True)

    def resume(self, broker: Broker) -> Broker:
        """Let a paused broker go on."""
        _compose("unpause", broker.name)
        return replace(broker, paused=False)


def daemon_answers(timeout: float = 2) -> bool:
    """Whether Docker and its compose command can be used here, found out in about `timeout` seconds."""
    if shutil.which("docker") is None:
        return False
    try:
        return all(_succeeds(("docker", *words), timeout) for words in (("info",), ("compose", "version")))
    except (OSError, subprocess.TimeoutExpired):
        return False


def compose_file() -> Path:
    """The file: beside this module in an installed package, in dev/ in a source tree. Raises MiniClusterError."""
    here = Path(__file__).resolve()
    for path in (here.with_name(_FILE_NAME), here.parents[2] / "dev" / _FILE_NAME):
        if path.is_file():
            return path
    raise MiniClusterError(f"this installation of kafkatui lacks {_FILE_NAME}")


def _succeeds(command: tuple[str, ...], timeout: float) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=timeout).returncode == 0


def _compose(*words: str, timeout: float = 120, **variables: str) -> None:
    command = ("docker", "compose", "--project-name", _PROJECT, "--file", str(compose_file()), *words)
    environment = {**os.environ, **variables}
    try:
        run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
    except (OSError, subprocess.TimeoutExpired) as reason:
        raise MiniClusterError(f"docker compose {words[0]} did not work: {reason}") from reason
    if run.returncode:
        said = run.stderr.decode(errors="replace").strip().splitlines()
        raise MiniClusterError(f"docker compose {words[0]} did not work: {said[-1] if said else 'it does not say why'}")
