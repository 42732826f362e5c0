"""Records into a file, one line of ndjson each. A file that is there is never touched."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import IO

from kafkatui.decoding.ndjson import record_line
from kafkatui.model.records import Record

AT_ONCE = 500
"""Records that are written before the screen gets its turn."""


def path_of(text: str) -> Path:
    """As typed, `~` for home."""
    return Path(text).expanduser()


def wrong_path(text: str) -> str:
    """Why nothing can be written there; empty: it can."""
    if not text.strip():
        return "write the name of a file that is not there yet"
    path = path_of(text)
    try:
        if path.exists() or path.is_symlink():
            return f"{path} is there already: choose another name"
        return "" if path.parent.is_dir() else f"{path.parent} is no folder"
    except OSError as error:
        return str(error)


async def export(path: Path, batches: AsyncIterable[Sequence[Record]]) -> int:
    """How many were written. Only its owner may read the file. Raises OSError; what was written by then stays."""
    count = 0
    file = _create(path)
    try:
        async for batch in batches:
            for first in range(0, len(batch), AT_ONCE):
                part = batch[first : first + AT_ONCE]
                await asyncio.to_thread(_write, file, part)
                count += len(part)
    finally:
        file.close()
    return count


def _create(path: Path) -> IO[str]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    return os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8")


def _write(file: IO[str], records: Iterable[Record]) -> None:
    file.writelines(f"{record_line(record)}\n" for record in records)


async def at_hand(records: Sequence[Record]) -> AsyncIterator[Sequence[Record]]:
    """Records that are in memory, as one batch."""
    yield records
