"""A series as one line of blocks. Pure text: colour and place are the caller's."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇"
"""Not the full block: lines below each other would run together."""
GAP = " "


def rate_line(series: Sequence[float | None], width: int) -> str:
    """The newest `width` samples from zero to the highest; gaps stay gaps."""
    return _line(series, width, floor=0.0)


def level_line(series: Sequence[float | None], width: int) -> str:
    """The newest `width` samples from the lowest up, so that a slow climb shows; what moves by less than a tenth
    stays low, so that noise does not look like one."""
    shown = [value for value in series[-width:] if value is not None]
    if not shown:
        return GAP * width
    low, high = min(shown), max(shown)
    return _line(series, width, floor=low, least=high / 10)


def count_line(series: Sequence[int]) -> str:
    """A block for each count, without gaps: the lowest one for none."""
    return _line(series, len(series), floor=0.0)


def _line(series: Sequence[float | None], width: int, floor: float, least: float = 0.0) -> str:
    shown = series[-width:]
    top = max(least, max((value for value in shown if value is not None), default=0.0) - floor)
    return "".join(_block(value, floor, top) for value in shown).rjust(width)


def _block(value: float | None, floor: float, top: float) -> str:
    if value is None:
        return GAP
    if top <= 0:
        return BLOCKS[0]
    step = round((value - floor) / top * (len(BLOCKS) - 1))
    return BLOCKS[max(0, min(step, len(BLOCKS) - 1))]
