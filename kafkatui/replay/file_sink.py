"""A file as where copies go: lines as `read --output ndjson` prints them, and beside it how far they reach.

`FILE.part` grows until all is there, then it becomes `FILE`. `FILE.progress` says how many bytes of it count: what a
run that was killed has written behind them is cut off by the next.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from kafkatui.decoding.ndjson import record_line
from kafkatui.kafka.transaction_calls import NOBODY, Position
from kafkatui.kafka.transaction_errors import Lost
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record
from kafkatui.replay.progress import Progress, read_progress
from kafkatui.replay.spec import Spec, SpecError


class FileSink:
    """For one run at a time: a lock on the file says so, which ends with the process."""

    def __init__(self, spec: Spec) -> None:
        """Raises `SpecError` when it can not be written, or another process writes it."""
        self.size = 0
        self._spec = spec
        self._path = Path(spec.target.topic)
        self._lines: list[str] = []
        self._end = 0
        self._positions: dict[TopicPartition, Position] = {}
        try:
            self._descriptor = os.open(part_of(self._path), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SpecError(f"{self._path} can not be written: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise SpecError(f"another process writes {self._path}") from error

    async def open(self) -> int:
        """Cut off what does not count. No copy has a producer. Raises `SpecError` when the progress is damaged."""
        self._lines.clear()
        try:
            self._end, self._positions = _kept(self._spec)
            os.ftruncate(self._descriptor, self._end)
            os.lseek(self._descriptor, 0, os.SEEK_END)
        except OSError as error:
            raise self._lost(error) from error
        return NOBODY.id

    async def committed(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Position]:
        return dict(self._positions)

    def limit(self, topic: str, most_bytes: int) -> None:
        """A file takes lines of any length."""

    async def put(self, where: TopicPartition, records: Sequence[Record], sources: Sequence[Record]) -> None:
        lines = [record_line(record) for record in records]
        self._lines += lines
        self.size += sum(map(len, lines)) + len(lines)

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> None:
        """The lines are on the disk before the progress says so. Raises `Lost`: the disk may be full only for now."""
        data = memoryview("".join(f"{line}\n" for line in self._lines).encode("utf-8", "surrogateescape"))
        after = {**self._positions, **positions}
        try:
            end = self._end + len(data)
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
            _keep(self._path, end, after)
        except OSError as error:
            raise self._lost(error) from error
        self._end, self._positions = end, after
        self._lines.clear()

    def _lost(self, error: OSError) -> Lost:
        return Lost(Problem("file", f"{self._path}: {error.strerror}"))

    async def abort(self) -> None:
        self._lines.clear()

    async def finish(self) -> None:
        finish(self._path)

    async def close(self) -> None:
        """Another may write it now; again is fine."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def finish(path: Path) -> None:
    """Give the whole file its name; again is fine, as after a run that was killed just before."""
    with suppress(FileNotFoundError):
        part_of(path).replace(path)
    _progress_of(path).unlink(missing_ok=True)


def progress_in(spec: Spec) -> Progress:
    """How far a file is. Raises `AnotherPlan`, `SpecError`."""
    path = Path(spec.target.topic)
    try:
        if path.exists() and not _progress_of(path).exists():
            return Progress(spec, {span.where: span.until for span in spec.spans}, _lines_in(path, spec.source))
        return read_progress(spec, _kept(spec)[1])
    except OSError as error:
        raise SpecError(f"{path} can not be read: {error.strerror}") from error


def _lines_in(path: Path, source: str) -> dict[TopicPartition, int]:
    """Of a whole file, by the partition they came from. May raise OSError and `SpecError`."""
    try:
        with path.open("rb") as file:
            return dict(Counter(TopicPartition(source, json.loads(line)["partition"]) for line in file))
    except (ValueError, TypeError, KeyError) as error:
        raise SpecError(f"{path} is not what was written: {error}") from error


def check_free(path: Path) -> None:
    """Raises `SpecError` where there is a file already: it is never written over."""
    for each in (path, part_of(path)):
        if each.exists():
            raise SpecError(f"{each} is there already: choose another name")


def there(path: Path) -> Path:
    """The file, or what there is of it."""
    return path if path.exists() else part_of(path)


def part_of(path: Path) -> Path:
    """The file while it grows."""
    return path.with_name(f"{path.name}.part")


def _progress_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.progress")


def _kept(spec: Spec) -> tuple[int, dict[TopicPartition, Position]]:
    """Bytes that count, and the progress. May raise OSError and `SpecError`."""
    path = _progress_of(Path(spec.target.topic))
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        positions = {
            TopicPartition(spec.source, partition): Position(offset, metadata)
            for partition, offset, metadata in found["positions"]
        }
        return found["bytes"], positions
    except FileNotFoundError:
        return 0, {}
    except (ValueError, TypeError, KeyError) as error:
        raise SpecError(f"{path} is damaged: how much of the file counts is not known") from error


def _keep(path: Path, size: int, positions: Mapping[TopicPartition, Position]) -> None:
    """Whole or not at all."""
    kept = {"bytes": size, "positions": [[where.partition, *each] for where, each in sorted(positions.items())]}
    scratch = path.with_name(f"{path.name}.progress.tmp")
    with scratch.open("w", encoding="utf-8") as file:
        json.dump(kept, file)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(_progress_of(path))
