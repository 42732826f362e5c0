"""What goes on in the Messages place, in words: reading, searching with its budget, following. Pure."""

from __future__ import annotations

from kafkatui.columns.cells import rate_text, thousands
from kafkatui.safe_text import safe_text
from kafkatui.tui.records.hunt import Hunt
from kafkatui.tui.records.looking import Looking
from kafkatui.tui.records.tail import Tail
from kafkatui.tui.widgets.line import Part, part

BAR = 8
_MANY = 1_000_000


def activity_parts(looking: Looking, said: str) -> list[Part]:
    """`said` is what stands before all else: reading, or why nothing can be read."""
    parts = []
    if looking.hunt is not None:
        parts += _searching(looking.hunt)
        dropped = looking.found.dropped if looking.found is not None else 0
        if dropped:
            parts.append(part(f"{thousands(dropped)} of them not kept", "$warning", rank=1))
    if looking.tail is not None:
        parts += _following(looking.tail, looking.dropped)
    if said:
        parts.append(part(safe_text(said), "$warning"))
    return parts


def _searching(hunt: Hunt) -> list[Part]:
    parts = [part(f"{thousands(hunt.hits)} hits" if hunt.hits != 1 else "1 hit", "$success bold" if hunt.hits else "")]
    if not hunt.is_over:
        parts = [
            part(f"searched {hunt.share:4.0%}", "$primary"),
            part(_bar(hunt.share), "$primary", rank=3),
            part(f"{fast(hunt.rate)}/s".rjust(8), "$muted", rank=2),
            *parts,
            part(_left(hunt.seconds_left), "$muted", rank=1),
        ]
    elif hunt.was_cancelled:
        parts = [
            part(f"stopped at {hunt.share:.0%}", "$warning"),
            *parts,
            part("the rest is not searched", "$warning", 2),
        ]
    else:
        parts = [part(f"searched all {thousands(hunt.total)} in {hunt.seconds:.1f} s", "$muted"), *parts]
    if hunt.gaps:
        parts.append(part(f"{hunt.gaps} not readable", "$error"))
    if hunt.failed:
        parts.append(part(f"{thousands(hunt.failed)} could not be told", "$warning", rank=1))
    return parts


def _following(tail: Tail, dropped: int) -> list[Part]:
    if tail.is_paused:
        parts = [part("paused", "$warning bold"), part(f"{thousands(tail.meanwhile)} came meanwhile", "$warning")]
    else:
        parts = [part("● following", "$success"), part(f"{thousands(tail.came)} came", "$muted", rank=1)]
    if dropped:
        parts.append(part(f"{thousands(dropped)} out of the window", "$muted", rank=4))
    return parts


def _bar(share: float) -> str:
    full = round(share * BAR)
    return "▇" * full + "▁" * (BAR - full)


def fast(rate: float) -> str:
    """Records per second, short."""
    return f"{rate / _MANY:.1f} M" if rate >= _MANY else rate_text(rate)


def _left(seconds: float | None) -> str:
    if seconds is None:
        return "? left"
    return f"{seconds:.0f} s left" if seconds < 90 else f"{seconds / 60:.0f} m left"
