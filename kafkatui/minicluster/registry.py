"""A real schema registry on this machine: Apicurio, which speaks Confluent's API. What is in it is not known here.

It keeps schemas in memory: with the process they are gone.
"""

from __future__ import annotations

import http.client
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kafkatui.minicluster import jars, places, processes
from kafkatui.minicluster.brokers import log_tail, wait_for
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.jre import find_java
from kafkatui.minicluster.jvm import environment
from kafkatui.minicluster.layout import HOST, free_ports
from kafkatui.minicluster.processes import Process
from kafkatui.minicluster.progress import Progress, silent

LOCK = "apicurio-registry-3.3.3"
_API = "/apis/ccompat/v7"
_LOG = "registry.log"
_OLDEST_JAVA = 21
_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss512k", "-Xmx384m", "-XX:-UsePerfData")


@dataclass(frozen=True, slots=True)
class RunningRegistry:
    """A registry as it was started."""

    url: str
    """For `schema_registry` and `schema.registry.url`."""
    process: Process

    def end(self) -> None:
        """Returns when it is gone. Raises MiniClusterError."""
        if processes.end([self.process]):
            raise MiniClusterError(f"could not end process {self.process.pid}")


def start(folder: Path, progress: Progress = silent, timeout: float = 120) -> RunningRegistry:
    """Start a registry on a free port, with its log in `folder`, and return when it answers. Raises MiniClusterError.

    The first time it is downloaded: 160 MB, checked against a committed sha256.
    """
    java = find_java(_OLDEST_JAVA, "the schema registry")
    home = _unpacked(places.cache(), progress)
    port, management = free_ports(2)
    bound = (
        *(f"-Dquarkus.http.host={HOST}", f"-Dquarkus.http.port={port}"),
        *(f"-Dquarkus.management.host={HOST}", f"-Dquarkus.management.port={management}"),
    )
    crash_report = f"-XX:ErrorFile={folder / 'crash.log'}"
    command = (str(java.program), *_FLAGS, crash_report, *bound, "-jar", str(home / "quarkus-run.jar"))
    folder.mkdir(parents=True, exist_ok=True)
    progress("starting the schema registry")
    registry = RunningRegistry(f"http://{HOST}:{port}{_API}", processes.spawn(command, folder / _LOG, environment()))
    try:
        _wait(registry, port, folder / _LOG, timeout)
    except BaseException:
        processes.end([registry.process])
        raise
    return registry


def _wait(registry: RunningRegistry, port: int, log: Path, timeout: float) -> None:
    def answers_or_is_dead() -> bool:
        return not registry.process.is_alive or _answers(port)

    wait_for(answers_or_is_dead, timeout, f"the schema registry does not answer after {timeout:.0f} s")
    if not registry.process.is_alive:
        raise MiniClusterError(f"the schema registry ended while it was starting; the end of its log:{log_tail(log)}")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        try:
            connection.request("GET", f"{_API}/subjects")
            return connection.getresponse().status == 200
        finally:
            connection.close()
    return False


def _unpacked(cache: Path, progress: Progress) -> Path:
    """The folder with the registry's program; the archive is not kept beside it."""
    home = cache / LOCK
    if home.is_dir():
        return home
    lock, packed = jars.lock(LOCK), jars.folder(cache)
    jars.fetch(lock, packed, progress)
    archive = packed / lock.jars[0].name
    progress("unpacking the schema registry")
    with tempfile.TemporaryDirectory(dir=cache, prefix=".unpacking-") as scratch:
        with tarfile.open(archive) as tar:
            tar.extractall(Path(scratch) / LOCK, filter="data")
        # It appears under its name only whole; whoever comes second finds it there.
        with suppress(OSError):
            (Path(scratch) / LOCK).rename(home)
    archive.unlink(missing_ok=True)
    return home
