"""The readings of a session in bounded memory: all of the last minutes, fewer and fewer of those before them.

Of what is older than FRESH seconds one reading is kept in every sixtieth of its age: one in 10 s of what was ten
minutes ago, one in a minute of what was an hour ago. Readings that saw an event stay when their neighbours go. When
the bytes are used up, both bounds are tightened, and at last the oldest readings go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from kafkatui.history.frames import Key, expanded, snapshot_of
from kafkatui.model.snapshot import Snapshot

BYTES = 24 << 20
"""Of readings that are kept: two hours of a small cluster take 1 MiB of them, 20 minutes of 10,000 partitions 7 MiB."""
FRESH = 300.0
SPARSE = 60.0
"""Readings in the age of a reading: it may lie no closer to its neighbour than its age divided by this."""
_LONGEST = 60
"""Readings of one key."""
_FAR = 0.75
"""With more than this share of the key's size a frame is so different that it becomes a key."""
_OVERHEAD = 200
"""Bytes Python takes for a frame besides its own."""
_LOOKS = 8
"""Readings between two looks for what can go."""


class Kind(IntEnum):
    """What the bytes of a frame are."""

    KEY = 1
    """A reading, and what those after it are compressed with."""
    READING = 2
    """A reading, compressed with the last key before it."""
    BARE_KEY = 3
    """A key whose own reading is not kept any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A reading as it is kept."""

    kind: Kind
    seen: float
    """Epoch seconds."""
    data: bytes
    has_event: bool = False
    """Whether it was the first to see one."""


@dataclass(slots=True)
class _Block:
    """A key and the readings that need it."""

    key: bytes
    began: float
    frames: list[Frame] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.key) + _OVERHEAD + sum(len(frame.data) + _OVERHEAD for frame in self.frames[self.has_own :])

    @property
    def has_own(self) -> bool:
        """Whether the reading of the key itself is still kept; it takes no bytes of its own."""
        return bool(self.frames) and self.frames[0].kind is Kind.KEY


class Ring:
    """Takes packed readings, newest last; gives any of them back as it was."""

    def __init__(self, most_bytes: int = BYTES) -> None:
        self._most = most_bytes
        self._blocks: deque[_Block] = deque()
        self._key: Key | None = None
        self._moments: list[float] | None = None
        self._added = 0
        self._expanded: tuple[bytes, bytes] = b"", b""
        """The key that was needed last, compressed and as it is: one scrubs from neighbour to neighbour."""

    # Readings in

    def add(self, packed: bytes, seen: float, *, has_event: bool = False) -> Frame:
        """Keep a frame of `frames.frame_of`, as what was seen then; what it became."""
        frame = self._near(packed, seen, has_event) or self._begin(packed, seen, has_event)
        self._blocks[-1].frames.append(frame)
        self._moments = None
        self._added += 1
        if self._added % _LOOKS == 0:
            self._thin(seen, 1.0)
        tightened = 1.0
        while self.size > self._most and tightened < SPARSE:
            tightened *= 2
            self._thin(seen, tightened)
        while self.size > self._most and len(self._blocks) > 1:
            self._blocks.popleft()
        return frame

    def _near(self, packed: bytes, seen: float, has_event: bool) -> Frame | None:
        """The frame, where it resembles the key so far."""
        if self._key is None or len(self._blocks[-1].frames) >= _LONGEST:
            return None
        data = self._key.compress(packed)
        if len(data) > len(self._key.data) * _FAR:
            return None
        return Frame(Kind.READING, seen, data, has_event)

    def _begin(self, packed: bytes, seen: float, has_event: bool) -> Frame:
        self._key = Key(packed)
        self._blocks.append(_Block(self._key.data, seen))
        return Frame(Kind.KEY, seen, self._key.data, has_event)

    def _thin(self, now: float, tightened: float) -> None:
        """The oldest stays, and so does the newest with what its key began."""
        older: Frame | None = None
        for block in self._blocks:
            kept = []
            for frame in block.frames:
                # Not compared with the newer one: all that reach an age would go, one after the other.
                if older is None or _stays(frame, older, now - frame.seen, tightened):
                    kept.append(frame)
                    older = frame
            block.frames = kept
        last = self._blocks[-1]
        self._blocks = deque(block for block in self._blocks if block.frames or block is last)
        self._moments = None

    # Readings out

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(block.size for block in self._blocks)

    @property
    def moments(self) -> Sequence[float]:
        if self._moments is None:
            self._moments = [frame.seen for block in self._blocks for frame in block.frames]
        return self._moments

    def snapshot(self, number: int) -> Snapshot:
        for block in self._blocks:
            if number < len(block.frames):
                frame = block.frames[number]
                key = self._expanded_key(block.key)
                return snapshot_of(key if frame.kind is Kind.KEY else expanded(frame.data, key))
            number -= len(block.frames)
        raise IndexError(number)

    def frames(self) -> Iterator[Frame]:
        """All of them, each after its key: what a recording is made of."""
        for block in self._blocks:
            if block.frames and not block.has_own:
                yield Frame(Kind.BARE_KEY, block.began, block.key)
            yield from block.frames

    def _expanded_key(self, data: bytes) -> bytes:
        if self._expanded[0] is not data:
            self._expanded = data, expanded(data)
        return self._expanded[1]


def _stays(frame: Frame, older: Frame, age: float, tightened: float) -> bool:
    """One with an event may lie ten times as close to its neighbour."""
    if age < FRESH / tightened:
        return True
    apart = age / SPARSE * tightened
    return frame.seen - older.seen >= (apart / 10 if frame.has_event else apart)
