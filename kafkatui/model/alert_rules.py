"""What a user wants to be told of, and how. When it holds is in `alerts`; how it is written down in `config.alerts`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kafkatui.model.outlook import Verdict


class When(StrEnum):
    """What is looked at."""

    LAG = "lag"
    """Of a group, in records."""
    TIME_LAG = "time_lag"
    """Age of the first record a group has not read."""
    VERDICT = "verdict"
    """On how a group reads."""
    LEADERLESS = "leaderless"
    """A topic with partitions that nobody leads."""
    BROKER = "broker"
    """One that does not answer, or all of them."""


class Notify(StrEnum):
    """How the terminal tells it."""

    BELL = "bell"
    OSC9 = "osc9"
    """A notification of the desktop, in terminals that know OSC 9."""
    TITLE = "title"
    """The title of the window or tab, for as long as it holds."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One `[[alerts]]` of a config file."""

    when: When
    name: str = "*"
    """A glob: groups, topics or ids of brokers it is about."""
    above: float = 0.0
    """Records of LAG, milliseconds of TIME_LAG."""
    verdicts: frozenset[Verdict] = frozenset()
    """Of VERDICT."""
    hold: float = 0.0
    """Seconds it must hold before it is told."""
    notify: tuple[Notify, ...] = (Notify.BELL,)
    context: str = "*"
    """A glob of the contexts it is for; one without a name is the empty text."""
