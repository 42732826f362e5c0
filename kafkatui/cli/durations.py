"""Lengths of time of the command line: as they are typed, and said in the same way."""

from __future__ import annotations

from kafkatui.cli.exits import Code, Failure
from kafkatui.config.durations import seconds
from kafkatui.config.errors import ConfigError

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_PRECISE = 10.0
"""Seconds below which tenths are worth saying."""


def seconds_of(text: str, flag: str) -> float:
    """`5m` or `1h30m` in seconds. Raises Failure that names the flag."""
    try:
        return seconds(text, flag)
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None


def span_words(length: float) -> str:
    """Seconds as they are typed, in the two largest units: `5.3s`, `7m12s`, `2h`, `1d4h`."""
    if length < _PRECISE:
        return f"{length:.1f}".removesuffix(".0") + "s"
    rest, parts = round(length), list[str]()
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        # Between two units there is none: `1d4s` would say more than is known.
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
        if len(parts) == 2:
            break
    return "".join(parts)
