"""Lengths of time as people write them."""

from __future__ import annotations

import re

from kafkatui.config.errors import ConfigError

_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)", re.ASCII)


def seconds(text: str, origin: str) -> float:
    """`500ms`, `5s`, `2m`, `1h`, `1d`, or bare seconds. `origin` is what an error blames."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"{origin}: {text!r} is not a length of time; write it as 500ms, 5s, 2m or 1h")
    value = float(match[1]) * _UNITS[match[2]]
    if value <= 0:
        raise ConfigError(f"{origin} must be longer than nothing")
    return value
