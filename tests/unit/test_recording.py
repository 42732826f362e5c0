"""A session in a file: as it was when it is opened again, readable after a kill, and harmless whatever is in it."""

from __future__ import annotations

import os
import resource
import stat
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import zstandard

from kafkatui.history.errors import FrameError, RecordingError
from kafkatui.history.frames import MOST_BYTES, ROW_FIELDS, frame_of, parts_of
from kafkatui.history.recording import MAGIC, Recorder, Recording, save
from kafkatui.history.ring import Ring
from kafkatui.model.snapshot import Snapshot
from tests.builders import AT, an_order_system
from tests.unit.test_history import packed, shown


def a_session(count: int = 5) -> list[Snapshot]:
    return [replace(an_order_system(), at=AT + number) for number in range(count)]


def recorded(path: Path, snapshots: list[Snapshot]) -> Path:
    ring, recorder = Ring(), Recorder(path, "prod")
    for snapshot in snapshots:
        recorder.write(ring.add(packed(snapshot), snapshot.at), snapshot.cluster_id)
    recorder.close()
    return path


def test_what_was_recorded_is_there_again(tmp_path: Path) -> None:
    session = a_session()
    path = recorded(tmp_path / "deep" / "er" / "session", session)
    with Recording(path) as recording:
        assert (recording.header.context, recording.header.cluster_id) == ("prod", session[0].cluster_id)
        assert not recording.is_cut
        assert list(recording.moments) == [snapshot.at for snapshot in session]
        for number, snapshot in enumerate(session):
            assert shown(recording.snapshot(number)) == shown(snapshot)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_ring_that_is_saved_is_there_again(tmp_path: Path) -> None:
    ring = Ring()
    for number in range(700):
        ring.add(packed(replace(an_order_system(), at=AT + number)), AT + number)
    count = save(tmp_path / "saved", ring.frames(), None, "id")
    with Recording(tmp_path / "saved") as recording:
        assert count == len(ring.moments) == len(recording.moments)
        for number in (0, 1, count // 2, count - 1):
            assert shown(recording.snapshot(number)) == shown(ring.snapshot(number))


def test_nothing_is_written_over(tmp_path: Path) -> None:
    path = recorded(tmp_path / "session", a_session(1))
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="is there already"):
        Recorder(path, None)
    assert path.read_bytes() == before


def test_wherever_a_kill_cuts_it_the_readings_before_are_there(tmp_path: Path) -> None:
    session = a_session(3)
    whole = recorded(tmp_path / "session", session).read_bytes()
    cut = tmp_path / "cut"
    seen = []
    for length in range(len(whole) - 1, len(whole) - 60, -1):
        cut.write_bytes(whole[:length])
        with Recording(cut) as recording:
            seen.append((len(recording.moments), recording.is_cut))
            assert shown(recording.snapshot(0)) == shown(session[0])
    assert list(dict.fromkeys(seen)) == [(2, True), (2, False), (1, True)]


def test_a_last_entry_whose_bytes_never_reached_the_disk_is_left_out(tmp_path: Path) -> None:
    path = recorded(tmp_path / "session", a_session(3))
    whole = path.read_bytes()
    path.write_bytes(whole[:-4] + b"\0\0\0\0")
    with Recording(path) as recording:
        assert (len(recording.moments), recording.is_cut) == (2, True)


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from kafkatui.history.recording import Recorder
from kafkatui.history.ring import Ring
from tests.builders import AT, an_order_system
from tests.unit.test_history import packed
ring, recorder = Ring(), Recorder(Path(sys.argv[1]), None)
for number in range(100_000):
    recorder.write(ring.add(packed(replace(an_order_system(), at=AT + number)), AT + number), None)
    if number == 20:
        print("written", flush=True)
