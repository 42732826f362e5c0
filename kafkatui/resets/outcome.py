"""What became of a change of offsets whose process was killed, or whose request brought no answer: by looking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafkatui.resets import kept
from kafkatui.resets.groups_now import Source, read_groups
from kafkatui.undo.journal import Change, Result
from kafkatui.undo.kinds import Found


async def look(source: Source, change: Change) -> Found:
    """Compare what is there with what was planned and what was before. Raises `Refused`, `Unreachable`."""
    planned, before = kept.groups(change.planned), _by_group(change.before)
    now = await read_groups(source, await source.topology(), [group.group for group in planned])
    there = missing = other = 0
    for group in planned:
        listed = now[group.group]
        if group.exists != (listed.listed is not None) and not group.offsets:
            missing += 1
        elif not group.offsets:
            there += 1
        for where, wanted in group.offsets.items():
            found = listed.commit(where)
            there += found == wanted
            missing += found != wanted and found == before[group.group].offsets[where]
            other += found not in (wanted, before[group.group].offsets[where])
    return _found(there, missing, other)


def _by_group(document: Mapping[str, Any]) -> dict[str, kept.Kept]:
    return {group.group: group for group in kept.groups(document)}


def _found(there: int, missing: int, other: int) -> Found:
    counts = {"changed": there, "unchanged": missing, "elsewhere": other}
    total = there + missing + other
    if there == total:
        return Found(Result.OK, counts, f"all {total} are as they were planned")
    if missing == total:
        return Found(Result.FAILED, counts, f"none of {total} was changed")
    parts = [(there, "as planned"), (missing, "as before"), (other, "somewhere else since")]
    said = ", ".join(f"{count} {words}" for count, words in parts if count)
    return Found(Result.UNKNOWN, counts, f"of {total} are {said}")
