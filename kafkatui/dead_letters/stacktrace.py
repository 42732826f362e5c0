"""A Java stack trace in a few lines: what was thrown, by what it was caused, and where. The whole text is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

TOP = 2
"""Frames that are shown of each exception."""
_FRAME = "\tat "
_MORE = "\t... "
"""Java's own fold: frames in common with the exception that was caused by this one."""


def fold(stacktrace: str, top: int = TOP) -> list[str]:
    """Its lines, of each exception only the first `top` frames, and how many are left out instead of the others."""
    lines = stacktrace.splitlines()
    folded: list[str] = []
    at = 0
    while at < len(lines):
        if not _is_frame(lines[at]):
            folded.append(lines[at])
            at += 1
            continue
        end = next((n for n in range(at, len(lines)) if not _is_frame(lines[n])), len(lines))
        folded.extend(_folded(lines[at:end], top))
        at = end
    return folded


def _folded(frames: Sequence[str], top: int) -> Iterator[str]:
    hidden = sum(map(_count, frames[top:]))
    if len(frames) <= top + 1:
        yield from frames
        return
    yield from frames[:top]
    yield f"{_MORE}{hidden} more"


def _count(frame: str) -> int:
    """Java's fold stands for several."""
    found = re.fullmatch(r"\s*\.\.\. (\d+) (?:more|common frames omitted)", frame)
    return int(found[1]) if found else 1


def _is_frame(line: str) -> bool:
    return line.lstrip(" ").startswith((_FRAME, _MORE)) or line.lstrip().startswith(("at ", "... "))
