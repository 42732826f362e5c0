"""The ways to run a mini-cluster, and which one `auto` means. How each works is in its own file."""

from __future__ import annotations

from typing import Protocol

from kafkatui.minicluster.engine_compose import BROKERS, ComposeEngine, daemon_answers
from kafkatui.minicluster.engine_java import JavaEngine, Save
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.progress import Progress
from kafkatui.minicluster.state import Broker, Status

NAMES = ("auto", "java", "compose")


class Engine(Protocol):
    """What the mini-cluster asks of an engine. Everything raises MiniClusterError."""

    @property
    def name(self) -> str:
        """How the state file and `--engine` call it."""

    def start(self, empty: Status, count: int, save: Save, progress: Progress) -> Status:
        """Start `count` brokers, give every new process to `save` at once, return when topics can be made."""

    def end(self, status: Status) -> None:
        """End all brokers of this mini-cluster; fine if there are none."""

    def kill(self, broker: Broker) -> Broker:
        """End one broker as a power cut would."""

    def revive(self, status: Status, broker: Broker) -> Broker:
        """Start a stopped broker again; returns before it serves."""

    def pause(self, broker: Broker) -> Broker:
        """Let it hang with open ports."""

    def resume(self, broker: Broker) -> Broker:
        """Let it go on."""


def named(name: str) -> Engine:
    """The engine that a state file names."""
    return ComposeEngine() if name == "compose" else JavaEngine()


def choose(name: str, count: int, heap_mb: int) -> Engine:
    """The engine for `--engine name`. Raises MiniClusterError if it can not run here.

    `auto` is java wherever that can run, because it is many times quicker to start, else compose if Docker answers.
    """
    java = JavaEngine(heap_mb)
    if name == "java":
        return java
    if name == "auto":
        try:
            java.check()
            return java
        except MiniClusterError:
            if count != BROKERS or not daemon_answers():
                raise
    elif name != "compose":
        raise MiniClusterError(f"there is no engine {name}, only {', '.join(NAMES)}")
    elif not daemon_answers():
        raise MiniClusterError("no Docker daemon with compose answers here: use --engine java")
    return ComposeEngine()
