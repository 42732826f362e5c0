"""Lines from a descriptor: handed over as they come, cut at any byte, and never more of them than there is room for."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from kafkatui.cli import record_input
from kafkatui.cli.record_input import BadLine, Lines, RecordInput
from kafkatui.decoding.ndjson_lines import LineError
from kafkatui.model.records import NewRecord
from tests.waiting import eventually


def parse(line: bytes) -> NewRecord | None:
    if line.startswith(b"bad"):
        raise LineError("it is bad")
    return NewRecord("t", None, line) if line else None


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            assert end == ends[1], "only a test closes, and only the end it writes to"


async def taken(source: RecordInput) -> AsyncIterator[Lines]:
    while (lines := await source.take()) is not None:
        yield lines


async def test_a_line_is_handed_over_while_the_next_is_awaited(pipe: tuple[int, int]) -> None:
    source = RecordInput(pipe[0], parse, skip_bad=False)
    for number in range(1, 4):
        os.write(pipe[1], b"line %d\nbegun" % number)
        lines = await source.take()
        assert lines is not None
        assert (lines.numbers, lines.bad) == ([number], [])
    os.close(pipe[1])
    last = await source.take()
    assert last is not None
    assert [record.value for record in last.records] == [b"begun"]
    assert await source.take() is None
    assert await source.take() is None


async def test_a_line_may_come_byte_by_byte(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_input, "_READ_BYTES", 1)
    os.write(pipe[1], b"one\n\ntwo\nthree")
    os.close(pipe[1])
    found = [each async for each in taken(RecordInput(pipe[0], parse, skip_bad=False))]
    assert [record.value for lines in found for record in lines.records] == [b"one", b"two", b"three"]
    assert [number for lines in found for number in lines.numbers] == [1, 3, 4]


@pytest.mark.parametrize("skip_bad", [False, True])
async def test_nothing_behind_a_bad_line_is_looked_at_unless_asked(pipe: tuple[int, int], skip_bad: bool) -> None:
    os.write(pipe[1], b"one\nbad\ntwo\nbad\n")
    os.close(pipe[1])
    found = [each async for each in taken(RecordInput(pipe[0], parse, skip_bad=skip_bad))]
    assert [number for lines in found for number in lines.numbers] == ([1, 3] if skip_bad else [1])
    bad = [each for lines in found for each in lines.bad]
    assert bad == [BadLine(number, "it is bad") for number in ([2, 4] if skip_bad else [2])]


async def test_a_line_without_end_is_given_up(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_input, "LONGEST_LINE", 1_000)
    os.write(pipe[1], b"one\n" + b"x" * 2_000)
    found = [each async for each in taken(RecordInput(pipe[0], parse, skip_bad=True))]
    assert [each.failed for each in found] == ["line 2 is longer than 1,000 bytes"]
    assert [record.value for record in found[0].records] == [b"one"]


async def test_no_more_is_read_than_there_is_room_for(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    most = 1_000_000
    monkeypatch.setattr(record_input, "_MOST_WAITING", most)
    written = 0

    def fill() -> None:
        nonlocal written
        with os.fdopen(pipe[1], "wb", buffering=0, closefd=False) as file:
            for _ in range(100):
                written += file.write(b"x" * 99_999 + b"\n") or 0
        os.close(pipe[1])

    filling = threading.Thread(target=fill)
    source = RecordInput(pipe[0], parse, skip_bad=False)
    filling.start()
    seen: list[int] = []

    def stands_still() -> bool:
        seen.append(written)
        return written > most and len(seen) > 25 and seen[-25] == written

    eventually(stands_still)
    assert written < 3 * most
    first = await source.take()
    assert first is not None
    rest = [each async for each in taken(source)]
    filling.join()
    assert len(first.records) + sum(len(each.records) for each in rest) == 100
