"""How one value looks: its text, its tone and the reason when it is not known. No terminal library is known here."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from kafkatui.model.cluster import Health
from kafkatui.model.counted import counted as in_words
from kafkatui.model.problems import Problem, Reading, is_pending
from kafkatui.safe_text import safe_text

THIN = "\u202f"
"""Between thousands: a narrow space that never breaks a line."""
NOTHING = "–"
UNKNOWN = "?"
SKELETON = "…"


class Tone(Enum):
    """What a cell's colour means. It is never the only sign."""

    NORMAL = "normal"
    MUTED = "muted"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    STALE = "stale"


SortKey: TypeAlias = tuple[int, float, str]
"""Unknown last, then by number, then by text."""


class Cell(NamedTuple):
    """What one column shows of one row. `text` is safe for a terminal.

    A tuple, because a table of 10,000 rows makes 100,000 of them and a frozen dataclass takes three times as long.
    """

    text: str
    tone: Tone = Tone.NORMAL
    sort: SortKey = (1, 0.0, "")
    reason: str = ""
    """Why it is not known or not well: one sentence, safe for a terminal."""
    raw: str | int | float | None = None
    """What scripts get in a table: no separators, no symbols. None: unknown or nothing."""


def number(value: int, tone: Tone = Tone.NORMAL, reason: str = "") -> Cell:
    return Cell(thousands(value), tone, (0, value, ""), safe_text(reason) if reason else "", value)


def reading(value: Reading | None, tone: Tone = Tone.NORMAL, reason: str = "") -> Cell:
    """A number, `–` for nothing there, `…` for not read yet, or `?` (or the last good value) with the reason."""
    if value is None:
        return Cell(NOTHING, Tone.MUTED, reason=safe_text(reason))
    if isinstance(value, Problem):
        return unknown(value)
    return number(value, tone, reason)


def unknown(problem: Problem) -> Cell:
    if is_pending(problem):
        return Cell(SKELETON, Tone.MUTED)
    if problem.last is not None:
        text = f"{thousands(problem.last)}{UNKNOWN}"
        return Cell(text, Tone.STALE, (0, problem.last, ""), safe_text(problem.text))
    return Cell(UNKNOWN, Tone.STALE, reason=safe_text(problem.text))


def text(value: str, tone: Tone = Tone.NORMAL, reason: str = "") -> Cell:
    shown = safe_text(value)
    return Cell(shown or NOTHING, tone, (0, 0.0, shown.casefold()), safe_text(reason) if reason else "", shown)


def size(value: Reading | None) -> Cell:
    """Bytes in binary units, always four digits wide at most."""
    if isinstance(value, Problem) and value.last is not None:
        return unknown(value)._replace(text=f"{bytes_text(value.last)}{UNKNOWN}")
    if not isinstance(value, int):
        return reading(value)
    return Cell(bytes_text(value), sort=(0, value, ""), raw=value)


def rate(value: float | None) -> Cell:
    """Records/s; `–` while it is not known."""
    if value is None:
        return Cell(NOTHING, Tone.MUTED)
    return Cell(rate_text(value), sort=(0, value, ""), raw=round(value, 1))


def thousands(value: int) -> str:
    return str(value) if -1000 < value < 1000 else f"{value:,}".replace(",", THIN)


def counted(count: int, noun: str) -> str:
    """`1 record`, `2 000 records`."""
    return in_words(count, noun, thousands)


def rate_text(value: float) -> str:
    return f"{value:.1f}" if 0 < value < 10 else thousands(round(value))


def span_text(milliseconds: int) -> str:
    """A time in the two largest units that say something: `4 m 12 s`."""
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 10_000:
        return f"{milliseconds / 1000:.1f} s"
    seconds = round(milliseconds / 1000)
    for large, small, name, part in ((86_400, 3_600, "d", "h"), (3_600, 60, "h", "m"), (60, 1, "m", "s")):
        if seconds >= large:
            return f"{seconds // large} {name} {seconds % large // small} {part}"
    return f"{seconds} s"


def bytes_text(value: int) -> str:
    amount = float(value)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1000 or unit == "TiB":
            break
        amount /= 1024
    shown = f"{amount:.0f}" if unit == "B" or amount >= 100 else f"{amount:.1f}"
    return f"{shown} {unit}"


_TONES = {Health.OK: Tone.OK, Health.WARN: Tone.WARN, Health.BAD: Tone.BAD}
_SIGNS = {Health.OK: "●", Health.WARN: "▲", Health.BAD: "✖"}


def tone_of(health: Health) -> Tone:
    return _TONES[health]


def sign(health: Health) -> str:
    """A shape beside the colour, so that state never hangs on colour alone."""
    return _SIGNS[health]


def health_cell(health: Health, reason: str = "") -> Cell:
    order = (0, -float(health.value), "")
    return Cell(sign(health), tone_of(health), order, safe_text(reason), health.name.lower())
