"""The columns of configs. What they are and where they come from is in `model`."""

from __future__ import annotations

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.model.configs import Config

HIDDEN = "(sensitive)"


def _value(config: Config) -> Cell:
    """A text of no characters is a value, too."""
    if config.is_sensitive:
        return cells.text(HIDDEN, Tone.MUTED, "its value is never told")
    if config.value is None:
        return cells.reading(None)
    return cells.text(config.value or '""', Tone.MUTED if config.is_default else Tone.NORMAL)


CONFIGS: list[Column[Config]] = [
    Column("config", "config", lambda config: cells.text(config.name), help="Its name."),
    Column("value", "value", _value, help="What counts now."),
    Column(
        "source",
        "source",
        lambda config: cells.text(config.source.value),
        rank=1,
        help="Who set it: this topic, one broker, all of the cluster, a broker's file, or Kafka's default.",
    ),
    Column(
        "default",
        "default",
        lambda config: cells.text("yes" if config.is_default else "no"),
        rank=2,
        help="Whether it is Kafka's own value.",
    ),
]
