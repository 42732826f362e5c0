"""Fetches Kafka's jars and checks each against a committed sha256. What they are for is not known here."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources, util
from pathlib import Path

from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.progress import Progress, silent

AT_ONCE = 8
"""Downloads that run side by side."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of a lock."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str
    classifier: str = ""
    packaging: str = "jar"

    @property
    def name(self) -> str:
        """Its file name."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{classifier}.{self.packaging}"

    def is_in(self, where: Path) -> bool:
        """Whether the folder `where` holds it, whole and unchanged."""
        path = where / self.name
        return path.is_file() and path.stat().st_size == self.size and _sha256(path) == self.sha256


@dataclass(frozen=True, slots=True)
class Lock:
    """Exactly these jars, in class path order."""

    name: str
    jars: tuple[Jar, ...]


def lock(name: str) -> Lock:
    """The committed lock `name`, such as `kafka-broker-4.3.0`. Raises FileNotFoundError."""
    text = resources.files("kafkatui.minicluster").joinpath("locks", f"{name}.lock").read_text(encoding="ascii")
    return Lock(name, tuple(_jar(line) for line in text.splitlines() if line and not line.startswith("#")))


def folder(cache: Path) -> Path:
    """Where jars lie in the cache; all locks share it."""
    return cache / "jars"


def class_path(wanted: Lock, where: Path) -> str:
    """For `java -cp`. Written out, because a class archive is tied to the order of the jars."""
    return os.pathsep.join(str(where / jar.name) for jar in wanted.jars)


def fetch(wanted: Lock, into: Path, progress: Progress = silent) -> None:
    """Bring every jar of `wanted` into the folder `into`; those there already are checked and kept.

    A jar appears under its name only when it is whole and its checksum is right, so that two may fetch at once and
    either may be interrupted. Raises MiniClusterError when one can not be had, OSError when there is no room.
    """
    missing = check(wanted, into)
    while missing:
        try:
            _fetch_all(missing, into, progress)
        except MiniClusterError:
            # A dropped connection is worth another round; a network that brings nothing at all is not.
            if _missing(wanted, into) == missing:
                raise
        missing = _missing(wanted, into)


def check(wanted: Lock, where: Path) -> list[Jar]:
    """The jars that the folder `where` lacks. Raises MiniClusterError if they can not be fetched for want of jgo."""
    missing = _missing(wanted, where)
    if missing and util.find_spec("jgo") is None:
        raise MiniClusterError("Kafka's jars are fetched with jgo: install it with: pip install 'kafkatui[demo]'")
    return missing


def _jar(line: str) -> Jar:
    where, size, sha256 = line.split()
    coordinates, _, packaging = where.partition("@")
    group, artifact, version, *classifier = coordinates.split(":")
    return Jar(group, artifact, version, int(size), sha256, "".join(classifier), packaging or "jar")


def _missing(wanted: Lock, where: Path) -> list[Jar]:
    return [jar for jar in wanted.jars if not jar.is_in(where)]


def _fetch_all(missing: list[Jar], into: Path, progress: Progress) -> None:
    into.mkdir(parents=True, exist_ok=True)
    total = sum(jar.size for jar in missing)
    with tempfile.TemporaryDirectory(dir=into, prefix=".fetching-") as scratch, ThreadPoolExecutor(AT_ONCE) as pool:
        downloads = Downloads(Path(scratch))
        pending = {pool.submit(_fetch_one, jar, into, downloads) for jar in missing}
        try:
            while pending:
                progress(_what(missing), downloads.arrived, total)
                finished, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
                for future in finished:
                    future.result()
        finally:
            downloads.stop()
            pool.shutdown(wait=False, cancel_futures=True)
    progress(_what(missing), total, total)


def _what(missing: list[Jar]) -> str:
    if len(missing) == 1:
        return f"downloading {missing[0].name}"
    return f"downloading Kafka ({len(missing)} jars)"


def _fetch_one(jar: Jar, into: Path, downloads: Downloads) -> None:
    try:
        path = downloads.bring(jar)
    except (RuntimeError, OSError) as reason:
        raise MiniClusterError(f"could not download {jar.name}: {_in_short(reason)}") from reason
    if _sha256(path) != jar.sha256:
        raise MiniClusterError(f"{jar.name} came with another checksum than the one it was tested with: not used")
    path.replace(into / jar.name)


class Downloads:
    """jgo's downloads into one scratch folder: how many bytes came so far, and a way to end them all."""

    def __init__(self, scratch: Path) -> None:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext, PythonResolver

        self.arrived = 0
        self._counting = threading.Lock()
        self._stopped = False
        self._context = MavenContext(
            PythonResolver(progress_callback=self._follow),
            repo_cache=scratch,
            # jgo's settings file can put a company's mirror in the place of the public repository.
            remote_repos={"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories},
        )

    def bring(self, jar: Jar) -> Path:
        """Where the download of `jar` lies now. Raises RuntimeError or OSError (requests' errors are such)."""
        component = self._context.project(jar.group, jar.artifact).at_version(jar.version)
        return component.artifact(classifier=jar.classifier, packaging=jar.packaging).resolve()

    def stop(self) -> None:
        """Let every running download fail at its next few kilobytes."""
        self._stopped = True

    @contextmanager
    def _follow(self, _name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield self._count

    def _count(self, size: int) -> None:
        if self._stopped:
            raise RuntimeError("stopped")
        with self._counting:
            self.arrived += size


def _in_short(reason: BaseException) -> str:
    """The innermost cause says what happened ("Name or service not known"); the outer ones repeat addresses."""
    causes = list(_causes(reason))
    return str(causes[-1]).splitlines()[0] if str(causes[-1]) else type(causes[-1]).__name__


def _causes(reason: BaseException | None) -> Iterator[BaseException]:
    while reason is not None:
        yield reason
        reason = reason.__cause__ or reason.__context__


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
