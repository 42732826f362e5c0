"""Kafka's own command line tools, to compare with and to be live members; never part of what is tested."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kafkatui.minicluster import jars, jre, places

GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
SHARE_GROUPS = "org.apache.kafka.tools.consumer.group.ShareGroupCommand"
STREAMS_GROUPS = "org.apache.kafka.tools.streams.StreamsGroupCommand"
SHARE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleShareConsumer"
WORD_COUNT = "org.apache.kafka.streams.examples.wordcount.WordCountDemo"
WORD_COUNT_TOPICS = ("streams-plaintext-input", "streams-wordcount-output")
"""The names are the demo's own."""
TOOL_SECONDS = 60
_OPTIONS = {".jsa": ("SharedArchiveFile", "ArchiveClassesAtExit"), ".aot": ("AOTCache", "AOTCacheOutput")}
"""Of the JVM, to read and to write an archive of classes; `minicluster.jvm` says which Java has which."""


@dataclass(frozen=True, slots=True)
class LagRow:
    """A row of `kafka-consumer-groups --describe`; None where it prints `-`."""

    group: str
    topic: str
    partition: int
    committed: int | None
    end: int | None
    lag: int | None


@cache
def class_path(name: str = "kafka-tools-4.3.0") -> str:
    """The jars of a lock, fetched if need be and checked."""
    lock = jars.lock(name)
    folder = jars.folder(places.cache())
    jars.fetch(lock, folder)
    return jars.class_path(lock, folder)


def command(main_class: str, *words: str, beside: str = "", flags: tuple[str, ...] = ()) -> list[str]:
    """As Kafka's own scripts start it, but for the garbage collector, which is given the cheapest start.

    `beside`: more jars for its class path. `flags`: for the JVM.
    """
    java = str(jre.find_java().program)
    path = os.pathsep.join(filter(None, (beside, class_path())))
    cheap = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", *flags)
    return [java, *cheap, "-cp", path, main_class, *words]


def run(main_class: str, *words: str) -> str:
    """What the tool prints. Raises CalledProcessError.

    Its first run leaves an archive of its classes, with which the next ones cost half: they are hundreds.
    """
    archive = _archive(main_class)
    reading, writing = _OPTIONS[archive.suffix]
    if archive.is_file():
        return _printed(command(main_class, *words, flags=(f"-XX:{reading}={archive}", "-Xlog:disable")))
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        written = Path(folder) / archive.name
        printed = _printed(command(main_class, *words, flags=(f"-XX:{writing}={written}", "-Xlog:disable")))
        if written.is_file():
            # Whole at once: another process of the test run may look for it.
            written.replace(archive)
    return printed


def _printed(words: list[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=TOOL_SECONDS, check=True).stdout


@cache
def _archive(main_class: str) -> Path:
    """Where the archive of a tool lies that fits exactly this Java and these jars; it may not exist."""
    java, path = jre.find_java(), class_path()
    times = (str(Path(jar).stat().st_mtime_ns) for jar in path.split(os.pathsep))
    fingerprint = hashlib.sha256("\n".join((java.build, main_class, path, *times)).encode()).hexdigest()
    return places.cache() / "archives" / f"tool-{fingerprint[:16]}.{'aot' if java.major >= 25 else 'jsa'}"


def describe_all(bootstrap: str) -> list[LagRow]:
    """`kafka-consumer-groups --describe --all-groups`."""
    return list(rows(run(GROUPS, "--bootstrap-server", bootstrap, "--describe", "--all-groups")))


def rows(printed: str) -> Iterator[LagRow]:
    """The table rows of what `--describe` printed."""
    for words in csv.reader(printed.splitlines(), delimiter=" ", skipinitialspace=True):
        if len(words) >= 6 and words[2].isdigit():
            group, topic, partition, committed, end, lag = words[:6]
            yield LagRow(group, topic, int(partition), _number(committed), _number(end), _number(lag))


def _number(word: str) -> int | None:
    return None if word == "-" else int(word)


def described(tool: str, bootstrap: str, group: str, *words: str) -> list[dict[str, str]]:
    """The rows of a tool's `--describe` for one group, by the tool's own headings."""
    printed = run(tool, "--bootstrap-server", bootstrap, "--describe", "--group", group, *words)
    lines = [line.split() for line in printed.splitlines()]
    heads = [line for line in lines if line[:3] == ["GROUP", "TOPIC", "PARTITION"]]
    return [dict(zip(heads[0], line, strict=False)) for line in lines if line[:1] == [group]]


@dataclass(frozen=True, slots=True)
class ResetRow:
    """A row of what `--reset-offsets` prints."""

    topic: str
    partition: int
    offset: int


def reset_offsets(bootstrap: str, group: str, *words: str, tool: str = GROUPS) -> list[ResetRow]:
    """`kafka-consumer-groups --reset-offsets`, or another tool's; a dry run unless `--execute` is among the words."""
    printed = run(tool, "--bootstrap-server", bootstrap, "--reset-offsets", "--group", group, *words)
    rows = [line.split() for line in printed.splitlines()]
    return [ResetRow(row[1], int(row[2]), int(row[3])) for row in rows if len(row) == 4 and row[0] == group]


def share_offsets(bootstrap: str, group: str) -> dict[int, int]:
    """Start offsets by partition, as `kafka-share-groups --describe` prints them."""
    printed = run(SHARE_GROUPS, "--bootstrap-server", bootstrap, "--describe", "--group", group)
    rows = [line.split() for line in printed.splitlines()]
    return {int(row[2]): int(row[3]) for row in rows if len(row) == 5 and row[0] == group}


@contextmanager
def share_consumer(bootstrap: str, group: str, topic: str, log: Path, *, leaves: bool = False) -> Iterator[None]:
    """A live member of a share group (KIP-932), ended with the block; `leaves`: it says so to the group first."""
    words = ("--bootstrap-server", bootstrap, "--group", group, "--topic", topic)
    with log.open("wb") as out, subprocess.Popen(command(SHARE_CONSUMER, *words), stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            if leaves:
                process.terminate()
                process.wait(TOOL_SECONDS)
            process.kill()


@contextmanager
def word_count(bootstrap: str, application: str, folder: Path) -> Iterator[None]:
    """A real Kafka Streams application in the group `application` (KIP-1071), closed with the block."""
    settings = folder / f"{application}.properties"
    settings.write_text(
        f"bootstrap.servers={bootstrap}\napplication.id={application}\ngroup.protocol=streams\n"
        f"state.dir={folder / 'state'}\nreplication.factor=3\n"
        "dsl.store.suppliers.class="
        "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers\n"
    )
    started = command(WORD_COUNT, str(settings), beside=class_path("kafka-streams-examples-4.3.0"))
    log = folder / f"{application}.log"
    with log.open("wb") as out, subprocess.Popen(started, stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(TOOL_SECONDS)
