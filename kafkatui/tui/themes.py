"""The two looks, dark and light. Screens name theme variables only, never a colour."""

from __future__ import annotations

from textual.theme import Theme

from kafkatui.config.contexts import COLORS

DARK = Theme(
    name="kafkatui-dark",
    primary="#7aa7c7",
    secondary="#8f9bb0",
    accent="#7aa7c7",
    success="#7fb98a",
    warning="#e2b55f",
    error="#ea7a7a",
    foreground="#cfd5dd",
    background="#13161b",
    surface="#181c22",
    panel="#2a303a",
    dark=True,
    variables={
        "stale": "#9a8fb8",
        "muted": "#7d8694",
        "spark": "#55667a",
        "faint": "#4a5260",
        "cursor": "#26384a",
        "glow": "#223329",
        "mark-red": "#ea7a7a",
        "mark-orange": "#e39a5f",
        "mark-yellow": "#dccb62",
        "mark-green": "#7fb98a",
        "mark-cyan": "#69b9bd",
        "mark-blue": "#7aa7e0",
        "mark-purple": "#b393d6",
        "mark-gray": "#8f99a8",
    },
)
LIGHT = Theme(
    name="kafkatui-light",
    primary="#22638c",
    secondary="#5b6675",
    accent="#22638c",
    success="#2c7a3f",
    warning="#945d00",
    error="#b3261e",
    foreground="#262b33",
    background="#fbfaf8",
    surface="#f3f1ed",
    panel="#dcd8d0",
    dark=False,
    variables={
        "stale": "#6d5c96",
        "muted": "#6a7280",
        "spark": "#9fb0bf",
        "faint": "#b5b8bd",
        "cursor": "#d6e4ee",
        "glow": "#e3efdf",
        "mark-red": "#b3261e",
        "mark-orange": "#a84e08",
        "mark-yellow": "#7d6800",
        "mark-green": "#2c7a3f",
        "mark-cyan": "#0b6f78",
        "mark-blue": "#2457a8",
        "mark-purple": "#6d3fa0",
        "mark-gray": "#5b6472",
    },
)
MARKS = COLORS
"""The colours a context may have; each look has a variable `mark-NAME` for it."""
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def other(name: str) -> str:
    """The look to change to."""
    return LIGHT.name if name == DARK.name else DARK.name
