"""The mini-cluster's door: start it, look at it, trouble its brokers, stop it. How brokers run is the engines' matter.

Every function takes `home`, the folder of the mini-cluster meant; None is the user's own (`places.home`).
All but `status` raise MiniClusterError with one sentence for a person, and wait while another process changes the same
mini-cluster. The calls block: from a running event loop use `asyncio.to_thread`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kafkatui.minicluster import brokers, places, processes, state
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.progress import Progress, silent
from kafkatui.minicluster.state import Broker, Status, Worker
from kafkatui.minicluster.storage import new_cluster_id

if TYPE_CHECKING:
    from kafkatui.minicluster.engines import Engine

__all__ = [
    "MiniClusterError",
    "Status",
    "down",
    "kill_broker",
    "pause_broker",
    "register_worker",
    "resume_broker",
    "running",
    "start_broker",
    "start_registry",
    "status",
    "up",
]


def status(home: Path | None = None) -> Status | None:
    """The running mini-cluster, or None. Reads one file and asks for its processes: under 10 ms, no network."""
    found = state.load(home or places.home())
    return found if found and found.ready and found.is_running else None


def running(home: Path | None = None) -> Status:
    """As `status`, but without a mini-cluster it raises MiniClusterError, which says how to start one."""
    if found := status(home):
        return found
    raise MiniClusterError("no mini-cluster is running: start one with: kafkatui dev up")


def up(
    count: int = 3,
    engine: str = "auto",
    *,
    progress: Progress = silent,
    home: Path | None = None,
    heap_mb: int = 192,
) -> Status:
    """Start `count` brokers and return when topics can be made; the one that runs already, if there is one.

    `engine` is `auto`, `java` or `compose`; `heap_mb` is each broker's Java heap in MiB. When it fails or is
    interrupted, everything it started is ended again.
    """
    from kafkatui.minicluster import engines

    place = _folder(home)
    with state.locked(place, progress):
        if already := status(place):
            return already
        _discard(place)
        chosen = engines.choose(engine, count, heap_mb)
        empty = Status(place, chosen.name, new_cluster_id(), (), started_at=time.time())
        state.save(empty)
        try:
            ready = replace(chosen.start(empty, count, state.save, progress), ready=True)
            state.save(ready)
            return ready
        except BaseException:
            _discard(place)
            raise


def down(home: Path | None = None, progress: Progress = silent) -> bool:
    """End the mini-cluster with its workers and remove its data; False if there was nothing to end."""
    place = _folder(home)
    if not place.exists():
        return False
    with state.locked(place, progress):
        return _discard(place)


def kill_broker(node_id: int, home: Path | None = None) -> Status:
    """End one broker as kill -9 does."""
    return _change(node_id, home, lambda engine, _, broker: engine.kill(broker))


def start_broker(node_id: int, home: Path | None = None, *, timeout: float = 60) -> Status:
    """Let a stopped or paused broker run again and wait, at most `timeout` seconds, until it serves."""
    changed = _change(node_id, home, _made_to_run)
    brokers.wait_until_ready(changed, asked=[node_id], timeout=timeout)
    return changed


def pause_broker(node_id: int, home: Path | None = None) -> Status:
    """Let a broker hang: its ports stay open, nothing is answered."""
    return _change(node_id, home, lambda engine, _, broker: engine.pause(broker))


def resume_broker(node_id: int, home: Path | None = None) -> Status:
    """Let a paused broker go on."""
    return _change(node_id, home, lambda engine, _, broker: engine.resume(broker))


def register_worker(pid: int, what: str = "load", home: Path | None = None) -> None:
    """Make `down` end the process `pid`, with its children if it leads a session; `what` is shown by `dev status`."""
    place = _folder(home)
    with state.locked(place):
        now = running(place)
        if process := processes.identify(pid):
            others = tuple(worker for worker in now.workers if worker.alive and worker.process != process)
            state.save(replace(now, workers=(*others, Worker(process, what))))


def start_registry(home: Path | None = None, progress: Progress = silent) -> Status:
    """Give the running mini-cluster a schema registry, if it has none. It ends with the mini-cluster."""
    from kafkatui.minicluster import registry

    place = _folder(home)
    with state.locked(place, progress):
        now = running(place)
        if now.registry is not None:
            return now
        started = registry.start(now.data_dir / "registry", progress)
        living = (worker for worker in now.workers if worker.alive)
        changed = replace(now, workers=(*living, Worker(started.process, f"{state.REGISTRY}{started.url}", alive=True)))
        state.save(changed)
        return changed


def _made_to_run(engine: Engine, now: Status, broker: Broker) -> Broker:
    if not broker.alive:
        return engine.revive(now, broker)
    return engine.resume(broker) if broker.paused else broker


def _change(node_id: int, home: Path | None, change: Callable[[Engine, Status, Broker], Broker]) -> Status:
    place = _folder(home)
    with state.locked(place):
        now = running(place)
        broker = now.broker(node_id)
        if broker is None:
            known = ", ".join(str(b.node_id) for b in now.brokers)
            raise MiniClusterError(f"the mini-cluster has no broker {node_id}, only {known}")
        changed = now.with_broker(change(_engine(now.engine), now, broker))
        state.save(changed)
        return changed


def _discard(place: Path) -> bool:
    """End and remove whatever is left of a mini-cluster; whether anything was."""
    left = state.load(place)
    data = state.data_dir(place)
    if left is None and not data.exists():
        return False
    processes.end([worker.process for worker in left.workers] if left else [], with_children=True)
    was_there = left or Status(place, "java", "", ())
    _engine(was_there.engine).end(was_there)
    shutil.rmtree(data, ignore_errors=True)
    state.forget(place)
    return left is not None and left.is_running


def _engine(name: str) -> Engine:
    # Every `kafkatui lag` asks for the status, and needs none of what fetches, formats and starts.
    from kafkatui.minicluster import engines

    return engines.named(name)


def _folder(home: Path | None) -> Path:
    # Processes are recognised by this path, so it must be written one way only.
    return (home or places.home()).resolve()