"""


def test_a_process_that_is_killed_leaves_a_readable_file(tmp_path: Path) -> None:
    path, root = tmp_path / "session", Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, cwd=root) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        writer.kill()
    with Recording(path) as recording:
        count = len(recording.moments)
        assert count >= 21
        assert shown(recording.snapshot(count - 1)) == shown(replace(an_order_system(), at=AT + count - 1))


def entry(kind: int, data: bytes, seen: float = AT, length: int | None = None) -> bytes:
    head = struct.pack(">BdI", kind, seen, len(data) if length is None else length)
    return head + struct.pack(">I", zlib.crc32(data, zlib.crc32(head))) + data


def a_header(**changes: object) -> bytes:
    said = {"schema": "kafkatui.recording/1", "rows": list(ROW_FIELDS), **changes}
    return MAGIC + entry(0, msgspec.json.encode(said))


KEY = zstandard.compress(packed(an_order_system()))
HOSTILE: dict[str, tuple[Callable[[], bytes], str, bool]] = {
    "empty": (lambda: b"", "is no recording", False),
    "foreign": (lambda: b"#!/bin/sh\nrm -rf\n" * 100, "is no recording", False),
    "newer": (lambda: a_header(schema="kafkatui.recording/2"), "another version", False),
    "other columns": (lambda: a_header(rows=["topic"]), "another version", False),
    "no header": (lambda: MAGIC + entry(1, KEY), "another version", False),
    "nothing in it": (lambda: a_header(), "holds no reading", True),
    "without its key": (lambda: a_header() + entry(2, KEY), "whose key is missing", True),
    "unknown entry": (lambda: a_header() + entry(9, KEY) + entry(1, KEY), "what no recording holds", True),
    "never was": (lambda: a_header() + entry(1, KEY, float("nan")), "a time that is not after", True),
    "backwards": (lambda: a_header() + entry(1, KEY) + entry(1, KEY, AT - 1), "a time that is not after", True),
    "bit flipped": (lambda: a_header() + entry(1, KEY)[:-1] + b"\xee" + entry(1, KEY), "damaged at byte", True),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_whole_recording_is_told_in_one_sentence(name: str, tmp_path: Path) -> None:
    made, words, is_damaged = HOSTILE[name]
    path = tmp_path / "file"
    path.write_bytes(made())
    with pytest.raises(RecordingError, match=words) as raised:
        Recording(path)
    assert str(path) in str(raised.value)
    assert raised.value.is_damaged is is_damaged


def test_a_folder_and_a_pipe_and_nothing_are_no_recordings(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in ((tmp_path, "no regular"), (tmp_path / "pipe", "no regular"), (tmp_path / "no", "No such file")):
        with pytest.raises(RecordingError, match=words):
            Recording(path)


def a_bomb() -> bytes:
    return zstandard.ZstdCompressor().compress(bytes(MOST_BYTES + 1))


def a_lie() -> bytes:
    """Says that it holds a terabyte."""
    return struct.pack("<IBQ", 0xFD2FB528, 0b11100000, 1 << 40) + b"\x01\x00\x00"


def of_unknown_size() -> bytes:
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    return compressor.compress(bytes(1000))


@pytest.mark.parametrize(
    "data",
    [a_bomb, a_lie, of_unknown_size, lambda: b"x" * 100, lambda: zstandard.compress(b"\xdd\xff\xff\xff\xff")],
    ids=["bomb", "lie", "unknown size", "noise", "a list of 4 billion"],
)
def test_no_reading_takes_more_memory_than_the_largest(data: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(a_header() + entry(1, data()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RecordingError):
        Recording(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2 * MOST_BYTES // 1024


def test_numbers_that_no_session_saw_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    odd = zstandard.compress(frame_of(parts_of(replace(an_order_system(), at=float("nan")))))
    path.write_bytes(a_header() + entry(1, odd) + entry(1, KEY))
    with Recording(path) as recording, pytest.raises(FrameError, match="a moment that never was"):
        recording.snapshot(0)
    path.write_bytes(a_header() + entry(1, odd))
    with pytest.raises(RecordingError, match="a moment that never was"):
        Recording(path)


def test_a_recording_holds_no_settings_of_a_connection(tmp_path: Path) -> None:
    header = recorded(tmp_path / "session", a_session(1)).read_bytes()[len(MAGIC) + 17 :]
    said = msgspec.json.decode(header[: header.index(b"]}") + 2])
    assert said.keys() == {"schema", "cluster_id", "context", "rows"}
