"""Floating point numbers as plain data: JSON has no NaN, and 32 bits do not have the digits of 64."""

from __future__ import annotations

import math
import struct

_FLOAT = struct.Struct("<f")
_LARGEST_FLOAT = 3.4e38


def plain_float(number: float) -> float | str:
    """The number; `NaN`, `Infinity` and `-Infinity` as texts."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def shortest(number: float) -> float | str:
    """Of 32 bits: the number of fewest digits that is the same there: 0.1, not 0.10000000149011612."""
    if not math.isfinite(number):
        return plain_float(number)
    for digits in (6, 7, 8):
        short = float(f"{number:.{digits}g}")
        if abs(short) < _LARGEST_FLOAT and _FLOAT.pack(short) == _FLOAT.pack(number):
            return short
    return number
