"""A file that a replay writes, without a cluster: what counts of it after a fault is what the progress says."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kafkatui.kafka.transaction_calls import Position
from kafkatui.kafka.transaction_errors import Lost
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import Record
from kafkatui.model.spans import Span
from kafkatui.replay import record_file
from kafkatui.replay.file_sink import FileSink, check_free, finish, progress_in
from kafkatui.replay.progress import Progress, committed
from kafkatui.replay.spec import Spec, SpecError, Target

P0 = TopicPartition("orders", 0)


def a_spec(path: Path, **changes: object) -> Spec:
    spec = Spec("nightly", "cluster", "orders", "id-1", (Span(P0, 0, 9),), Target(str(path), None, 1), to_file=True)
    return replace(spec, **changes)  # type: ignore[arg-type]


def records(*offsets: int) -> Sequence[Record]:
    return [Record("orders", 0, offset, 1_000 + offset, None, b"v%d" % offset) for offset in offsets]


def reached(spec: Spec, offset: int) -> dict[TopicPartition, Position]:
    return committed(Progress(spec, {P0: offset}, {P0: offset}), {P0: offset})


def files_of(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def copies(spec: Spec) -> list[int]:
    return [int((record.value or b"")[1:]) async for step in record_file.written(spec) for record in step.found]


async def test_a_disk_that_is_full_loses_the_chunk_and_nothing_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = a_spec(tmp_path / "kept.ndjson")
    sink = FileSink(spec)
    await sink.open()
    await sink.put(P0, records(0, 1), records(0, 1))
    await sink.commit(reached(spec, 2))
    await sink.put(P0, records(2, 3), records(2, 3))
    with monkeypatch.context() as patch:
        write, left = os.write, [30]

        def full(descriptor: int, data: memoryview) -> int:
            if not left[0]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            taken = write(descriptor, data[: left[0]])
            left[0] -= taken
            return taken

        patch.setattr(os, "write", full)
        with pytest.raises(Lost, match="No space left on device"):
            await sink.commit(reached(spec, 4))
    assert progress_in(spec).position(P0) == 2
    await sink.open()
    assert await copies(spec) == [0, 1]
    assert await sink.committed([P0]) == reached(spec, 2)
    await sink.put(P0, records(2), records(2))
    await sink.commit(reached(spec, 3))
    assert await copies(spec) == [0, 1, 2]
    await sink.close()


async def test_lines_that_were_not_confirmed_are_cut_off(tmp_path: Path) -> None:
    spec = a_spec(tmp_path / "kept.ndjson")
    first = FileSink(spec)
    await first.open()
    await first.put(P0, records(0), records(0))
    await first.commit(reached(spec, 1))
    await first.close()
    with (tmp_path / "kept.ndjson.part").open("ab") as more:
        more.write(b'{"topic":"orders","partition":0,"off')
    second = FileSink(spec)
    await second.open()
    await second.put(P0, records(1), records(1))
    await second.commit(reached(spec, 2))
    await second.close()
    assert await copies(spec) == [0, 1]


async def test_one_writes_at_a_time(tmp_path: Path) -> None:
    spec = a_spec(tmp_path / "kept.ndjson")
    first = FileSink(spec)
    with pytest.raises(SpecError, match="another process writes"):
        FileSink(spec)
    await first.close()
    await first.close()
    await FileSink(spec).close()


async def test_a_whole_file_says_so_itself(tmp_path: Path) -> None:
    path = tmp_path / "kept.ndjson"
    spec = a_spec(path)
    assert progress_in(spec).position(P0) == 0
    sink = FileSink(spec)
    await sink.open()
    await sink.put(P0, records(0, 4), records(0, 4))
    await sink.commit(reached(spec, 9))
    await sink.finish()
    await sink.close()
    finish(path)
    assert files_of(tmp_path) == [path.name]
    progress = progress_in(spec)
    assert (progress.is_done, progress.records, progress.sent) == (True, 2, {P0: 2})
    path.write_text("changed\n")
    with pytest.raises(SpecError, match="is not what was written"):
        progress_in(spec)
    with pytest.raises(SpecError, match="is there already"):
        check_free(path)


@pytest.mark.parametrize("text", ["", "{", '{"bytes": 1}', "[]", '{"bytes": 1, "positions": [[1]]}'])
async def test_a_progress_that_is_damaged_is_not_taken_for_none(tmp_path: Path, text: str) -> None:
    spec = a_spec(tmp_path / "kept.ndjson")
    (tmp_path / "kept.ndjson.progress").write_text(text)
    with pytest.raises(SpecError, match="is damaged"):
        progress_in(spec)
    sink = FileSink(spec)
    with pytest.raises(SpecError, match="is damaged"):
        await sink.open()
    await sink.close()
