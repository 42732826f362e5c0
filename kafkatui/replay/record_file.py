"""A file of records as `read --output ndjson` prints them, as the source of a replay: line N is its offset N.

What is planned and sent is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kafkatui.decoding.ndjson_lines import LineError, read_line
from kafkatui.filters import Selection, compile_filter
from kafkatui.kafka.search import Step
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import NewRecord, Record
from kafkatui.model.spans import Span
from kafkatui.replay.file_sink import there
from kafkatui.replay.spec import Spec, SpecError

_SAMPLES = 1_000
_SLICE = 2_000
"""Lines of one step."""
_LONGEST = 64 << 20
"""Bytes of a line; one without an end must not fill the memory."""
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Survey:
    """All there is to know of a file before it is sent."""

    sha256: str
    lines: int = 0
    chosen: int = 0
    partitions: int = 0
    """One more than the highest partition a chosen line names."""
    without_partition: int = 0
    without_time: int = 0
    without_key: int = 0
    sample: list[Record] = field(default_factory=list)
    times: Counter[int] = field(default_factory=Counter)
    """Chosen records by the second of their timestamp, epoch seconds."""

    def older(self, limit_ms: int) -> int:
        """Chosen records whose timestamp lies before it, to the second."""
        return sum(count for second, count in self.times.items() if second * 1_000 < limit_ms)


def where_of(path: str) -> TopicPartition:
    """What stands for the file where a topic has partitions."""
    return TopicPartition(path, 0)


def survey(path: str, selection: Selection) -> Survey:
    """Read it once. Raises `SpecError` for a line that is no record and a file that can not be read, `FilterError`."""
    if Path(path).exists() and not Path(path).is_file():
        raise SpecError(f"{path} is no regular file: a job has to read it more than once")
    found = Survey(sha256_of(path))
    matches = compile_filter(selection).matcher().matches
    for number, record, has_time in _records(path, 1, None):
        found.lines = number
        if record is None or (matches is not None and not matches(record)):
            continue
        found.chosen += 1
        found.without_partition += record.partition < 0
        found.without_time += not has_time
        found.without_key += record.key is None
        found.partitions = max(found.partitions, record.partition + 1)
        found.times[record.timestamp_ms // 1_000] += 1
        if len(found.sample) < _SAMPLES:
            found.sample.append(record)
    return found


def sha256_of(path: str) -> str:
    """Hex digits. Raises `SpecError`."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SpecError(f"{path} can not be read: {error.strerror}") from error


def check_file(spec: Spec) -> None:
    """Raises `SpecError` when it is not what was planned with."""
    if sha256_of(spec.source) != spec.source_id:
        raise SpecError(f"{spec.source} was changed since job {spec.job} was planned")


async def search(spec: Spec, spans: Sequence[Span]) -> AsyncGenerator[Step, None]:
    """The chosen records of the lines in `spans`, in their order. Raises `SpecError`."""
    matches = compile_filter(spec.selection).matcher().matches
    for span in spans:
        records: list[Record] = []
        number = span.first - 1
        for number, record, _ in _records(spec.source, span.first, span.until):
            if record is not None and (matches is None or matches(record)):
                records.append(record)
            if len(records) >= _SLICE:
                yield Step(span.where, number + 1, tuple(records))
                records = []
        if number + 1 < span.until:
            raise SpecError(f"{spec.source} ends at line {number}, and {span.until - 1} were planned")
        yield Step(span.where, span.until, tuple(records))


async def written(spec: Spec) -> AsyncGenerator[Step, None]:
    """The copies in the file a job writes, by the partition they name. Raises `SpecError`."""
    path = spec.target.topic
    for number, record, _ in _records(str(there(Path(path))), 1, None):
        if record is not None:
            yield Step(TopicPartition(path, record.partition), number + 1, (record,))


def _records(path: str, first: int, until: int | None) -> Iterator[tuple[int, Record | None, bool]]:
    """Line numbers, from 1, their records, and whether they have a time; None: an empty line. Raises `SpecError`."""
    try:
        with Path(path).open("rb") as file:
            number = 0
            while until is None or number + 1 < until:
                line = file.readline(_LONGEST + 1)
                if not line:
                    return
                number += 1
                if number >= first:
                    made = _read(path, number, line)
                    if made is None:
                        yield number, None, True
                    else:
                        yield number, _record(path, number, made), made.timestamp_ms is not None
    except OSError as error:
        raise SpecError(f"{path} can not be read: {error.strerror}") from error


def _read(path: str, number: int, line: bytes) -> NewRecord | None:
    if len(line) > _LONGEST:
        raise SpecError(f"{path}: line {number} is longer than {_LONGEST:,} bytes")
    if number == 1:
        line = line.removeprefix(_BOM)
    if not line.strip():
        return None
    try:
        return read_line(line.decode(), path)
    except (LineError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: line {number} is no record: {error}") from error


def _record(path: str, number: int, made: NewRecord) -> Record:
    partition = -1 if made.partition is None else made.partition
    at = -1 if made.timestamp_ms is None else made.timestamp_ms
    return Record(path, partition, number, at, made.key, made.value, made.headers)
