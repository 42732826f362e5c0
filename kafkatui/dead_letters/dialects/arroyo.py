"""Sentry's arroyo: it tells the place of the record, but not of which topic, and no reason. Numbers are decimal."""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect

ARROYO = Dialect(
    name="arroyo",
    title="arroyo",
    marks=(("original_partition", "original_offset"),),
    partition="original_partition",
    offset="original_offset",
)
