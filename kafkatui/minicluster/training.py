"""Makes the class archive in the background: one broker started and ended at the lowest priority. `jvm` uses it.

Run as `python -m kafkatui.minicluster.training FOLDER HEAP_MB`; nothing depends on its success.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

import kafkatui
from kafkatui.minicluster import brokers, metadata, places, processes
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.jre import find_java
from kafkatui.minicluster.jvm import Jvm, environment
from kafkatui.minicluster.layout import HOST, Node, free_nodes
from kafkatui.minicluster.processes import Process
from kafkatui.minicluster.properties import server_properties
from kafkatui.minicluster.storage import format_log_dir, new_cluster_id

WHAT = "class archive"
_PATIENCE = 180.0


def begin(data_dir: Path, jvm: Jvm) -> Process | None:
    """Start the making of `jvm`'s archive below `data_dir`, or None where that has failed before or can not start."""
    if _failed_mark(jvm).exists():
        return None
    folder = data_dir / "training"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = str(Path(kafkatui.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH", "")
    python = {**environment(), "PYTHONPATH": f"{source}{os.pathsep}{inherited}" if inherited else source}
    command = (sys.executable, "-m", "kafkatui.minicluster.training", str(folder), str(jvm.heap_mb))
    try:
        return processes.spawn(command, folder / "training.log", python)
    except OSError:
        return None


def make_archive(folder: Path, jvm: Jvm) -> None:
    """Train in the empty `folder` and put the archive where `jvm` looks for it. Raises MiniClusterError, OSError."""
    fresh = folder / "archive"
    (node,) = free_nodes(1)
    cluster_id = new_cluster_id()
    format_log_dir(folder / "log", cluster_id, node.node_id)
    properties = folder / "server.properties"
    properties.write_text(server_properties(node, (node,), folder / "log"), encoding="ascii")
    _run_once(jvm.command(properties, *jvm.writing_archive(fresh)), folder, node, cluster_id)
    if not fresh.is_file():
        raise MiniClusterError("this Java wrote no class archive")
    _publish(fresh, jvm.archive)


def _run_once(command: tuple[str, ...], folder: Path, node: Node, cluster_id: str) -> None:
    # In our own process group: who ends us, ends it.
    process = processes.spawn(command, folder / brokers.LOG_NAME, environment(), own_session=False)
    try:
        serves = partial(metadata.members, HOST, node.port, cluster_id)
        brokers.wait_for(lambda: bool(serves()), _PATIENCE, "the broker did not start")
        processes.send(process, signal.SIGTERM)
        brokers.wait_for(lambda: not process.is_alive, _PATIENCE, "the broker did not end")
    finally:
        processes.end([process])


def _publish(fresh: Path, archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    beside = archive.with_name(f".{archive.name}.{os.getpid()}")
    shutil.copyfile(fresh, beside)
    beside.replace(archive)


def _failed_mark(jvm: Jvm) -> Path:
    return jvm.archive.with_suffix(".failed")


def main(folder: str, heap_mb: str) -> None:
    """The process's own entry."""
    os.nice(19)
    jvm = Jvm(find_java(), places.cache(), int(heap_mb))
    try:
        make_archive(Path(folder), jvm)
    except (MiniClusterError, OSError):
        jvm.archive.parent.mkdir(parents=True, exist_ok=True)
        _failed_mark(jvm).touch()
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
