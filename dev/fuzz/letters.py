"""Headers of dead letters in any mixture of dialects: a letter, or none, and what it shows is safe."""

from __future__ import annotations

from kafkatui.dead_letters.causes import key_of
from kafkatui.dead_letters.dialects import DIALECTS
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.stacktrace import fold
from kafkatui.model.records import Record

_NAMES = sorted({name for dialect in DIALECTS for name in dialect.names} | {"kafkatui-attempt", "other", ""})
_READER = Recogniser()


def one(data: bytes) -> None:
    """Each header: a byte for its name, one for the length of its value (255: null), the value."""
    headers: list[tuple[str, bytes | None]] = []
    at = 0
    while at + 1 < len(data):
        size = data[at + 1]
        value = None if size == 255 else data[at + 2 : at + 2 + size]
        headers.append((_NAMES[data[at] % len(_NAMES)], value))
        at += 2 + (0 if size == 255 else size)
    letter = _READER.read(Record("orders.dlq", 0, 7, 1_000, b"k", b"v", tuple(headers)))
    if letter is None:
        return
    assert letter.origins
    assert letter.own <= {name for name, _ in headers}
    for origin in letter.origins:
        str(origin.place)
    assert len(key_of(letter).id) == 10
    if isinstance(letter.stacktrace, str):
        fold(letter.stacktrace)
