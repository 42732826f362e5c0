"""A session in a file: written reading by reading, and opened again. What is in a reading is in `frames`.

    kafkatui recording 1\\n      the magic line
    entry ...

An entry is its kind (1 byte), when it was seen (float64, epoch seconds), the length of its data (uint32), a CRC-32 of
all of that and the data (uint32), big-endian, and the data. The first entry is the header (kind 0, JSON: `schema`,
`cluster_id`, `context`, `rows` with the columns of a group's rows); those after it are `ring.Kind`: keys, readings that
need the last key before them, and keys that are no reading themselves. Every entry is written whole at once, so that of
a file whose writer was killed at most the last one is missing. There are no settings of a connection in it.

A reader looks at lengths before it reads, and at sizes before it expands: no file makes it take more memory than
`frames.MOST_BYTES` a reading and MOST_ENTRIES places.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from kafkatui.history.errors import FrameError, RecordingError
from kafkatui.history.frames import LATEST, MOST_BYTES, ROW_FIELDS, check, expanded, snapshot_of
from kafkatui.history.ring import Frame, Kind
from kafkatui.model.snapshot import Snapshot

MAGIC = b"kafkatui recording 1\n"
SCHEMA = "kafkatui.recording/1"
MOST_ENTRIES = 1_000_000
"""A reading a second for eleven days."""
_HEADER = 0
_ENTRY = struct.Struct(">BdI")
_CRC = struct.Struct(">I")
_HEAD = _ENTRY.size + _CRC.size
_READINGS = (Kind.KEY, Kind.READING)
_KEYS = (Kind.KEY, Kind.BARE_KEY)


class Header(msgspec.Struct, omit_defaults=True):
    """What a recording says of itself."""

    schema: str
    cluster_id: str | None = None
    context: str | None = None
    rows: list[str] = []


# Written


class Recorder:
    """Writes a new file, of mode 0600. Every method may raise RecordingError."""

    def __init__(self, path: Path, context: str | None) -> None:
        """The file is made at once, so that it is known at once when it can not be."""
        self.path = path
        self._context = context
        self._has_header = False
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise RecordingError(f"{path} is there already: a recording is never written over another file") from None
        except OSError as error:
            raise _refused(path, "written", error) from None

    def write(self, frame: Frame, cluster_id: str | None) -> None:
        if not self._has_header:
            header = Header(SCHEMA, cluster_id, self._context, list(ROW_FIELDS))
            self._put(MAGIC + _entry(_HEADER, frame.seen, msgspec.json.encode(header)))
            self._has_header = True
        self._put(_entry(frame.kind, frame.seen, frame.data))

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            raise _refused(self.path, "written", error) from None

    def close(self) -> None:
        os.close(self._file)


def save(path: Path, frames: Iterable[Frame], context: str | None, cluster_id: str | None) -> int:
    """Write them all; how many readings that were. Raises RecordingError."""
    recorder = Recorder(path, context)
    count = 0
    try:
        for frame in frames:
            recorder.write(frame, cluster_id)
            count += frame.kind in _READINGS
    finally:
        recorder.close()
    return count


def _entry(kind: int, seen: float, data: bytes) -> bytes:
    head = _ENTRY.pack(kind, seen, len(data))
    return b"".join([head, _CRC.pack(zlib.crc32(data, zlib.crc32(head))), data])


# Opened


class Recording:
    """An open file: a `timeline.Timeline` that reads what is asked for."""

    def __init__(self, path: Path) -> None:
        """Raises RecordingError for a file that is no recording, or damaged."""
        self.path = path
        self.header = Header(SCHEMA)
        self.is_cut = False
        """Whether its last entry was not written to its end: it is left out."""
        self._seen = array("d")
        self._offsets = array("Q")
        self._lengths = array("I")
        self._keys = array("q")
        """The number of the entry each reading needs; -1: none."""
        self._key_places: list[tuple[int, int]] = []
        self._header_end = 0
        self._last_key: tuple[tuple[int, int] | None, bytes] = None, b""
        self._file = _opened(path)
        try:
            self._index()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def moments(self) -> Sequence[float]:
        return self._seen

    def snapshot(self, number: int) -> Snapshot:
        """Raises FrameError where its bytes say what no session has seen."""
        data = self._read(self._offsets[number], self._lengths[number])
        key = self._keys[number]
        frame = expanded(data) if key < 0 else expanded(data, self._key(self._key_places[key]))
        snapshot = snapshot_of(frame)
        check(snapshot)
        return snapshot

    def _key(self, place: tuple[int, int]) -> bytes:
        if self._last_key[0] != place:
            self._last_key = place, expanded(self._read(*place))
        return self._last_key[1]

    def _read(self, offset: int, length: int) -> bytes:
        """May be less at the end of the file."""
        try:
            return os.pread(self._file, length, offset)
        except OSError as error:
            raise FrameError(f"it can not be read: {error.strerror}") from None

    # Its index

    def _index(self) -> None:
        try:
            size = os.fstat(self._file).st_size
            self._check_header(size)
            offset = self._header_end
            while offset < size:
                offset = self._take(offset, size)
            if not self._seen:
                raise FrameError("it holds no reading: nothing was recorded")
            # Of those that are damaged one by one, the one that is shown first tells it.
            self.snapshot(len(self._seen) - 1)
        except FrameError as error:
            raise RecordingError(f"{self.path}: {error}", is_damaged=True) from None

    def _check_header(self, size: int) -> None:
        if self._read(0, len(MAGIC)) != MAGIC:
            raise RecordingError(f"{self.path} is no recording of kafkatui, or one of a newer version")
        kind, _, data = self._entry(len(MAGIC), size) or (None, 0.0, b"")
        try:
            self.header = msgspec.json.decode(data, type=Header)
        except (msgspec.MsgspecError, RecursionError):
            self.header = Header("")
        if kind != _HEADER or self.header.schema != SCHEMA or self.header.rows != list(ROW_FIELDS):
            raise RecordingError(f"{self.path} was recorded by another version of kafkatui, or is damaged")
        self._header_end = len(MAGIC) + _HEAD + len(data)

    def _take(self, offset: int, size: int) -> int:
        """Put one entry into the index; where the next one begins."""
        entry = self._entry(offset, size)
        if entry is None:
            self.is_cut = True
            return size
        kind, seen, data = entry
        place = offset + _HEAD, len(data)
        if kind in _KEYS:
            self._key_places.append(place)
        if kind in _READINGS:
            self._add(kind, seen, place)
        elif kind != Kind.BARE_KEY:
            raise FrameError(f"at byte {offset} stands what no recording holds")
        if len(self._seen) + len(self._key_places) > MOST_ENTRIES:
            raise FrameError(f"it holds more than {MOST_ENTRIES} readings")
        return sum(place)

    def _add(self, kind: int, seen: float, place: tuple[int, int]) -> None:
        if not 0 <= seen <= LATEST or (self._seen and seen < self._seen[-1]):
            raise FrameError(f"before byte {place[0]} stands a time that is not after the one before it")
        if not self._key_places:
            raise FrameError(f"before byte {place[0]} stands a reading whose key is missing")
        self._seen.append(seen)
        self._offsets.append(place[0])
        self._lengths.append(place[1])
        self._keys.append(-1 if kind == Kind.KEY else len(self._key_places) - 1)

    def _entry(self, offset: int, size: int) -> tuple[int, float, bytes] | None:
        """Kind, moment and data; None: the file ends within it."""
        head = self._read(offset, _HEAD)
        if len(head) < _HEAD:
            return None
        kind, seen, length = _ENTRY.unpack_from(head)
        end = offset + _HEAD + length
        if end > size:
            return None
        if length > MOST_BYTES:
            raise FrameError(f"at byte {offset} stands an entry of {length} bytes: none is that long")
        data = self._read(offset + _HEAD, length)
        if zlib.crc32(data, zlib.crc32(head[: _ENTRY.size])) != _CRC.unpack_from(head, _ENTRY.size)[0]:
            if end == size:  # a system that went down can leave the length without the bytes
                return None
            raise FrameError(f"it is damaged at byte {offset}")
        return kind, seen, data


def _opened(path: Path) -> int:
    try:
        # Without waiting: a pipe has nobody at its other end.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refused(path, "read", error) from None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise RecordingError(f"{path} is no regular file: one scrubs through a recording")
    return file


def _refused(path: Path, what: str, error: OSError) -> RecordingError:
    return RecordingError(f"{path} can not be {what}: {error.strerror}")
