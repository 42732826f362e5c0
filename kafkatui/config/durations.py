"""Lengths of time as people write them."""

from __future__ import annotations

import re

from kafkatui.config.errors import ConfigError

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)"
_DURATION = re.compile("".join(f"(?:{_NUMBER}{unit})?" for unit in _UNITS), re.ASCII)
_SECONDS = re.compile(_NUMBER, re.ASCII)


def seconds(text: str, origin: object) -> float:
    """`500ms`, `5s`, `2m`, `1h`, `1d`, `1h30m`, or bare seconds. `origin` is what an error blames."""
    written = text.strip()
    match = _DURATION.fullmatch(written)
    if _SECONDS.fullmatch(written):
        value = float(written)
    elif match is not None and written:
        value = sum(float(part) * unit for part, unit in zip(match.groups("0"), _UNITS.values(), strict=True))
    else:
        raise ConfigError(f"{origin}: {text!r} is not a length of time; write it as 500ms, 5s, 2m or 1h")
    if value <= 0:
        raise ConfigError(f"{origin} must be longer than nothing")
    return value
