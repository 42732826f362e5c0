"""What is known of the running mini-cluster, in one JSON file. Nothing is started or ended here."""

from __future__ import annotations

import fcntl
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kafkatui.minicluster.processes import Process
from kafkatui.minicluster.progress import Progress, silent

_FORMAT = 1
REGISTRY = "schema registry "
"""How a worker that is one is called; its address follows."""


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker as it was started."""

    node_id: int
    host: str
    port: int
    rack: str
    name: str
    process: Process | None = None
    """None while it is stopped on purpose, and always where Docker runs it."""
    command: tuple[str, ...] = ()
    """What starts it again; empty where Docker does that."""
    paused: bool = False
    alive: bool = False
    """Whether it ran when the status was read. A paused broker is alive."""

    @property
    def pid(self) -> int | None:
        """The broker's own process, if it is one of this machine."""
        return self.process.pid if self.process else None


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that feeds or serves the mini-cluster and ends with it."""

    process: Process
    what: str
    alive: bool = False

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid


@dataclass(frozen=True, slots=True)
class Status:
    """A mini-cluster, as of when it was read."""

    home: Path
    """The folder this status was read from; pass it on to act on the same mini-cluster."""
    engine: str
    cluster_id: str
    brokers: tuple[Broker, ...]
    workers: tuple[Worker, ...] = ()
    started_at: float = 0.0
    """Epoch seconds."""
    ready: bool = False
    """False while it starts, and for ever if that was cut short."""

    @property
    def bootstrap(self) -> str:
        """`host:port,...` of all brokers, also of those that are stopped now."""
        return ",".join(f"{broker.host}:{broker.port}" for broker in self.brokers)

    @property
    def data_dir(self) -> Path:
        """Logs, properties and Kafka's data, one folder a broker; removed by `down`."""
        return data_dir(self.home)

    @property
    def is_running(self) -> bool:
        """False for what a crash or a reboot left behind. Brokers stopped on purpose do not count as crashed."""
        wanted = [broker for broker in self.brokers if broker.process or self.engine == "compose"]
        return not wanted or any(broker.alive for broker in wanted)

    @property
    def registry(self) -> str | None:
        """The address of its schema registry, if one runs."""
        called = (worker.what for worker in self.workers if worker.alive and worker.what.startswith(REGISTRY))
        return next((what.removeprefix(REGISTRY) for what in called), None)

    def broker(self, node_id: int) -> Broker | None:
        """The broker with this node id."""
        return next((broker for broker in self.brokers if broker.node_id == node_id), None)

    def with_broker(self, changed: Broker) -> Status:
        """The same with one broker replaced."""
        return replace(self, brokers=tuple(changed if b.node_id == changed.node_id else b for b in self.brokers))


def data_dir(home: Path) -> Path:
    """Where the brokers of the mini-cluster in `home` keep everything."""
    return home / "data"


def load(home: Path) -> Status | None:
    """What stands in the state file, with every `alive` looked up now; None without one that can be read."""
    try:
        written = json.loads(_file(home).read_text(encoding="utf-8"))
        return _looked_up(_from_json(home, written)) if written["format"] == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(status: Status) -> None:
    """Write the state file, whole or not at all. Raises OSError."""
    status.home.mkdir(parents=True, exist_ok=True)
    fresh = _file(status.home).with_suffix(".new")
    fresh.write_text(json.dumps(_to_json(status), indent=1) + "\n", encoding="utf-8")
    fresh.replace(_file(status.home))


def forget(home: Path) -> None:
    """Remove the state file if there is one."""
    _file(home).unlink(missing_ok=True)


@contextmanager
def locked(home: Path, progress: Progress = silent) -> Iterator[None]:
    """Keep every other process from changing the mini-cluster in `home`; waits, and says so, while another does."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another kafkatui that is starting or stopping the mini-cluster")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _file(home: Path) -> Path:
    return home / "state.json"


def _looked_up(status: Status) -> Status:
    by_port = status.engine == "compose"
    return replace(
        status,
        brokers=tuple(replace(b, alive=_listens(b) if by_port else _lives(b.process)) for b in status.brokers),
        workers=tuple(replace(worker, alive=worker.process.is_alive) for worker in status.workers),
    )


def _lives(process: Process | None) -> bool:
    return process is not None and process.is_alive


def _listens(broker: Broker) -> bool:
    with suppress(OSError), socket.create_connection((broker.host, broker.port), 0.2):
        return True
    return False


def _to_json(status: Status) -> dict[str, Any]:
    fields = asdict(status)
    del fields["home"]
    return {"format": _FORMAT, **fields}


def _from_json(home: Path, written: dict[str, Any]) -> Status:
    return Status(
        home=home,
        engine=written["engine"],
        cluster_id=written["cluster_id"],
        brokers=tuple(_broker(fields) for fields in written["brokers"]),
        workers=tuple(Worker(Process(**fields["process"]), fields["what"]) for fields in written["workers"]),
        started_at=written["started_at"],
        ready=written["ready"],
    )


def _broker(fields: dict[str, Any]) -> Broker:
    process = Process(**fields["process"]) if fields["process"] else None
    return Broker(**{**fields, "process": process, "command": tuple(fields["command"])})
