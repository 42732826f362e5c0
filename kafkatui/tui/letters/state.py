"""What is looked at in the places of dead letters, and how far it is, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kafkatui.columns.cells import counted, thousands
from kafkatui.dead_letters.finding import Finding
from kafkatui.dead_letters.look import Look
from kafkatui.dead_letters.topic_names import Kind
from kafkatui.safe_text import safe_text, shorten
from kafkatui.tui.widgets.line import Part, part

BAR = 8


def finding_parts(finding: Finding | None) -> list[Part]:
    """What was looked at for the list."""
    if finding is None:
        return [part("Dead letters", "bold")]
    topics = [each for each in finding.found if each.kind is Kind.DEAD_LETTERS]
    parts = [part(counted(len(topics), "topic") + " with dead letters", "bold")]
    parts.append(part(f"newest records of {counted(finding.looked_at, 'topic')} looked at", "$muted", rank=2))
    if finding.passed_over:
        parts.append(part(f"{counted(len(finding.passed_over), 'topic')} passed over: too many", "$warning", rank=1))
    if finding.unread:
        parts.append(part(f"{len(finding.unread)} not readable: {safe_text(str(finding.unread[0]))}", "$error", 1))
    return parts


def look_parts(topic: str, look: Look | None) -> list[Part]:
    """The line that says exactly what is looked at."""
    parts = [part(shorten(safe_text(topic), 48), "bold")]
    if look is None:
        return parts
    partitions = sum(look.plan.partitions.values())
    parts.append(part(counted(partitions, "partition"), "$muted", rank=4))
    parts += [part(safe_text(name), "$muted", rank=5) for name, _ in look.dialects.most_common(1)]
    if look.is_whole:
        parts.append(part(f"all {counted(look.read, 'record')}", "$muted", rank=2))
    else:
        parts.append(part(f"the newest {thousands(look.read)} of ~{counted(look.total, 'record')}", "$warning", rank=1))
    return parts


def activity_parts(look: Look | None, said: str, *, is_reading: bool, marked: Sequence[str] = ()) -> list[Part]:
    """`said` stands before all else: why nothing can be read."""
    parts: list[Part] = []
    if look is not None:
        if is_reading and not look.is_over:
            parts.append(part(f"reads {look.share:4.0%}", "$primary"))
            full = round(look.share * BAR)
            parts.append(part("▇" * full + "▁" * (BAR - full), "$primary", rank=3))
        elif not look.is_over and not said:
            parts.append(part(f"stopped at {look.share:.0%}", "$warning"))
        parts.append(part(counted(len(look.causes), "cause"), "" if look.is_over else "$muted"))
        parts += _remarks(look)
    parts += [part(each, "$warning") for each in marked]
    if said:
        parts.append(part(safe_text(said), "$warning"))
    return parts


def _remarks(look: Look) -> list[Part]:
    parts = []
    if look.causes.beyond:
        parts.append(part(f"{counted(look.causes.beyond, 'letter')} of further causes", "$warning", rank=2))
    if look.others:
        parts.append(part(f"{counted(look.others, 'record')} tell of no failure", "$warning", rank=2))
    if look.gaps:
        parts.append(part(f"{len(look.gaps)} not readable: {safe_text(look.gaps[0].problem.text)}", "$error", rank=1))
    return parts
